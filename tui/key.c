#include "config.h"

#include <stdio.h>
#include <string.h>
#include <uchar.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "tui/key.h"

static const struct { const char *name; uint32_t code; } NAMES[] = {
	{ "Enter", KEYCODE_ENTER }, { "Esc", KEYCODE_ESC }, { "Tab", KEYCODE_TAB }, { "BackTab", KEYCODE_BACKTAB },
	{ "Backspace", KEYCODE_BACKSPACE }, { "Delete", KEYCODE_DELETE }, { "Up", KEYCODE_UP }, { "Down", KEYCODE_DOWN },
	{ "Left", KEYCODE_LEFT }, { "Right", KEYCODE_RIGHT }, { "PgUp", KEYCODE_PGUP }, { "PgDn", KEYCODE_PGDN },
	{ "Home", KEYCODE_HOME }, { "End", KEYCODE_END }, { "Insert", KEYCODE_INSERT }, { "Resize", KEYCODE_RESIZE },
	{ "Paste", KEYCODE_PASTE }, { "Space", ' ' },
};

static const struct { const char *name; uint32_t kind; } PLACED[] = {
	{ "Click", KEYCODE_CLICK }, { "WheelUp", KEYCODE_WHEEL_UP }, { "WheelDn", KEYCODE_WHEEL_DOWN },
	{ "Report", KEYCODE_REPORT },
};

/* ---- places ---- */

uint32_t key_at(uint32_t kind, int x, int y)
{
	bool fits = x >= 0 && y >= 0 && x <= KEY_PLACE_MAX && y <= KEY_PLACE_MAX;

	return fits ? kind | (uint32_t)y << 12 | (uint32_t)x : 0;
}

uint32_t key_kind(struct key k)
{
	return k.code & 0xff000000;
}

int key_x(struct key k)
{
	return (int)(k.code & 0xfff);
}

int key_y(struct key k)
{
	return (int)(k.code >> 12 & 0xfff);
}

/* ---- text form ---- */

/* A name is over at a blank, the end, the "+" of a sequence or the ">" of "<Enter>". */
static bool at_end(const char *s)
{
	return *s == '\0' || *s == ' ' || *s == '\t' || *s == '\n' || *s == '+' || *s == '>';
}

static const char *parse_mods(const char *s, uint8_t *mods)
{
	static const char letters[] = "CMS"; /* in the order of MOD_CTRL, MOD_ALT, MOD_SHIFT */

	for (*mods = 0; s[0] && s[1] == '-' && s[2] != '\0' && s[2] != ' '; s += 2) {
		const char *at = strchr(letters, s[0]);

		if (!at)
			break;
		*mods |= (uint8_t)(1u << (at - letters));
	}
	return s;
}

static const char *parse_placed(const char *s, uint32_t *code)
{
	for (size_t i = 0; i < ARRAY_LEN(PLACED); i++) {
		size_t len = strlen(PLACED[i].name);
		int x, y, used = 0;

		if (strncmp(s, PLACED[i].name, len) != 0 || sscanf(s + len, ":%3d,%3d%n", &x, &y, &used) != 2 ||
		    !at_end(s + len + used))
			continue;
		*code = key_at(PLACED[i].kind, x, y);
		return *code ? s + len + used : NULL;
	}
	return NULL;
}

static const char *parse_name(const char *s, uint32_t *code)
{
	unsigned n = 0;
	int used = 0;

	for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
		size_t len = strlen(NAMES[i].name);

		if (strncmp(s, NAMES[i].name, len) == 0 && at_end(s + len)) {
			*code = NAMES[i].code;
			return s + len;
		}
	}
	if (s[0] == 'F' && sscanf(s + 1, "%2u%n", &n, &used) == 1 && n >= 1 && n <= 12 && at_end(s + 1 + used)) {
		*code = KEYCODE_F1 + n - 1;
		return s + 1 + used;
	}
	return parse_placed(s, code);
}

