#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "tui/keydec.h"

#define ESC 0x1b
#define ESC_ALONE_MS 25   /* a person's Esc: felt as at once */
#define ESC_PARTIAL_MS 400 /* a sequence cut in two by a slow line */

/* Final bytes of "ESC [ … X" and "ESC O X". */
static const struct { char final; uint32_t code; } FINALS[] = {
	{ 'A', KEYCODE_UP }, { 'B', KEYCODE_DOWN }, { 'C', KEYCODE_RIGHT }, { 'D', KEYCODE_LEFT },
	{ 'H', KEYCODE_HOME }, { 'F', KEYCODE_END }, { 'P', KEYCODE_F1 }, { 'Q', KEYCODE_F1 + 1 },
	{ 'R', KEYCODE_F1 + 2 }, { 'S', KEYCODE_F1 + 3 }, { 'Z', KEYCODE_BACKTAB }, { 'M', KEYCODE_ENTER },
};

/* Numbers of "ESC [ n ~". */
static const struct { int n; uint32_t code; } TILDES[] = {
	{ 1, KEYCODE_HOME }, { 2, KEYCODE_INSERT }, { 3, KEYCODE_DELETE }, { 4, KEYCODE_END }, { 5, KEYCODE_PGUP },
	{ 6, KEYCODE_PGDN }, { 7, KEYCODE_HOME }, { 8, KEYCODE_END }, { 11, KEYCODE_F1 }, { 12, KEYCODE_F1 + 1 },
	{ 13, KEYCODE_F1 + 2 }, { 14, KEYCODE_F1 + 3 }, { 15, KEYCODE_F1 + 4 }, { 17, KEYCODE_F1 + 5 },
	{ 18, KEYCODE_F1 + 6 }, { 19, KEYCODE_F1 + 7 }, { 20, KEYCODE_F1 + 8 }, { 21, KEYCODE_F1 + 9 },
	{ 23, KEYCODE_F1 + 10 }, { 24, KEYCODE_F12 }, { 200, KEYCODE_PASTE },
};

/* What one attempt made of the front of the buffer. */
struct step {
	int used;       /* bytes; 0 = more are needed */
	bool key;       /* k is one; else the bytes are dropped */
	struct key k;
};

static struct step dropped(int used)
{
	return (struct step){ .used = used };
}

static struct step made(int used, uint32_t code, unsigned mods)
{
	return (struct step){ .used = used, .key = true, .k = { code, (uint8_t)mods } };
}

/* Plain characters and control characters, as typed without escape. */
static struct step decode_plain(const unsigned char *b, int n)
{
	static const uint32_t named[32] = {
		[8] = KEYCODE_BACKSPACE, [9] = KEYCODE_TAB, [10] = KEYCODE_ENTER, [13] = KEYCODE_ENTER,
		[ESC] = KEYCODE_ESC,
	};
	utf8proc_int32_t cp;
	utf8proc_ssize_t used;
	int need = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : b[0] >= 0xc2 ? 2 : 1;

	if (b[0] == 0x7f)
		return made(1, KEYCODE_BACKSPACE, 0);
	if (b[0] < ' ')
		return named[b[0]] ? made(1, named[b[0]], 0) : b[0] == 0 ? dropped(1) :
		    made(1, b[0] | (b[0] < ESC ? 0x60u : 0x40u), MOD_CTRL);
	for (int i = 1; i < need && i < n; i++)
		if ((b[i] & 0xc0) != 0x80)
			return dropped(i); /* a character cut off; what follows is sound */
	if (n < need)
		return (struct step){ 0 };
	used = utf8proc_iterate(b, need, &cp);
	return used <= 0 || (cp >= 0x80 && cp < 0xa0) ? dropped(need) : made((int)used, (uint32_t)cp, 0);
}

static unsigned xterm_mods(int param)
{
	unsigned bits = param > 1 ? (unsigned)param - 1 : 0;

	return (bits & 1 ? MOD_SHIFT : 0) | (bits & 2 ? MOD_ALT : 0) | (bits & 4 ? MOD_CTRL : 0);
}

/* A code point with modifiers said in words of its own: "ESC [ 27;5;105 ~", "ESC [ 105;5 u". */
static struct step spelled(int used, int cp, unsigned mods)
{
	unsigned char c[4];
	struct step s;

	if (cp <= 0 || cp >= 0x110000 || !utf8proc_codepoint_valid(cp))
		return dropped(used);
	s = decode_plain(c, (int)utf8proc_encode_char(cp, c));
	s.used = used;
	s.k.mods |= (uint8_t)(key_is_text(s.k) ? mods & ~(unsigned)MOD_SHIFT : mods);
	if (s.k.code == KEYCODE_TAB && (mods & MOD_SHIFT))
		s.k = (struct key){ KEYCODE_BACKTAB, s.k.mods & (uint8_t)~MOD_SHIFT };
	return s;
}

static struct step csi_tilde(int used, const int *p, unsigned mods)
{
	if (p[0] == 27)
		return spelled(used, p[2], mods);
	if (p[0] == 201)
		return made(used, KEYCODE_PASTE, MOD_SHIFT);
	for (size_t i = 0; i < ARRAY_LEN(TILDES); i++)
		if (TILDES[i].n == p[0])
			return made(used, TILDES[i].code, mods);
	return dropped(used);
}

static struct step final_key(int used, char final, unsigned mods)
{
	for (size_t i = 0; i < ARRAY_LEN(FINALS); i++)
		if (FINALS[i].final == final)
			return made(used, FINALS[i].code, mods);
	return dropped(used);
}

/* A place counted from 1. */
static struct step placed(int used, uint32_t kind, int x, int y)
{
	uint32_t code = key_at(kind, x - 1, y - 1);

