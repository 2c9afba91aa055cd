/*
 * What api.monitor() says of the day: served as it is, and as what of it is news to somebody who was told before. The
 * functions are pure; `told` is NULL for who knows nothing yet. NULL: nothing is news.
 */
#ifndef SERVER_MONITORING_H
#define SERVER_MONITORING_H

#include <jansson.h>

#include "server/http.h"

/* {"alerts": [those that are new or say something else], "gone": [ids]} */
json_t *monitoring_alerts(json_t *told, json_t *now);
/* {"as_of", "metrics": [figures that changed], "money": [rows that changed], "gone": [keys of money rows]} */
json_t *monitoring_metrics(json_t *told, json_t *now);

void monitoring_dashboard(struct request *r);
void monitoring_list(struct request *r);
void monitoring_acknowledge(struct request *r);

#endif
