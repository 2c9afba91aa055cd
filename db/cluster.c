#include "config.h"

#include "db/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "db/create.h"
#include "db/keeper.h"
#include "db/migrate.h"
#include "db/place.h"
#include "db/process.h"
#include "db/state.h"

#define OPEN_RETRIES 5
#define OPEN_PAUSE_US 300000

#define START_LOCK "start.lock"
#define WAIT_MS 60000

struct opening {
	const struct demo_options *o;
	struct place p;
	struct state s;
	char digest[SQL_CHECKSUM_LEN + 1]; /* of this program */
	bool created;
	int users;         /* the lock */
	char sockdir[108]; /* of the running server */
};

const char *const *demo_sizes(void)
{
	return create_sizes();
}

static void say(const struct opening *d, const char *step)
{
	if (d->o->progress != NULL)
		d->o->progress(d->o->arg, step);
}

static int linger(const struct demo_options *o)
{
	const char *env = getenv("DOMOVOI_LINGER");
	int s = o->linger_s != 0 ? o->linger_s : env != NULL ? atoi(env) : 0;

	return s > 0 ? s : 60;
}

static bool known_size(const char *size, struct err *e)
{
	if (size == NULL)
		return true;
	for (const char *const *s = create_sizes(); *s != NULL; s++)
		if (strcmp(*s, size) == 0)
			return true;
	err_set(e, ERR_USAGE, "E-DEMO", "size", _("Sizes: empty, tiny, small, medium, large"),
	    _("there is no demo of the size %s"), size);
	return false;
}

static bool lock_error(const struct place *p, const char *name, struct err *e)
{
	int why = errno;

	err_set(e, ERR_FAILED, why == ENOSPC ? "E-DISK" : "E-DEMO", NULL,
	    why == ENOSPC ? _("Free some space there and run it again") : NULL,
	    _("cannot lock %s/%s: %s"), p->dir, name, strerror(why));
	return false;
}

static bool right_size(const struct opening *d, struct err *e)
{
	const char *want = d->o->size;
	char *remedy;

	if (want == NULL || strcmp(want, d->s.size) == 0)
		return true;
	remedy = xasprintf(
	    _("Make it anew, which loses its changes: domovoi demo --size %s --reset"), want);
	err_set(e, ERR_CONFLICT, "E-DEMO", "size", remedy,
	    _("there is a demo of the size %s already"), d->s.size);
	free(remedy);
	return false;
}

static bool running(struct opening *d)
{
	struct postmaster pm;

	postmaster_read(&d->p, &pm);
	memcpy(d->sockdir, pm.sockdir, sizeof d->sockdir);
	return pm.ready && postmaster_listens(pm.sockdir);
}

/* Nothing to do but take part: the warm path, without start.lock. */
static bool at_hand(struct opening *d)
{
	if (!state_read(&d->p, &d->s))
		return false;
	if (strcmp(d->s.digest, d->digest) == 0 && keeper_find(&d->p) != 0 && running(d))
		return true;
	state_free(&d->s);
	return false;
}

static bool touch(const struct place *p, const char *name, struct err *e)
{
	int fd = lock_take(p, name, LOCK_SH);

	if (fd < 0)
		return lock_error(p, name, e);
	close(fd);
	return true;
}

/* Bring up what exists and is down, or has lost its keeper. */
static bool bring_up(struct opening *d, struct err *e)
{
	char *dsn = demo_dsn(d->p.sockdir, NULL), *bindir;
	struct keeper_options o = { .linger_s = linger(d->o), .dsn = dsn };
	bool ok = keeper_find(&d->p) != 0 && keeper_wait(&d->p, WAIT_MS);

	if (!ok && (bindir = pg_find(pg_cluster_major(&d->p), e)) != NULL) {
		o.bindir = bindir;
		ok = keeper_start(&d->p, &o, e);
		free(bindir);
	}
	free(dsn);
	if (ok && !running(d)) {
		err_set(e, ERR_UNREACHABLE, "E-PG", NULL, _("Run it again"), "%s",
		    _("the demo's server went away while it was being started"));
		ok = false;
	}
	return ok;
}

/* A newer program meets an older demo: it is a real database to us, its data stay. */
static bool bring_to_date(struct opening *d, struct err *e)
{
	struct err why;
	char *dsn;
	bool ok;

	if (strcmp(d->s.digest, d->digest) == 0)
		return true;
	say(d, _("schema"));
	dsn = demo_dsn(d->sockdir, NULL);
	ok = migrate_run(dsn, MIGRATE_ALL, d->o->progress, d->o->arg, &why);
	free(dsn);
	if (!ok) {
		err_set(e, ERR_FAILED, why.code, NULL,
		    _("Make it anew, which loses its changes: domovoi demo --reset"),
		    _("the demo was made by another version of domovoi: %s"), why.text);
		return false;
	}
	memcpy(d->s.digest, d->digest, sizeof d->digest);
	return state_write(&d->p, &d->s, e);
}

static bool create(struct opening *d, const char *size, struct err *e)
{
	const struct create c = { .place = &d->p,
		.size = size,
		.now = d->o->now,
		.linger_s = linger(d->o),
		.progress = d->o->progress,
		.arg = d->o->arg };

	if (!create_demo(&c, &d->s, e))
		return false;
	d->created = true;
	if (running(d))
		return true;
	err_set(e, ERR_UNREACHABLE, "E-PG", NULL, _("Run it again"), "%s",
	    _("the demo's server went away while it was being started"));
	return false;
}

