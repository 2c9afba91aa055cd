/*
 * Companies and logins of a real database: `domovoi db user …`, `domovoi db api-role` and
 * `domovoi db company add`, for its owner only. A login is a PostgreSQL role
 * (NOINHERIT, in one scope group) tied to one app_user and its membership. The
 * password is read from a terminal or stdin, never from the command line, and
 * leaves this process only as a SCRAM verifier.
 * Blocking libpq, like db/migrate.h. Each call is one transaction.
 */
#ifndef DB_USERS_H
#define DB_USERS_H

#include <stdbool.h>

struct err;

struct user_spec {
	const char *login; /* [a-z0-9._-]{3,32}: the PostgreSQL role and the app_user's login */
	const char *name;  /* "Алия Сейткали"; NULL: as invited, like the next two */
	const char *role;  /* role code: "manager" */
	int company;       /* 0: of the invitation, or the only one there is */
};

/* An invited app_user of that login gets a database login; a second one is refused. */
bool users_add(const char *dsn, const struct user_spec *spec, const char *password, struct err *e);
/* And end its sessions. */
bool users_disable(const char *dsn, const char *login, struct err *e);
/* A new password, and enabled again. */
bool users_reset(const char *dsn, const char *login, const char *password, struct err *e);

/*
 * The hash of a person's password for the API (db/password.h); his sessions end. The first one of a new server is set
 * so, by its owner; later ones are given by whoever manages people.
 */
bool users_set_hash(const char *dsn, const char *login, const char *hash, struct err *e);

/*
 * The API server's own login: a NOINHERIT role, member of domovoi_api (which it is from the start of a connection)
 * and of the five scopes. It is made if it is not there, then without a password: how it comes in is for pg_hba.conf
 * and its owner to say. `trusted`: it may speak for people without their session, as what runs by the clock does.
 */
bool users_api_role(const char *dsn, const char *name, bool trusted, struct err *e);

struct company_spec {
	const char *name;
	const char *slug;     /* short code, unique: "astana-apart" */
	const char *kind;     /* NULL: agency */
	const char *country;  /* ISO, two letters; NULL: KZ */
	const char *tz;       /* IANA; NULL: Asia/Almaty */
	const char *currency; /* ISO; NULL: KZT */
};

bool company_add(const char *dsn, const struct company_spec *spec, int *id, struct err *e);

/*
 * Ask twice on the terminal without echo, or read one line of stdin when it is
 * not one. Refuses fewer than 10 characters. The caller wipes and frees it with
 * askpass_forget() (db/askpass.h). NULL and `e` on refusal.
 */
char *users_read_password(const char *login, struct err *e);

#endif
