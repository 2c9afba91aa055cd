/* GET /ws/monitoring: a WebSocket on which the server says what changed of the day, and what of the data. */
#ifndef SERVER_WS_LIVE_H
#define SERVER_WS_LIVE_H

#include "server/http.h"

void ws_live_handle(struct request *r);

#endif
