#include "config.h"

#include "server/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/outfile.h"

struct spool {
	uv_work_t work;
	uv_loop_t *loop;
	struct out_columns columns;
	FILE *file;
	char *tail;
	struct export *export;
	struct table *rows;    /* of the step that runs */
	bool ending, busy, dead, good;
	struct err err;
	spool_fn fn;
	void *arg;
};

struct spool *spool_new(uv_loop_t *loop, enum export_format format, struct out_columns *c, const char *title,
    const char *head, const char *tail, struct err *e)
{
	struct spool *s = xcalloc(1, sizeof *s);

	s->loop = loop;
	s->work.data = s;
	s->good = true;
	s->columns = *c;
	*c = (struct out_columns){ 0 };
	s->tail = xstrdup(tail);
	s->file = tmpfile();
	if (s->file == NULL || (head != NULL && fputs(head, s->file) < 0))
		outfile_failed(e, "TMPDIR", errno);
	else
		s->export = export_open(&(struct export_spec){ .format = format, .stream = s->file, .title = title },
		    &s->columns, e);
	if (s->export != NULL)
		return s;
	spool_free(s);
	return NULL;
}

/* In a thread of the pool: nothing but the spool's own is touched. */
static void write_step(uv_work_t *w)
{
	struct spool *s = w->data;

	if (s->rows != NULL)
		export_rows(s->export, s->rows);
	if (!s->ending)
		return;
	s->good = export_close(s->export, &s->err);
	s->export = NULL;
	if (s->good && ((s->tail != NULL && fputs(s->tail, s->file) < 0) || fflush(s->file) != 0))
		s->good = outfile_failed(&s->err, "TMPDIR", errno);
}

static void on_step(uv_work_t *w, int status)
{
	struct spool *s = w->data;

	(void)status;
	s->busy = false;
	table_free(s->rows);
	s->rows = NULL;
	if (s->dead) {
		spool_free(s);
		return;
	}
	if (s->export != NULL && export_failed(s->export)) {
		s->good = false;
		err_set(&s->err, ERR_FAILED, "E-FILE", NULL, NULL, "the answer could not be written");
	}
	s->fn(s, s->good ? NULL : &s->err, s->arg);
}

static void step(struct spool *s, spool_fn fn, void *arg)
{
	s->fn = fn;
	s->arg = arg;
	s->busy = true;
	uv_queue_work(s->loop, &s->work, write_step, on_step);
}

void spool_add(struct spool *s, struct table *rows, spool_fn fn, void *arg)
{
	s->rows = table_ref(rows);
	step(s, fn, arg);
}

void spool_end(struct spool *s, spool_fn fn, void *arg)
{
	s->ending = true;
	step(s, fn, arg);
}

int spool_take(struct spool *s)
{
	int fd = s->file != NULL ? dup(fileno(s->file)) : -1;

	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

void spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	s->dead = true;
	if (s->busy)
		return;
	export_abort(s->export);
	if (s->file != NULL)
		fclose(s->file);
	out_columns_free(&s->columns);
	free(s->tail);
	free(s);
}
