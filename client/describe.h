/*
 * The catalogue as JSON: for `domovoi describe`, documentation, completion and
 * (later) OpenAPI. Machine-stable: labels are the English msgids whatever the
 * language, keys keep their order, what is absent is left out. The caller
 * decrefs. Pure.
 */
#ifndef CLIENT_DESCRIBE_H
#define CLIENT_DESCRIBE_H

#include <jansson.h>

#include "client/resource.h"

json_t *describe_catalogue(void); /* {"resources": […], "reports": […]} */
json_t *describe_resource(const struct resource *r);
json_t *describe_report(const struct report *r);

const char *field_type_name(enum field_type type); /* "text", "int", "money", … */

#endif
