/*
 * Who is told of changes on a worker: subscribers (event streams and WebSockets), and whose eyes they see with. Those
 * of the same person, company and role share a watch: one view of the feed, one answer to what the day looks like. None
 * of it holds a connection to the database: what is asked is asked like anybody's question.
 */
#ifndef SERVER_LIVE_H
#define SERVER_LIVE_H

#include "server/feedlog.h"
#include "server/http.h"
#include "server/sse.h"

struct live;

struct live *live_new(struct worker *w);
void live_free(struct live *l); /* the worker ends: no subscriber is left */

/* The feed's news, for workers_tell(): a struct feed_batch; that it begins anew. */
void live_batch(struct worker *w, void *batch);
void live_reset(struct worker *w, void *nothing);

struct follower;

enum follow_end { FOLLOW_EXPIRED, FOLLOW_REVOKED, FOLLOW_FORBIDDEN, FOLLOW_FAILED };

/* All on the worker's loop, never from inside follow(). Any of them may unfollow(). */
struct follower_events {
	void (*began)(void *arg, const char *id);    /* he may, and from here on he is told */
	void (*changed)(void *arg, const struct changes *c, const char *id);
	void (*reset)(void *arg, const char *id);    /* the database is another one: what one knows means nothing */
	/* What api.monitor() says: at first, and when it says something else. Ref'd to keep. */
	void (*monitor)(void *arg, json_t *now);
	void (*tick)(void *arg, const char *id);     /* twice a second after it began; up to id nothing was missed */
	/* No more news, only ticks if it began; `e`: what the database said, or NULL. FOLLOW_FAILED only before it began. */
	void (*over)(void *arg, enum follow_end why, const struct err *e);
};

/*
 * Begins to tell. since: an id that was told before, or NULL: from now on. monitor: the day is wanted, too. NULL: it
 * has been answered (too many, or a flaw in `since`).
 */
struct follower *follow(struct request *r, const char *since, bool monitor, const struct follower_events *ev,
    void *arg);
void unfollow(struct follower *f); /* no callback comes after it; NULL is fine */

/* "" = no feed has been read yet. */
void live_id(const struct live *l, char out[static FEED_ID_SIZE]);
/* A view from the answer of api.feed_view(). */
void live_read_view(const struct table *t, struct feed_view *v);
#define LIVE_VIEW_SQL "select platform, company, \"user\", keys, resources from api.feed_view()"
/* The catalogue's name of a kind of the feed: "reservations" for "reservation"; NULL if it has none. */
const char *live_name(const char *resource);

#endif