/* Nobody else may be in it. The keeper looks into the lock as well, for an instant. */
static bool alone(struct opening *d, struct err *e)
{
	bool got = false;

	for (int i = 0; i < 20 && !got; i++) {
		got = flock(d->users, LOCK_EX | LOCK_NB) == 0;
		if (!got)
			sleep_ms(10);
	}
	/* a refused conversion has lost what we had; a granted one would lock out everybody */
	if (flock(d->users, LOCK_SH) < 0)
		return lock_error(&d->p, KEEPER_USERS, e);
	if (!got)
		err_set(e, ERR_CONFLICT, "E-DEMO", NULL, _("Close the other consoles first"), "%s",
		    _("somebody else is using the demo"));
	return got;
}

static bool start_over(struct opening *d, struct err *e)
{
	char size[sizeof d->s.size] = "small";

	if (state_read(&d->p, &d->s))
		memcpy(size, d->s.size, sizeof size);
	state_free(&d->s);
	return alone(d, e) && create(d, d->o->size != NULL ? d->o->size : size, e);
}

/* With start.lock: the only one who creates, starts or throws away. */
static bool open_alone(struct opening *d, struct err *e)
{
	char *stay = place_path(&d->p, KEEPER_STAY);
	struct postmaster pm;

	postmaster_read(&d->p, &pm);
	if (pm.pid == 0) /* of a life before this one */
		unlink(stay);
	free(stay);
	if (d->o->reset)
		return start_over(d, e);
	if (!state_read(&d->p, &d->s))
		return create(d, d->o->size != NULL ? d->o->size : "small", e);
	return right_size(d, e) && bring_up(d, e) && bring_to_date(d, e);
}

static int take_start_lock(struct opening *d)
{
	int fd = lock_take(&d->p, START_LOCK, LOCK_EX | LOCK_NB);

	if (fd >= 0 || errno != EWOULDBLOCK)
		return fd;
	say(d, _("waiting for another start"));
	return lock_take(&d->p, START_LOCK, LOCK_EX);
}

static bool open_entered(struct opening *d, struct err *e)
{
	bool ok;
	int start;

	d->users = lock_take(&d->p, KEEPER_USERS, LOCK_SH);
	if (d->users < 0)
		return lock_error(&d->p, KEEPER_USERS, e);
	if (d->o->reset || !at_hand(d)) {
		start = take_start_lock(d);
		if (start < 0)
			return lock_error(&d->p, START_LOCK, e);
		ok = open_alone(d, e);
		close(start);
	} else {
		ok = right_size(d, e);
	}
	return ok && (!d->o->stay || touch(&d->p, KEEPER_STAY, e));
}

static bool tell(const struct opening *d, struct demo *out, struct err *e)
{
	const char *role = d->o->role == NULL ? "head" : d->o->role;
	const char *login = state_login(&d->s, role, d->o->company == 0 ? 1 : d->o->company, e);

	if (login == NULL)
		return false;
	*out = (struct demo){ .dsn = demo_dsn(d->sockdir, login),
		.admin_dsn = demo_dsn(d->sockdir, NULL),
		.dir = xstrdup(d->p.dir),
		.size = xstrdup(d->s.size),
		.created = d->created,
		.users_fd = d->users };
	return true;
}

static bool open_once(const struct demo_options *o, struct demo *out, struct err *e)
{
	struct opening d = { .o = o, .users = -1 };
	bool ok;

	*out = (struct demo){ .users_fd = -1 };
	if (!known_size(o->size, e) || !place_find(o->dir, &d.p, e))
		return false;
	sql_digest(d.digest);
	ok = place_make(&d.p, e) && place_enter(&d.p, e);
	if (ok) {
		ok = open_entered(&d, e);
		place_leave(&d.p);
		ok = ok && tell(&d, out, e);
	}
	if (!ok && d.users >= 0)
		close(d.users);
	state_free(&d.s);
	place_free(&d.p);
	return ok;
}

/* A server that is just going down, perhaps because its directory was removed under it, is gone a moment later. */
static bool passing(const struct err *e)
{
	return e->kind == ERR_UNREACHABLE || strcmp(e->code, "E-PG") == 0;
}

bool demo_open(const struct demo_options *o, struct demo *out, struct err *e)
{
	struct err own = { 0 };
	struct err *why = e != NULL ? e : &own;
	bool ok = open_once(o, out, why);

	for (int i = 0; i < OPEN_RETRIES && !ok && passing(why); i++) {
		usleep(OPEN_PAUSE_US);
		err_clear(why);
		ok = open_once(o, out, why);
	}
	return ok;
}

void demo_close(struct demo *d)
{
	if (d->users_fd >= 0)
		close(d->users_fd);
	free(d->dsn);
	free(d->admin_dsn);
	free(d->dir);
	free(d->size);
	*d = (struct demo){ .users_fd = -1 };
}

bool demo_exists(const char *dir)
{
	struct place p;
	struct state s;
	bool yes = false;

	if (!place_find(dir, &p, NULL))
		return false;
	if (place_enter(&p, NULL)) {
		yes = state_read(&p, &s);
		state_free(&s);
		place_leave(&p);
	}
	place_free(&p);
	return yes;
}

static bool stop_entered(const struct place *p, bool *was, struct err *e)
{
	int start = lock_take(p, START_LOCK, LOCK_EX);
	bool ok;

	if (start < 0)
		return lock_error(p, START_LOCK, e);
	ok = keeper_stop(p, false, was, e);
	close(start);
	return ok;
}

bool demo_stop(const char *dir, bool *was, struct err *e)
{
	struct place p;
	bool ok;

	if (was != NULL)
		*was = false;
	if (!place_find(dir, &p, e))
		return false;
	ok = place_enter(&p, e);
	if (ok) {
		char *users = place_path(&p, KEEPER_USERS);

		/* nothing is created where there is no demo */
		if (access(users, F_OK) == 0)
			ok = stop_entered(&p, was, e);
		free(users);
		place_leave(&p);
	}
	place_free(&p);
	return ok;
}
