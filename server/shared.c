#include "config.h"

#include "server/shared.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- addresses ------------------------------------------------------------------------------- */

struct address { /* IPv4 as ::ffff:a.b.c.d */
	unsigned char b[16];
};

static const unsigned char v4[12] = { [10] = 0xFF, [11] = 0xFF };

static bool address_parse(const char *text, struct address *a)
{
	memcpy(a->b, v4, sizeof v4);
	return inet_pton(AF_INET, text, a->b + 12) == 1 || inet_pton(AF_INET6, text, a->b) == 1;
}

static bool address_of(const struct sockaddr_storage *s, struct address *a)
{
	if (s->ss_family == AF_INET) {
		memcpy(a->b, v4, sizeof v4);
		memcpy(a->b + 12, &((const struct sockaddr_in *)(const void *)s)->sin_addr, 4);
	} else if (s->ss_family == AF_INET6) {
		memcpy(a->b, &((const struct sockaddr_in6 *)(const void *)s)->sin6_addr, 16);
	} else {
		return false;
	}
	return true;
}

static bool is_v4(const struct address *a)
{
	return memcmp(a->b, v4, sizeof v4) == 0;
}

static void address_text(const struct address *a, char *buf, size_t size)
{
	if (is_v4(a))
		inet_ntop(AF_INET, a->b + 12, buf, (socklen_t)size);
	else
		inet_ntop(AF_INET6, a->b, buf, (socklen_t)size);
}

/* "10.0.0.0/8" or one address. */
static bool within(const struct address *a, const char *network)
{
	const char *slash = strchr(network, '/');
	char *base = xstrndup(network, slash != NULL ? (size_t)(slash - network) : strlen(network));
	struct address n;
	bool good = address_parse(base, &n);
	int bits = 128;

	free(base);
	if (!good)
		return false;
	if (slash != NULL)
		bits = atoi(slash + 1) + (is_v4(&n) ? 96 : 0);
	for (int i = 0; i < bits && i < 128; i++)
		if (((a->b[i / 8] ^ n.b[i / 8]) & 0x80 >> i % 8) != 0)
			return false;
	return true;
}

static bool is_proxy(const struct config *c, const struct address *a)
{
	for (char **p = c->proxies; p != NULL && *p != NULL; p++)
		if (within(a, *p))
			return true;
	return false;
}

/* Over a Unix socket comes whoever may open it: a proxy, if "unix" is named one. */
static bool unix_is_proxy(const struct config *c)
{
	for (char **p = c->proxies; p != NULL && *p != NULL; p++)
		if (strcmp(*p, "unix") == 0)
			return true;
	return false;
}

/* From the right: what is trusted has added what stands left of it. */
static bool last_hop(const struct config *c, const char *forwarded, struct address *found)
{
	const char *end = forwarded + strlen(forwarded);
	bool any = false;

	while (end > forwarded) {
		const char *from = end;
		struct address a;
		char *hop;
		bool good;

		while (from > forwarded && from[-1] != ',')
			from--;
		hop = xstrndup(from + strspn(from, " \t"), (size_t)(end - from - (ptrdiff_t)strspn(from, " \t")));
		hop[strcspn(hop, " \t")] = '\0';
		good = address_parse(hop, &a);
		free(hop);
		if (!good)
			return any;
		*found = a;
		any = true;
		if (!is_proxy(c, &a))
			return true;
		end = from > forwarded ? from - 1 : from;
	}
	return any;
}

void shared_caller(const struct config *c, const struct sockaddr_storage *peer, const char *forwarded, char *buf,
    size_t size)
{
	struct address a, hop;
	bool known = address_of(peer, &a);
	bool trusted = known ? is_proxy(c, &a) : unix_is_proxy(c);

	if (trusted && forwarded != NULL && last_hop(c, forwarded, &hop)) {
		a = hop;
		known = true;
	}
	if (known)
		address_text(&a, buf, size);
	else
		snprintf(buf, size, "unix");
}

/* ---- the table ------------------------------------------------------------------------------- */

#define BUCKETS 4096
#define AWAY_MOST 256

struct entry {
	struct entry *next;
	struct address key;
	int count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *table[BUCKETS]; /* only those that have a connection */
static int connections, away;

static bool key_of(const struct sockaddr_storage *peer, struct address *key)
{
	if (!address_of(peer, key))
		return false;
	if (!is_v4(key))
		memset(key->b + 8, 0, 8);
	return true;
}

static struct entry **slot(const struct address *key)
{
	uint32_t h = 2166136261u;
	struct entry **p;

	for (size_t i = 0; i < sizeof key->b; i++)
		h = (h ^ key->b[i]) * 16777619u;
	for (p = &table[(h ^ h >> 16) % BUCKETS]; *p != NULL; p = &(*p)->next)
		if (memcmp(&(*p)->key, key, sizeof *key) == 0)
			break;
	return p;
}

bool shared_enter(const struct config *c, const struct sockaddr_storage *peer)
{
	struct address key, whole;
	bool counted = key_of(peer, &key), proxy = address_of(peer, &whole) && is_proxy(c, &whole), fits;
	struct entry **p;

	pthread_mutex_lock(&lock);
	p = counted ? slot(&key) : NULL;
	fits = connections < c->max_connections && (p == NULL || *p == NULL || (*p)->count < c->max_per_address || proxy);
	if (fits) {
		connections++;
		if (p != NULL && *p == NULL) {
			*p = xcalloc(1, sizeof **p);
			(*p)->key = key;
		}
		if (p != NULL)
			(*p)->count++;
	}
	pthread_mutex_unlock(&lock);
	return fits;
}

void shared_leave(const struct sockaddr_storage *peer)
{
	struct address key;
	struct entry **p;

	pthread_mutex_lock(&lock);
	connections--;
	p = key_of(peer, &key) ? slot(&key) : NULL;
	if (p != NULL && *p != NULL && --(*p)->count == 0) {
		struct entry *gone = *p;

		*p = gone->next;
		free(gone);
	}
	pthread_mutex_unlock(&lock);
}

bool shared_turn_away(void)
{
	bool few;

	pthread_mutex_lock(&lock);
	few = away < AWAY_MOST;
	away += few;
	pthread_mutex_unlock(&lock);
	return few;
}

void shared_turned_away(void)
{
	pthread_mutex_lock(&lock);
	away--;
	pthread_mutex_unlock(&lock);
}
