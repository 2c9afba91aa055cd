#include "config.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "tui/app.h"
#include "tui/plain.h"
#include "tui/term.h"

#define COPY_MOST 74994  /* bytes: what xterm and tmux take */
#define SCREEN_PIECE 240 /* GNU screen hands strings on in pieces of less than 256 bytes */

/* Control characters and what else does not belong into a paste buffer; tabs and line ends stay. */
static char *cleaned(const char *text, int *characters)
{
	struct strbuf out = { 0 };
	const char *at = text;
	int cp;

	for (*characters = 0; (cp = text_next(&at)) != 0; text = at) {
		if ((cp < 0x20 && cp != '\t' && cp != '\n') || (cp >= 0x7f && cp < 0xa0) ||
		    (cp == 0xfffd && at - text == 1))
			continue;
		strbuf_add(&out, text, (size_t)(at - text));
		++*characters;
	}
	return out.s ? strbuf_steal(&out) : xstrdup("");
}

/* Some print what they do not understand. */
static bool has_clipboard(void)
{
	const char *type = getenv("TERM");

	return !term_plain() && !(type && strncmp(type, "linux", 5) == 0);
}

static bool inside_screen(void)
{
	const char *type = getenv("TERM"), *tmux = getenv("TMUX");

	return type && strncmp(type, "screen", 6) == 0 && !(tmux && *tmux);
}

/* GNU screen keeps an OSC to itself, but hands on what stands in a DCS. */
static void in_pieces(struct strbuf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i += SCREEN_PIECE) {
		strbuf_puts(out, "\033P");
		strbuf_add(out, s + i, n - i < SCREEN_PIECE ? n - i : SCREEN_PIECE);
		strbuf_puts(out, "\033\\");
	}
}

void copy_sequence(struct strbuf *out, const char *text, bool screen)
{
	size_t n = strlen(text);
	char *coded = xmalloc(4 * (n / 3 + 1) + 1);
	struct strbuf osc = { 0 };

	EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)text, (int)n);
	strbuf_puts(&osc, "\033]52;c;");
	strbuf_puts(&osc, coded);
	strbuf_putc(&osc, '\a');
	if (screen)
		in_pieces(out, osc.s, osc.len);
	else
		strbuf_add(out, osc.s, osc.len);
	strbuf_free(&osc);
	free(coded);
}

static void send_out(const char *text)
{
	struct strbuf out = { 0 };

	copy_sequence(&out, text, inside_screen());
	term_write(out.s, out.len);
	strbuf_free(&out);
}

bool app_copy(struct app *a, const char *text)
{
	int characters;
	char *fit = cleaned(text, &characters);
	bool ok = strlen(fit) <= COPY_MOST;

	if (!a->cfg.headless && !has_clipboard()) {
		ok = false;
		app_message(a, TOK_WARNING, _("this kind of terminal has no clipboard; export the rows to a file"));
	} else if (!ok) {
		app_message(a, TOK_WARNING, _("%d characters are too many for a terminal's clipboard; copy fewer rows or "
		    "export them to a file"), characters);
	} else {
		if (a->plain)
			plain_say(fit);
		if (a->cfg.headless) {
			strbuf_clear(&a->copied);
			strbuf_puts(&a->copied, fit);
		} else {
			send_out(fit);
		}
		app_message(a, TOK_GOOD, P_("sent to the terminal (%d character)", "sent to the terminal (%d characters)",
		    characters), characters);
	}
	free(fit);
	return ok;
}

const char *app_copied(const struct app *a)
{
	return strbuf_str(&a->copied);
}