const char *key_parse(const char *s, struct key *k)
{
	utf8proc_int32_t cp;
	utf8proc_ssize_t n;
	const char *end;

	*k = (struct key){ 0 };
	s = parse_mods(s, &k->mods);
	end = parse_name(s, &k->code);
	if (!end) {
		n = utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &cp);
		if (n <= 0 || cp <= ' ' || cp == 0x7f || !at_end(s + n))
			return NULL;
		k->code = (uint32_t)cp;
		end = s + n;
	}
	if (k->code == KEYCODE_TAB && (k->mods & MOD_SHIFT))
		*k = (struct key){ KEYCODE_BACKTAB, k->mods & (uint8_t)~MOD_SHIFT };
	return end;
}

void key_format(struct key k, char buf[static 16])
{
	char base[10] = "?";

	for (size_t i = 0; i < ARRAY_LEN(PLACED); i++)
		if (PLACED[i].kind == key_kind(k)) {
			snprintf(buf, 16, "%s:%d,%d", PLACED[i].name, key_x(k) % 1000, key_y(k) % 1000);
			return;
		}
	if (k.code >= KEYCODE_F1 && k.code <= KEYCODE_F12)
		snprintf(base, sizeof(base), "F%u", k.code - KEYCODE_F1 + 1);
	else if (k.code > ' ' && k.code < 0x110000)
		base[utf8proc_encode_char((utf8proc_int32_t)k.code, (utf8proc_uint8_t *)base)] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
		if (NAMES[i].code == k.code)
			snprintf(base, sizeof(base), "%s", NAMES[i].name);
	snprintf(buf, 16, "%s%s%s%s", k.mods & MOD_CTRL ? "C-" : "", k.mods & MOD_ALT ? "M-" : "",
	    k.mods & MOD_SHIFT ? "S-" : "", base);
}

bool key_equal(struct key a, struct key b)
{
	return a.code == b.code && a.mods == b.mods;
}

bool key_is_text(struct key k)
{
	return k.code >= ' ' && k.code < 0x110000 && k.code != 0x7f && (k.mods & (MOD_CTRL | MOD_ALT)) == 0;
}

/* ---- layouts ---- */

struct places { const char32_t *from, *to; };

/* ЙЦУКЕН, shared by ru and kz. */
static const struct places LETTERS[] = {
	{ U"йцукенгшщзхъфывапролджэячсмитьбюё", U"qwertyuiop[]asdfghjkl;'zxcvbnm,.`" },
	{ U"ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ", U"QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~" },
};
/* The digit row of kz: seeing one of these letters tells the layout. */
static const struct places KZ_LETTERS[] = {
	{ U"әіңғүұқөһ", U"2345890-=" }, { U"ӘІҢҒҮҰҚӨҺ", U"@#$%*()_+" },
};
/* Bytes that mean different keys in the two layouts. */
static const struct places RU_MARKS = { U".,\"№", U"/?@#" };
static const struct places KZ_MARKS = { U".,\"№()", U"761/`~" };

static enum key_layout layout;
static bool kz_seen;

void key_set_layout(enum key_layout l)
{
	layout = l;
	kz_seen = false;
}

static bool translate(const struct places *p, uint32_t *code)
{
	for (size_t i = 0; p->from[i]; i++)
		if (p->from[i] == *code) {
			*code = p->to[i];
			return true;
		}
	return false;
}

struct key key_latin(struct key k)
{
	for (size_t i = 0; i < ARRAY_LEN(KZ_LETTERS); i++)
		if (translate(&KZ_LETTERS[i], &k.code)) {
			kz_seen = true;
			return k;
		}
	for (size_t i = 0; i < ARRAY_LEN(LETTERS); i++)
		if (translate(&LETTERS[i], &k.code))
			return k;
	if (layout == KEYS_US)
		return k;
	translate(layout == KEYS_KZ || (layout == KEYS_AUTO && kz_seen) ? &KZ_MARKS : &RU_MARKS, &k.code);
	return k;
}
