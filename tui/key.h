/*
 * A key press: a code point or a named key, and modifiers. Text form: "j", "Enter", "C-l", "M-1", "F5", "PgDn".
 * Something that happens at a place of the screen is a key too: "Click:12,5", "WheelUp:3,4" (column, line, from 0).
 */
#ifndef TUI_KEY_H
#define TUI_KEY_H

#include <stdbool.h>
#include <stdint.h>

struct key { uint32_t code; uint8_t mods; }; /* code < 0x110000: Unicode; else KEYCODE_* */

enum { MOD_CTRL = 1, MOD_ALT = 2, MOD_SHIFT = 4, MOD_PASTED = 8 /* between input.c and itself */ };
enum {
	KEYCODE_ENTER = 0x110000, KEYCODE_ESC, KEYCODE_TAB, KEYCODE_BACKTAB, KEYCODE_BACKSPACE, KEYCODE_DELETE,
	KEYCODE_UP, KEYCODE_DOWN, KEYCODE_LEFT, KEYCODE_RIGHT, KEYCODE_PGUP, KEYCODE_PGDN, KEYCODE_HOME,
	KEYCODE_END, KEYCODE_INSERT, KEYCODE_F1, KEYCODE_F12 = KEYCODE_F1 + 11, KEYCODE_RESIZE,
	KEYCODE_PASTE, /* pasted text begins; with MOD_SHIFT: it ended. Between them keys are data, never commands */
};

/* At a place: the kind in the high bits, then line and column, 12 bits each. Never with modifiers. */
enum {
	KEYCODE_CLICK = 0x1000000, KEYCODE_WHEEL_UP = 0x2000000, KEYCODE_WHEEL_DOWN = 0x3000000,
	KEYCODE_REPORT = 0x4000000, /* the terminal's answer where its cursor is; no key at all */
};
enum { KEY_PLACE_MAX = 999 };
uint32_t key_at(uint32_t kind, int x, int y); /* 0 if the place is out of range */
uint32_t key_kind(struct key k);              /* KEYCODE_CLICK…KEYCODE_REPORT; 0 for every other key */
int key_x(struct key k);
int key_y(struct key k);

/* Parse one key name; 0-terminated list parsing via the returned end. NULL if it is not a key. */
const char *key_parse(const char *s, struct key *k);
void key_format(struct key k, char buf[static 16]);
bool key_equal(struct key a, struct key b);
bool key_is_text(struct key k); /* prints something: belongs in a text field */

/*
 * In command mode: a Cyrillic letter stands for the Latin key in its place (ux.md C.1, us/ru/kz tables). The marks
 * . , " sit on different keys in ru and kz; KEYS_AUTO takes ru until a letter that only kz has was seen.
 */
struct key key_latin(struct key k);
enum key_layout { KEYS_AUTO, KEYS_RU, KEYS_KZ, KEYS_US }; /* us: marks are what they say */
void key_set_layout(enum key_layout l);

#endif
