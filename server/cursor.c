#include "config.h"

#include "server/cursor.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"

enum { MAC = 16, HEX = 2 * MAC };

/* What is authenticated; a part cannot run into the next, since none holds a NUL. */
static void sign(const unsigned char key[static CURSOR_KEY], const struct cursor_place *at, char way,
    const char *position, char hex[static HEX + 1])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char *filter = query_filter_text(at->q);
	struct strbuf b = { 0 };

	strbuf_printf(&b, "%s%c%d%c%s%c%s%s%c", at->user, 0, at->company, 0, at->q->res->name, 0,
	    at->q->descending ? "-" : "", at->q->sort->name, 0);
	strbuf_add(&b, filter, strlen(filter) + 1);
	strbuf_printf(&b, "%c%s", way, position);
	if (HMAC(EVP_sha256(), key, CURSOR_KEY, (const unsigned char *)b.s, b.len, mac, &n) == NULL)
		die("no HMAC");
	for (int i = 0; i < MAC; i++) {
		hex[2 * i] = "0123456789abcdef"[mac[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[mac[i] & 15];
	}
	hex[HEX] = '\0';
	strbuf_free(&b);
	free(filter);
}

char *cursor_seal(const unsigned char key[static CURSOR_KEY], const struct cursor_place *at, bool backward,
    const char *position)
{
	char hex[HEX + 1], way = backward ? 'p' : 'n';

	sign(key, at, way, position, hex);
	return xasprintf("%c%s%s", way, hex, position);
}

char *cursor_open(const unsigned char key[static CURSOR_KEY], const struct cursor_place *at, const char *sealed,
    bool *backward)
{
	char hex[HEX + 1];

	if (strlen(sealed) <= 1 + HEX || (*sealed != 'p' && *sealed != 'n'))
		return NULL;
	sign(key, at, *sealed, sealed + 1 + HEX, hex);
	if (CRYPTO_memcmp(hex, sealed + 1, HEX) != 0)
		return NULL;
	*backward = *sealed == 'p';
	return xstrdup(sealed + 1 + HEX);
}
