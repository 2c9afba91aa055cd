#include "config.h"

#include "db/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/i18n.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct plan_step *)a)->name, ((const struct plan_step *)b)->name);
}

static const struct plan_text *find(const struct plan_text *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

size_t plan_make(const struct plan_text *have, size_t nhave, const struct plan_text *done,
    size_t ndone, struct plan_step *steps)
{
	size_t n = 0;

	for (size_t i = 0; i < nhave; i++) {
		const struct plan_text *d = find(done, ndone, have[i].name);
		enum plan_state state = d == NULL ? PLAN_PENDING : PLAN_APPLIED;

		if (d != NULL && strcmp(d->checksum, have[i].checksum) != 0)
			state = PLAN_EDITED;
		steps[n++] = (struct plan_step){ .name = have[i].name, .state = state };
	}
	for (size_t i = 0; i < ndone; i++)
		if (find(have, nhave, done[i].name) == NULL)
			steps[n++] = (struct plan_step){ .name = done[i].name,
				.state = PLAN_UNKNOWN };
	qsort(steps, n, sizeof *steps, by_name);
	return n;
}

bool plan_check(const struct plan_step *steps, size_t n, struct err *e)
{
	const char *pending = NULL;

	for (size_t i = 0; i < n; i++) {
		const char *name = steps[i].name;

		switch (steps[i].state) {
		case PLAN_EDITED:
			err_set(e, ERR_FAILED, "E-MIGR", NULL,
			    _("Use the program that this database was made with, or put the old text back"),
			    _("migration %s was edited after this database had applied it"), name);
			return false;
		case PLAN_UNKNOWN:
			err_set(e, ERR_FAILED, "E-MIGR", NULL, _("Upgrade domovoi on this machine"),
			    _("the database is newer than this program: it has migration %s"),
			    name);
			return false;
		case PLAN_PENDING:
			if (pending == NULL)
				pending = name;
			break;
		case PLAN_APPLIED:
			if (pending != NULL) {
				err_set(e, ERR_FAILED, "E-MIGR", NULL,
				    _("Restore the database from a backup, or look into domovoi_meta.applied"),
				    _("migration %s is missing in the database, though the later %s is there"),
				    pending, name);
				return false;
			}
			break;
		}
	}
	return true;
}

const char *plan_state_name(enum plan_state s)
{
	switch (s) {
	case PLAN_APPLIED:
		return N_("applied");
	case PLAN_PENDING:
		return N_("pending");
	case PLAN_EDITED:
		return N_("edited");
	case PLAN_UNKNOWN:
		return N_("unknown");
	}
	return "";
}
