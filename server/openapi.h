/*
 * What the API is, as an OpenAPI 3.1 document: made from the catalogue and the route tables, so that it says what is
 * there. Pure; needs no database. The caller decrefs what is returned.
 */
#ifndef SERVER_OPENAPI_H
#define SERVER_OPENAPI_H

#include <jansson.h>

#include "client/resource.h"
#include "server/http.h"

/* `url` of the server, without the path. */
json_t *openapi_document(const char *url);

void openapi_serve(struct request *r);

/* ---- its parts (openapi_*.c) ---- */

/* Takes the value over; out of memory ends the program. */
void openapi_put(json_t *o, const char *name, json_t *value);
void openapi_text(json_t *o, const char *name, const char *value);
void openapi_push(json_t *array, json_t *value);
json_t *openapi_ref(const char *kind, const char *name); /* {"$ref": "#/components/schemas/unit"} */
json_t *openapi_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* JSON from text with ' for " */

void openapi_schemas(json_t *schemas);
json_t *openapi_value(enum field_type type, const struct choice *choices, bool nullable); /* as it is answered */
json_t *openapi_parameters(void);
void openapi_paths(json_t *paths);
void openapi_live_schemas(json_t *schemas);
void openapi_live_paths(json_t *paths);

#endif
