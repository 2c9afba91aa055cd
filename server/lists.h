/* Lists: pages of JSON, or all of it as CSV or a workbook. */
#ifndef SERVER_LISTS_H
#define SERVER_LISTS_H

#include "client/export.h"
#include "server/view.h"

void lists_serve(struct request *r, const struct view *v);

/* What an Accept header wants: EXPORT_JSON, EXPORT_CSV, EXPORT_XLSX; EXPORT_FORMATS: nothing that there is. */
enum export_format lists_accept(const char *header);
const char *lists_type(enum export_format f); /* its media type */

#endif
