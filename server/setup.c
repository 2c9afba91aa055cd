#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "server/auth.h"
#include "server/workers.h"

#define PEM_MOST 1048576

static char *read_pem(const char *name, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	char *text = xcalloc(1, PEM_MOST);
	size_t n = f != NULL ? fread(text, 1, PEM_MOST - 1, f) : 0;

	if (f != NULL)
		fclose(f);
	if (n > 0)
		return text;
	err_set(e, ERR_FAILED, "E-CONFIG", name, "Check the path and who may read it", "%s: %s: %s", name, path,
	    f == NULL ? strerror(errno) : "nothing is in it");
	free(text);
	return NULL;
}

struct setup *setup_make(struct config *c, struct err *e)
{
	struct setup *s = xcalloc(1, sizeof *s);
	bool fine = config_check(c, e);

	s->config = c;
	if (fine) {
		s->ring = auth_ring_read(c, e);
		fine = s->ring != NULL;
	}
	if (fine && c->tls_cert != NULL) {
		s->cert = read_pem("tls_cert", c->tls_cert, e);
		s->key = s->cert != NULL ? read_pem("tls_key", c->tls_key, e) : NULL;
		fine = s->key != NULL;
	}
	if (fine)
		return s;
	setup_free(s);
	return NULL;
}

void setup_free(struct setup *s)
{
	if (s == NULL)
		return;
	if (s->key != NULL)
		explicit_bzero(s->key, PEM_MOST);
	if (s->ring != NULL)
		auth_ring_free(s->ring);
	config_free(s->config);
	free(s->cert);
	free(s->key);
	free(s);
}
