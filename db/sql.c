#include "config.h"

#include "db/sql.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/mem.h"

#include "db/sql.inc"

const struct sql_text *sql_texts(size_t *n)
{
	*n = ARRAY_LEN(texts);
	return texts;
}

static void finish(EVP_MD_CTX *ctx, char hex[static SQL_CHECKSUM_LEN + 1])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!EVP_DigestFinal_ex(ctx, md, &len) || len * 2 != SQL_CHECKSUM_LEN)
		die("SHA-256 is not available in this libcrypto");
	for (unsigned i = 0; i < len; i++) {
		hex[2 * i] = "0123456789abcdef"[md[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[md[i] & 15];
	}
	hex[SQL_CHECKSUM_LEN] = '\0';
	EVP_MD_CTX_free(ctx);
}

static EVP_MD_CTX *start(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
		die("SHA-256 is not available in this libcrypto");
	return ctx;
}

void sql_checksum(const char *text, char hex[static SQL_CHECKSUM_LEN + 1])
{
	EVP_MD_CTX *ctx = start();

	EVP_DigestUpdate(ctx, text, strlen(text));
	finish(ctx, hex);
}

void sql_digest(char hex[static SQL_CHECKSUM_LEN + 1])
{
	EVP_MD_CTX *ctx = start();

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i].kind == SQL_DEMO)
			continue;
		/* with their NULs, so that no text can run into the next name */
		EVP_DigestUpdate(ctx, texts[i].name, strlen(texts[i].name) + 1);
		EVP_DigestUpdate(ctx, texts[i].text, strlen(texts[i].text) + 1);
	}
	finish(ctx, hex);
}
