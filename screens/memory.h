/*
 * Small lists that the console remembers between starts, in the state
 * directory: lines that were entered, and saved views. What cannot be written
 * is remembered until the end of the program.
 */
#ifndef SCREENS_MEMORY_H
#define SCREENS_MEMORY_H

#include <jansson.h>

#include "client/command.h"
#include "screens/screens.h"

struct memory {
	json_t *history;  /* {"command": ["newest", …], "filter/units": […]}; NULL until asked for */
	json_t *views;    /* {"late": {"line": "bk hold", "kept": "…"}, …}; NULL until asked for */
	json_t *settings; /* {"restore": false} */
	struct command_name *names; /* of views, for the parser */
};

void memory_free(struct memory *m);

/* The i-th newest line of a kind; NULL = no more. Valid until the next memory_ call. */
const char *memory_line(struct memory *m, struct screen *s, const char *kind, int i);
void memory_add_line(struct memory *m, struct screen *s, const char *kind, const char *line);

/* Views as the parser wants them, ends with name NULL; valid until the next change of a view. */
const struct command_name *memory_views(struct memory *m, struct screen *s);
const char *memory_view_kept(struct memory *m, const char *name); /* valid as they are; "" = nothing */
bool memory_save_view(struct memory *m, struct screen *s, const char *name, const char *line, const char *kept,
    struct err *e);
bool memory_drop_view(struct memory *m, struct screen *s, const char *name, struct err *e);

bool memory_flag(struct memory *m, struct screen *s, const char *name, bool otherwise);
void memory_set_flag(struct memory *m, struct screen *s, const char *name, bool on);

#endif
