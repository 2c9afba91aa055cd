/*
 * Before a person is saved: is somebody of this telephone or this name here
 * already? It is said, with the way to that record; it keeps nobody from saving.
 */
#ifndef SCREENS_ALIKE_H
#define SCREENS_ALIKE_H

#include "client/table.h"
#include "client/value.h"
#include "screens/screens.h"

struct alike {               /* in the state of the form */
	struct screen *screen;
	void (*save)(struct screen *s);
	int waiting;             /* answers still to come: the form is saving, so to speak */
	bool passed;             /* this was asked about: saving again saves */
	char asked[300];         /* what was looked for; other values are looked for anew */
	char self[64];           /* the record that is edited */
	struct table *found[2];  /* by telephone, by name */
};

/*
 * What is going to be saved; `self`: the id of the record that is edited, "" for a new one. True: it has to wait, and
 * `save` is called when it may go on (the values are looked at again); false: go on.
 */
bool alike_ask(struct screen *s, struct alike *a, const char *self, const struct values *v,
    void (*save)(struct screen *s));
void alike_close(struct alike *a);

#endif
