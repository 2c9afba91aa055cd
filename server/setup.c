#include "config.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
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

static bool belong_together(const struct setup *s, struct err *e)
{
	BIO *cert = BIO_new_mem_buf(s->cert, -1), *key = BIO_new_mem_buf(s->key, -1);
	X509 *x = PEM_read_bio_X509(cert, NULL, NULL, NULL);
	EVP_PKEY *k = PEM_read_bio_PrivateKey(key, NULL, NULL, (void *)(uintptr_t)""); /* not asked for a password */
	bool fine = x != NULL && k != NULL && X509_check_private_key(x, k) == 1;

	ERR_clear_error();
	EVP_PKEY_free(k);
	X509_free(x);
	BIO_free(key);
	BIO_free(cert);
	if (!fine)
		err_set(e, ERR_FAILED, "E-CONFIG", x == NULL ? "tls_cert" : "tls_key", "Check that tls_cert and tls_key are PEM and "
		    "belong together", "TLS does not start: %s", x == NULL ? "the certificate cannot be read" : k == NULL ?
		    "the key cannot be read" : "the key is that of another certificate");
	return fine;
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
		fine = s->key != NULL && belong_together(s, e);
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
