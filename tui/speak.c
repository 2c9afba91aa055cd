#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "tui/speak.h"

static struct {
	bool on, over;
	struct strbuf text, headed, title;
	struct canvas inside;
} speak;

void speak_listen(bool on)
{
	speak.on = on;
	if (on)
		return;
	strbuf_free(&speak.text);
	strbuf_free(&speak.headed);
	strbuf_free(&speak.title);
}

bool speak_wanted(void)
{
	return speak.on;
}

void speak_begin(void)
{
	speak.over = false;
	strbuf_clear(&speak.text);
	strbuf_clear(&speak.headed);
}

void speak_focus(const char *text, const char *with_headings)
{
	if (!speak.on)
		return;
	strbuf_clear(&speak.text);
	strbuf_clear(&speak.headed);
	strbuf_puts(&speak.text, text);
	strbuf_puts(&speak.headed, with_headings);
}

const char *speak_focus_text(bool with_headings)
{
	return strbuf_str(with_headings ? &speak.headed : &speak.text);
}

void speak_over(struct canvas inside, const char *title)
{
	if (!speak.on)
		return;
	speak_begin();
	speak.over = true;
	speak.inside = inside;
	strbuf_clear(&speak.title);
	strbuf_puts(&speak.title, title ? title : "");
}

bool speak_is_over(struct canvas *inside)
{
	*inside = speak.inside;
	return speak.over;
}

const char *speak_title(void)
{
	return strbuf_str(&speak.title);
}
