/*
 * The one table that all workers share: who is connected from where. Under its lock; any thread. And whose address a
 * request is counted under: the peer's, or what a trusted proxy says of it (never what a caller says of himself).
 */
#ifndef SERVER_SHARED_H
#define SERVER_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "server/config.h"

/* A connection comes: false = over max_connections or max_per_address. IPv4 counts by address, IPv6 by /64. */
bool shared_enter(const struct config *c, const struct sockaddr_storage *peer);
void shared_leave(const struct sockaddr_storage *peer); /* of those that were let in, once each */
/*
 * Who is not let in is told so, which takes a connection, too: false = so many are being told already that this one is
 * closed without a word. shared_turned_away() when one has gone.
 */
bool shared_turn_away(void);
void shared_turned_away(void);

/*
 * The caller's address as text: "unix", "10.0.0.7", "2001:db8::1". forwarded (may be NULL) is X-Forwarded-For: its
 * rightmost hop that is no trusted proxy, if the peer is one.
 */
void shared_caller(const struct config *c, const struct sockaddr_storage *peer, const char *forwarded, char *buf,
    size_t size);

#endif
