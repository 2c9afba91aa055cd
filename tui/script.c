#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/app.h"

#define STUCK_MS 60000

/* ---- the text of a script ---- */

struct keys { struct key *k; size_t n, cap; };

static void add(struct keys *all, struct key k)
{
	if (all->n == all->cap) {
		all->cap = all->cap ? all->cap * 2 : 64;
		all->k = xreallocarray(all->k, all->cap, sizeof(*all->k));
	}
	all->k[all->n++] = k;
}

/* "j", "Enter", "g+s": a whole word of keys. Nothing is added otherwise. */
static bool word_of_keys(struct keys *all, const char *word)
{
	struct keys found = { 0 };
	struct key k;
	bool ok = true;

	for (;;) {
		word = key_parse(word, &k);
		ok = word && k.code != KEYCODE_RESIZE;
		if (!ok)
			break;
		add(&found, k);
		if (*word != '+')
			break;
		word++;
	}
	ok = ok && *word == '\0';
	for (size_t i = 0; ok && i < found.n; i++)
		add(all, found.k[i]);
	free(found.k);
	return ok;
}

/* "<Enter>" inside a text. Returns what follows, NULL if it is only a "<". */
static const char *key_in_text(struct keys *all, const char *s)
{
	struct key k;
	const char *end = *s == '<' ? key_parse(s + 1, &k) : NULL;

	if (!end || *end != '>')
		return NULL;
	add(all, k);
	return end + 1;
}

static bool word_of_text(struct keys *all, const char *word)
{
	while (*word) {
		const char *after = key_in_text(all, word);
		utf8proc_int32_t cp;
		utf8proc_ssize_t n;

		if (after) {
			word = after;
			continue;
		}
		n = utf8proc_iterate((const utf8proc_uint8_t *)word, -1, &cp);
		if (n <= 0 || cp < ' ' || cp == 0x7f)
			return false;
		add(all, (struct key){ (uint32_t)cp, 0 });
		word += n;
	}
	return true;
}

static bool parse(struct keys *all, const char *text, struct err *e)
{
	while (*(text += strspn(text, " \t\r\n"))) {
		size_t n = strcspn(text, " \t\r\n");
		char *word;
		bool ok;

		if (text[0] == '#' && n == 1) { /* "# words": to the end of the line */
			text += strcspn(text, "\n");
			continue;
		}
		word = xstrndup(text, n);
		ok = word_of_keys(all, word) || word_of_text(all, word);
		if (!ok)
			err_set(e, ERR_USAGE, "E-KEYS", NULL, NULL, _("this is not text that can be typed: %s"), word);
		free(word);
		if (!ok)
			return false;
		text += n;
	}
	return true;
}

bool script_parse(const char *text, struct key **keys, size_t *n, struct err *e)
{
	struct keys all = { 0 };
	bool ok = parse(&all, text, e);

	*keys = all.k;
	*n = all.n;
	return ok;
}

/* ---- running it ---- */

static void stuck(uv_timer_t *t)
{
	uv_timer_stop(t);
}

/* Until nothing is in flight, nothing waits and the screen is painted. */
static bool settle(struct app *a, struct err *e)
{
	uv_timer_t *watchdog = &a->handles->watchdog;
	bool quiet;

	a->settling = true;
	uv_timer_start(watchdog, stuck, STUCK_MS, 0); /* also keeps the loop alive for handles that do not */
	for (;;) {
		app_turn(a);
		quiet = app_quiet(a);
		if (quiet || a->quit || !uv_is_active((uv_handle_t *)watchdog))
			break;
		uv_run(a->cfg.loop, UV_RUN_ONCE);
	}
	quiet = quiet || a->quit;
	a->settling = false;
	uv_timer_stop(watchdog);
	if (!quiet)
		err_set(e, ERR_UNREACHABLE, "E-STUCK", NULL, NULL, _("no answer for %d seconds"), STUCK_MS / 1000);
	return quiet;
}

int app_script(struct app *a, const char *text, struct err *e)
{
	struct keys keys = { 0 };
	bool ok = parse(&keys, text, e) && settle(a, e);

	for (size_t i = 0; ok && i < keys.n && !a->quit; i++) {
		input_key(a, keys.k[i]);
		ok = settle(a, e);
	}
	free(keys.k);
	return ok ? 0 : (int)(e ? e->kind : ERR_FAILED);
}

void app_dump(struct app *a, struct strbuf *out)
{
	(void)a;
	draw_dump(out, false);
}

void app_dump_attrs(struct app *a, struct strbuf *out)
{
	(void)a;
	draw_dump(out, true);
}
