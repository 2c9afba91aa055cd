/* One record: read, made, changed, deleted; the actions on it; several at once. */
#ifndef SERVER_RECORDS_H
#define SERVER_RECORDS_H

#include "server/view.h"

/* The record whose key is part {key}; all by the method. */
void records_serve(struct request *r, const struct view *v);
void records_create(struct request *r, const struct view *v);
void records_transitions(struct request *r, const struct view *v);
void records_import(struct request *r, const struct view *v);
void records_reveal(struct request *r, const struct view *v); /* a code of the unit {key} */
void records_previews(struct request *r);
void records_undo(struct request *r);

/* The outcome of the engine, or its refusal; *arg is a struct write. For client_mutate(). */
struct write {
	struct request *r;
	const struct view *view;
	const char *key;   /* NULL: a new record */
	bool empty;        /* 204 */
};
struct write *records_write(struct request *r, const struct view *v, const char *key);
void records_on_outcome(const struct reply *reply, void *arg);

/* The action that DELETE stands for ("delete", "archive", "void"), or NULL. */
const struct action *records_delete_action(const struct resource *res);

/* False and `f`: a member that is no field of the resource. */
bool records_check_body(const struct resource *res, const json_t *set, struct flaw *f);
/* What PUT means: the editable fields alone, those left out null. The caller decrefs. */
json_t *records_replace(const struct resource *res, const json_t *body);

#endif
