#include "config.h"

#include "server/feedlog.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"

/* ---- positions ------------------------------------------------------------------------------- */

int feed_pos_cmp(struct feed_pos a, struct feed_pos b)
{
	if (a.xid != b.xid)
		return a.xid < b.xid ? -1 : 1;
	return a.seq < b.seq ? -1 : a.seq > b.seq;
}

/* One to twenty digits that fit; the end of them. */
static const char *number(const char *s, uint64_t *out)
{
	uint64_t n = 0;
	int digits = 0;

	for (; *s >= '0' && *s <= '9'; s++, digits++) {
		uint64_t d = (uint64_t)(*s - '0');

		if (n > (UINT64_MAX - d) / 10)
			return NULL;
		n = n * 10 + d;
	}
	*out = n;
	return digits > 0 && digits <= 20 ? s : NULL;
}

bool feed_pos_parse(const char *text, struct feed_pos *out)
{
	struct feed_pos p;
	const char *end = number(text, &p.xid);

	if (end == NULL || *end != '.')
		return false;
	end = number(end + 1, &p.seq);
	if (end == NULL || *end != '\0')
		return false;
	*out = p;
	return true;
}

void feed_id(char out[static FEED_ID_SIZE], const char *incarnation, struct feed_pos pos)
{
	snprintf(out, FEED_ID_SIZE, "%.8s.%llu.%llu", incarnation, (unsigned long long)pos.xid, (unsigned long long)pos.seq);
}

bool feed_id_parse(const char *id, const char *incarnation, struct feed_pos *pos, bool *same)
{
	if (strspn(id, "0123456789abcdef") != 8 || id[8] != '.' || !feed_pos_parse(id + 9, pos))
		return false;
	*same = strncmp(id, incarnation, 8) == 0;
	return true;
}

/* ---- entries --------------------------------------------------------------------------------- */

struct feed_batch {
	TAILQ_ENTRY(feed_batch) link; /* of the log */
	atomic_int refs;
	struct feed_entry *e;
	size_t n;
};

struct feed_batch *feed_batch_new(struct feed_entry *e, size_t n)
{
	struct feed_batch *b = xcalloc(1, sizeof *b);

	b->e = e;
	b->n = n;
	atomic_init(&b->refs, 1);
	return b;
}

struct feed_batch *feed_batch_ref(struct feed_batch *b)
{
	atomic_fetch_add(&b->refs, 1);
	return b;
}

void feed_batch_free(struct feed_batch *b)
{
	if (b == NULL || atomic_fetch_sub(&b->refs, 1) != 1)
		return;
	for (size_t i = 0; i < b->n; i++) {
		free(b->e[i].resource);
		feed_keys_free(b->e[i].keys);
	}
	free(b->e);
	free(b);
}

const struct feed_entry *feed_batch_entries(const struct feed_batch *b, size_t *n)
{
	*n = b->n;
	return b->e;
}

static size_t count(char *const *keys)
{
	size_t n = 0;

	while (keys != NULL && keys[n] != NULL)
		n++;
	return n;
}

static void keys_add(char ***keys, const char *s, size_t len)
{
	size_t n = count(*keys);

	*keys = xreallocarray(*keys, n + 2, sizeof **keys);
	(*keys)[n] = xstrndup(s, len);
	(*keys)[n + 1] = NULL;
}

void feed_keys_add(char ***keys, const char *array)
{
	if (array == NULL || *array != '{')
		return;
	for (const char *s = array + 1; *s != '\0' && *s != '}';) {
		bool quoted = *s == '"';
		size_t n = strcspn(s += quoted, quoted ? "\"" : ",}");

		if (n > 0)
			keys_add(keys, s, n);
		s += n;
		s += strspn(s, "\",");
	}
}

bool feed_keys_has(char *const *keys, const char *key)
{
	for (; keys != NULL && *keys != NULL; keys++)
		if (strcmp(*keys, key) == 0)
			return true;
	return false;
}

void feed_keys_free(char **keys)
{
	for (char **k = keys; k != NULL && *k != NULL; k++)
		free(*k);
	free(keys);
}

/* ---- who may know ---------------------------------------------------------------------------- */

