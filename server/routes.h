/* All route tables, in the order in which they are searched. A new group of paths is one table and one line here. */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include "server/http.h"

extern const struct route ops_routes[];     /* ops.c: /healthz /readyz /metrics, /api/v1/meta */
extern const struct route auth_routes[];    /* auth_routes.c */
extern const struct route report_routes[];  /* reports.c: /api/v1/reports, report-jobs */
extern const struct route live_routes[];    /* live.c: /api/v1/events, /ws/monitoring, /api/v1/monitoring/… */
extern const struct route alias_routes[];   /* aliases.c: the paths that the seeds fix */
extern const struct route record_routes[];  /* /api/v1/{resource}…, previews, undo; last: it takes any word */

/* The tables, NULL-terminated. */
const struct route *const *routes_all(void);

/* 404 and 405 told apart: *allowed has the methods of the path, 0 = no such path. Parts are cut by http.c. */
const struct route *routes_find(enum method m, const char *path, unsigned *allowed);

#endif
