/*
 * The tree widget: branches that open and close over rows that are loaded only
 * when a branch is opened, drawn by the list widget. The cursor belongs to an
 * id: whatever arrives, it stays on the same node and on the same line.
 */
#ifndef TUI_TREE_H
#define TUI_TREE_H

#include "tui/list.h"

#define TREE_ID 48
#define TREE_OPEN_MOST 24 /* branches open at once; the one opened first is closed for the next */

/* Nodes are named by ids, unique in the whole tree; "" is the root, whose children are always there. */
struct tree_source {
	int (*count)(void *ctx, const char *parent);                     /* children at hand; -1 = not here yet */
	const char *(*id)(void *ctx, const char *parent, int i);         /* of a child */
	bool (*leaf)(void *ctx, const char *parent, int i);
	void (*cell)(void *ctx, const char *parent, int i, int col, struct strbuf *out, enum token *style);
	bool (*marked)(void *ctx, const char *id);                       /* may be NULL */
	void (*opened)(void *ctx, const char *id);                       /* load its children */
	void (*closed)(void *ctx, const char *id);                       /* forget them */
	void (*want)(void *ctx, const char *parent, int i, int page);    /* the cursor is on this child */
	bool (*more_below)(void *ctx, const char *parent);               /* may be NULL: no */
	bool (*more_above)(void *ctx, const char *parent);
};

struct tree_row; /* private */

struct tree {
	struct list list;             /* .columns and .empty are the owner's: the first column holds the branches */
	const struct tree_source *source; void *ctx;
	void (*moved)(void *ctx);     /* another node is under the cursor; may be NULL */
	char id[TREE_ID];             /* under the cursor; "" before there is one */
	struct tree_row *rows;
	int nrows, size;
	char open[TREE_OPEN_MOST][TREE_ID];
	int nopen;
};

/* `t` is zeroed and has its columns. */
void tree_init(struct tree *t, const struct tree_source *source, void *ctx);
void tree_free(struct tree *t);
void tree_refresh(struct tree *t);       /* the source's rows have changed */

void tree_draw(struct tree *t, struct canvas c, bool focused);
enum result tree_move(struct tree *t, int move);  /* enum list_move */
enum result tree_right(struct tree *t);  /* open, or go to the first child */
enum result tree_left(struct tree *t);   /* close, or go to the parent */
enum result tree_toggle(struct tree *t);
enum result tree_fold(struct tree *t);   /* close all; the cursor goes to its ancestor at the top */
bool tree_goto(struct tree *t, const char *id); /* false: not shown now */

bool tree_is_open(const struct tree *t, const char *id);
const char *tree_parent(const struct tree *t); /* id of the branch that it hangs on; "" = the root */
int tree_index(const struct tree *t);         /* which child it is; -1 = none */
/* Every child on the screen, for what is asked about the visible only. */
void tree_each_visible(const struct tree *t, void (*fn)(void *ctx, const char *parent, int i), void *ctx);

#endif