/* As the policies of domovoi.change_log say it (0006_api.sql). */
bool feed_view_sees(const struct feed_view *v, const struct feed_entry *e)
{
	if (v->company != 0 ? v->company != e->company : !v->platform)
		return false;
	if (!feed_keys_has(v->resources, e->resource))
		return false;
	if (v->platform)
		return true;
	for (char *const *k = v->keys; k != NULL && *k != NULL; k++)
		if (feed_keys_has(e->keys, *k))
			return true;
	return false;
}

static bool keys_same(char *const *a, char *const *b)
{
	if (count(a) != count(b))
		return false;
	for (; a != NULL && *a != NULL; a++)
		if (!feed_keys_has(b, *a))
			return false;
	return true;
}

bool feed_view_same(const struct feed_view *a, const struct feed_view *b)
{
	return a->platform == b->platform && a->company == b->company && strcmp(a->user, b->user) == 0 &&
	    keys_same(a->keys, b->keys) && keys_same(a->resources, b->resources);
}

void feed_view_clear(struct feed_view *v)
{
	feed_keys_free(v->keys);
	feed_keys_free(v->resources);
	*v = (struct feed_view){ 0 };
}

/* ---- the log --------------------------------------------------------------------------------- */

struct feed_log {
	pthread_mutex_t lock;
	TAILQ_HEAD(, feed_batch) batches;
	size_t kept, keep;
	char incarnation[37];
	struct feed_pos floor, tip; /* what came after floor is here */
};

struct feed_log *feed_log_new(size_t keep)
{
	struct feed_log *l = xcalloc(1, sizeof *l);

	l->keep = keep;
	pthread_mutex_init(&l->lock, NULL);
	TAILQ_INIT(&l->batches);
	return l;
}

static void drop_first(struct feed_log *l)
{
	struct feed_batch *b = TAILQ_FIRST(&l->batches);

	TAILQ_REMOVE(&l->batches, b, link);
	l->kept -= b->n;
	l->floor = b->e[b->n - 1].pos;
	feed_batch_free(b);
}

void feed_log_free(struct feed_log *l)
{
	if (l == NULL)
		return;
	while (!TAILQ_EMPTY(&l->batches))
		drop_first(l);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void feed_log_reset(struct feed_log *l, const char *incarnation, struct feed_pos tip)
{
	pthread_mutex_lock(&l->lock);
	while (!TAILQ_EMPTY(&l->batches))
		drop_first(l);
	snprintf(l->incarnation, sizeof l->incarnation, "%s", incarnation);
	l->floor = l->tip = tip;
	pthread_mutex_unlock(&l->lock);
}

void feed_log_add(struct feed_log *l, struct feed_batch *b)
{
	if (b->n == 0)
		return;
	pthread_mutex_lock(&l->lock);
	feed_batch_ref(b);
	TAILQ_INSERT_TAIL(&l->batches, b, link);
	l->kept += b->n;
	l->tip = b->e[b->n - 1].pos;
	while (l->kept - TAILQ_FIRST(&l->batches)->n >= l->keep)
		drop_first(l);
	pthread_mutex_unlock(&l->lock);
}

bool feed_log_tip(struct feed_log *l, char incarnation[static 37], struct feed_pos *tip)
{
	pthread_mutex_lock(&l->lock);
	memcpy(incarnation, l->incarnation, sizeof l->incarnation);
	*tip = l->tip;
	pthread_mutex_unlock(&l->lock);
	return incarnation[0] != '\0';
}

bool feed_log_since(struct feed_log *l, struct feed_pos from, void (*fn)(const struct feed_entry *e, void *arg),
    void *arg)
{
	const struct feed_batch *b;
	bool whole;

	pthread_mutex_lock(&l->lock);
	whole = l->incarnation[0] != '\0' && feed_pos_cmp(from, l->floor) >= 0;
	if (whole)
		TAILQ_FOREACH(b, &l->batches, link)
			for (size_t i = 0; i < b->n; i++)
				if (feed_pos_cmp(b->e[i].pos, from) > 0)
					fn(&b->e[i], arg);
	pthread_mutex_unlock(&l->lock);
	return whole;
}