	return code ? made(used, code, 0) : dropped(used);
}

/* "ESC [ < button ; x ; y M": presses of the first button and turns of the wheel; m = let go. */
static struct step mouse(int used, const int *p, char final)
{
	enum { MODIFIERS = 4 + 8 + 16 };
	int button = p[0] & ~MODIFIERS;

	if (final != 'M' || (button != 0 && button != 64 && button != 65))
		return dropped(used);
	return placed(used, button == 0 ? KEYCODE_CLICK : button == 64 ? KEYCODE_WHEEL_UP : KEYCODE_WHEEL_DOWN, p[1], p[2]);
}

/* Final byte b[at] with parameters p. */
static struct step finish_csi(const unsigned char *b, int at, int n, const int *p, int np)
{
	bool private = b[2] >= '<' && b[2] <= '?';

	if (b[2] == '<' && np == 2)
		return mouse(at + 1, p, (char)b[at]);
	switch (b[at]) {
	case '~':
		return csi_tilde(at + 1, p, xterm_mods(p[1]));
	case '^':
		return csi_tilde(at + 1, p, MOD_CTRL);
	case 'u':
		return spelled(at + 1, p[0], xterm_mods(p[1]));
	case 'M': /* the old way to tell of the mouse: three bytes follow */
		return at > 2 ? dropped(at + 1) : n < 6 ? (struct step){ 0 } : dropped(6);
	case 'R': /* line 1 is a key with modifiers: nobody asks there */
		if (np == 1 && p[0] > 1 && !private)
			return placed(at + 1, KEYCODE_REPORT, p[1], p[0]);
		return private ? dropped(at + 1) : final_key(at + 1, 'R', xterm_mods(p[1]));
	default:
		return private ? dropped(at + 1) : final_key(at + 1, (char)b[at], xterm_mods(p[1]));
	}
}

static struct step decode_csi(const unsigned char *b, int n)
{
	int p[3] = { 0 }, np = 0, i;

	if (n > 2 && b[2] == '[') /* Linux console: ESC [ [ A is F1 */
		return n < 4 ? (struct step){ 0 } :
		    b[3] >= 'A' && b[3] <= 'E' ? made(4, KEYCODE_F1 + b[3] - 'A', 0) : dropped(4);
	for (i = 2; i < n && (b[i] < 0x40 || b[i] > 0x7e); i++) {
		if (b[i] < ' ' || b[i] > 0x7e)
			return dropped(i); /* not a sequence after all */
		if (b[i] == '$' && np == 0) /* rxvt ends shifted keys with $ */
			return csi_tilde(i + 1, p, MOD_SHIFT);
		if (b[i] == ';' && np < 2)
			np++;
		else if (b[i] >= '0' && b[i] <= '9' && p[np] < 0x110000)
			p[np] = p[np] * 10 + b[i] - '0';
	}
	if (i == n)
		return (struct step){ 0 };
	return finish_csi(b, i, n, p, np);
}

static struct step decode_escape(const struct keydec *d)
{
	const unsigned char *b = d->buf;
	struct step s;

	for (int i = 0; i < d->nlearned; i++) {
		int len = (int)strlen(d->learned[i].seq);

		if (len <= d->n && memcmp(d->learned[i].seq, b, (size_t)len) == 0)
			return (struct step){ len, true, d->learned[i].key };
	}
	if (d->n == 1)
		return (struct step){ 0 };
	if (b[1] == ESC)
		return made(1, KEYCODE_ESC, 0);
	if (b[1] == '[')
		return decode_csi(b, d->n);
	if (b[1] == 'O')
		return d->n < 3 ? (struct step){ 0 } : final_key(3, (char)b[2], 0);
	s = decode_plain(b + 1, d->n - 1);
	if (s.used)
		s.used++;
	s.k.mods |= MOD_ALT;
	return s;
}

static void take(struct keydec *d, int used)
{
	d->n -= used;
	memmove(d->buf, d->buf + used, (size_t)d->n);
}

static int drain(struct keydec *d, struct key out[static KEYDEC_MAX])
{
	int keys = 0;

	while (d->n > 0) {
		struct step s = d->buf[0] == ESC ? decode_escape(d) : decode_plain(d->buf, d->n);

		if (s.used == 0 && d->n == KEYDEC_BYTES)
			s = dropped(KEYDEC_BYTES); /* an endless sequence is noise */
		if (s.used == 0)
			break;
		if (s.key)
			out[keys++] = s.k;
		take(d, s.used);
	}
	return keys;
}

void keydec_learn(struct keydec *d, const char *seq, struct key k)
{
	size_t len = strlen(seq);

	if (d->nlearned == KEYDEC_LEARNED || len < 3 || len >= sizeof(d->learned[0].seq) || seq[0] != ESC)
		return;
	memcpy(d->learned[d->nlearned].seq, seq, len + 1);
	d->learned[d->nlearned++].key = k;
}

int keydec_push(struct keydec *d, unsigned char byte, struct key out[static KEYDEC_MAX])
{
	d->buf[d->n++] = byte;
	return drain(d, out);
}

int keydec_wait(const struct keydec *d)
{
	return d->n == 0 ? 0 : d->n == 1 ? ESC_ALONE_MS : ESC_PARTIAL_MS;
}

int keydec_flush(struct keydec *d, struct key out[static KEYDEC_MAX])
{
	int n = d->n;

	d->n = 0;
	if (n == 1 && d->buf[0] == ESC)
		out[0] = (struct key){ KEYCODE_ESC, 0 };
	else if (n == 2 && d->buf[0] == ESC && (d->buf[1] == '[' || d->buf[1] == 'O'))
		out[0] = (struct key){ d->buf[1], MOD_ALT };
	else
		return 0;
	return 1;
}
