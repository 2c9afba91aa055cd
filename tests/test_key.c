#include "config.h"

#include "base/mem.h"
#include "tests/cunit.h"
#include "tui/keydec.h"

static struct key parsed(const char *s)
{
	struct key k = { 0 };
	const char *end = key_parse(s, &k);

	return end && *end == '\0' ? k : (struct key){ 0 };
}

static void parse_and_format(void)
{
	static const char *const names[] = {
		"j", "G", "?", "+", "<", "ж", "Enter", "Esc", "Tab", "BackTab", "Backspace", "Delete", "Up", "Down", "Left",
		"Right", "PgUp", "PgDn", "Home", "End", "Insert", "F1", "F9", "F12", "Space", "C-l", "M-1", "M-ж", "C-M-x",
		"S-Up", "C-Right", "-", "C--", "Click:0,0", "Click:12,5", "WheelUp:999,999", "WheelDn:3,70", "Report:1,1",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char buf[16];

		CU_ASSERT(parsed(names[i]).code != 0);
		key_format(parsed(names[i]), buf);
		CU_ASSERT_STRING_EQUAL(buf, names[i]);
	}
	CU_ASSERT_EQUAL(parsed("F13").code, 0);
	CU_ASSERT_EQUAL(parsed("Entr").code, 0);
	CU_ASSERT_EQUAL(parsed("Click:1000,1").code, 0);
	CU_ASSERT_EQUAL(parsed("Click:1").code, 0);
	CU_ASSERT_EQUAL(parsed("Click:-1,1").code, 0);
	CU_ASSERT_EQUAL(parsed("").code, 0);
	CU_ASSERT_EQUAL(parsed("C-").code, 0);
	CU_ASSERT_EQUAL(parsed("\xff").code, 0);
	CU_ASSERT_EQUAL(parsed("\x01").code, 0);
	CU_ASSERT(key_equal(parsed("S-Tab"), parsed("BackTab")));
}

static void parse_stops_at_the_end_of_the_name(void)
{
	struct key k;

	CU_ASSERT_STRING_EQUAL(key_parse("g+p x", &k), "+p x");
	CU_ASSERT_STRING_EQUAL(key_parse("Enter>rest", &k), ">rest");
	CU_ASSERT_STRING_EQUAL(key_parse("Down j", &k), " j");
	CU_ASSERT_PTR_NULL(key_parse("jk", &k));
}

static uint32_t latin(const char *s)
{
	return key_latin(parsed(s)).code;
}

static void national_layouts(void)
{
	key_set_layout(KEYS_AUTO);
	CU_ASSERT_EQUAL(latin("о"), 'j');
	CU_ASSERT_EQUAL(latin("Л"), 'K');
	CU_ASSERT_EQUAL(latin("й"), 'q');
	CU_ASSERT_EQUAL(latin("Ж"), ':');
	CU_ASSERT_EQUAL(latin("Б"), '<');
	CU_ASSERT_EQUAL(latin("Ю"), '>');
	CU_ASSERT_EQUAL(latin("х"), '[');
	CU_ASSERT_EQUAL(latin("ъ"), ']');
	CU_ASSERT_EQUAL(latin("ё"), '`');
	CU_ASSERT_EQUAL(latin("."), '/');
	CU_ASSERT_EQUAL(latin(","), '?');
	CU_ASSERT_EQUAL(latin("\""), '@');
	CU_ASSERT_EQUAL(latin("j"), 'j');
	CU_ASSERT_EQUAL(latin("Enter"), KEYCODE_ENTER);
	CU_ASSERT_EQUAL(key_latin(parsed("M-ж")).mods, MOD_ALT);
}

static void kazakh_is_recognised(void)
{
	key_set_layout(KEYS_AUTO);
	CU_ASSERT_EQUAL(latin("."), '/');
	CU_ASSERT_EQUAL(latin("ә"), '2');
	CU_ASSERT_EQUAL(latin("қ"), '0');
	CU_ASSERT_EQUAL(latin("һ"), '=');
	CU_ASSERT_EQUAL(latin("Ә"), '@');
	CU_ASSERT_EQUAL(latin("."), '7'); /* the kz digit row was seen */
	CU_ASSERT_EQUAL(latin(","), '6');
	CU_ASSERT_EQUAL(latin("№"), '/');
	key_set_layout(KEYS_RU);
	CU_ASSERT_EQUAL(latin("ә"), '2');
	CU_ASSERT_EQUAL(latin("."), '/');
	key_set_layout(KEYS_KZ);
	CU_ASSERT_EQUAL(latin("."), '7');
	key_set_layout(KEYS_AUTO);
}

/* All keys that the bytes give, blank-separated; what waits at the end is flushed. */
static const char *decoded(const char *bytes, size_t n)
{
	static char out[4096];
	struct keydec d = { 0 };
	struct key keys[KEYDEC_MAX];
	size_t used = 0;

	out[0] = '\0';
	keydec_learn(&d, "\033[5;9Y", (struct key){ KEYCODE_F1 + 6, 0 });
	for (size_t i = 0; i <= n; i++) {
		int got = i < n ? keydec_push(&d, (unsigned char)bytes[i], keys) : keydec_flush(&d, keys);

		for (int j = 0; j < got && used < sizeof(out) - 20; j++) {
			char name[16];

			key_format(keys[j], name);
			used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s", used ? " " : "", name);
		}
	}
	return out;
}

#define DECODES(bytes, keys) CU_ASSERT_STRING_EQUAL(decoded(bytes, sizeof(bytes) - 1), keys)

static void plain_bytes(void)
{
	DECODES("jж€", "j ж €");
	DECODES("\r\n\t\x7f\b", "Enter Enter Tab Backspace Backspace");
	DECODES("\x03\x0c\x1a", "C-c C-l C-z");
	DECODES("\0a", "a");
	DECODES("\xd0j", "j");          /* a character cut off */
	DECODES("\xff\xfe\xc0\x80k", "k");
	DECODES("\xf0\x9f\x98", "");    /* never finished */
	DECODES("\xc2\x9bj", "j");      /* C1 */
}

static void escape_sequences(void)
{
	DECODES("\033", "Esc");
	DECODES("\033\033", "Esc Esc");
	DECODES("\033[A\033OB\033[C\033OD", "Up Down Right Left");
	DECODES("\033[H\033[F\033[1~\033[4~\033[7~\033[8~", "Home End Home End Home End");
	DECODES("\033[5~\033[6~\033[2~\033[3~", "PgUp PgDn Insert Delete");
	DECODES("\033OP\033[11~\033[[A\033[15~\033[24~", "F1 F1 F1 F5 F12");
	DECODES("\033[1;5C\033[1;2A\033[5;3~\033[3$\033[3^", "C-Right S-Up M-PgUp S-Delete C-Delete");
	DECODES("\033[Z\033OM", "BackTab Enter");
	DECODES("\0331\033ж\033\r", "M-1 M-ж M-Enter");
	DECODES("\033[108;5u\033[27;5;105~\033[13u", "C-l C-i Enter");
	DECODES("\033[5;9Y", "F7");
	DECODES("\033[200~ab\033[201~", "Paste a b S-Paste");
}

static void places(void)
{
	struct key k = parsed("Click:12,5");

	CU_ASSERT_EQUAL(key_kind(k), KEYCODE_CLICK);
	CU_ASSERT(key_x(k) == 12 && key_y(k) == 5 && !key_is_text(k));
	CU_ASSERT_EQUAL(key_kind(parsed("j")), 0);
	CU_ASSERT_EQUAL(key_kind(parsed("PgDn")), 0);
	DECODES("\033[<0;13;6M\033[<0;13;6mj", "Click:12,5 j");
	DECODES("\033[<4;1;1M\033[<64;80;24M\033[<65;80;24M", "Click:0,0 WheelUp:79,23 WheelDn:79,23");
	DECODES("\033[<1;1;1M\033[<2;1;1M\033[<35;4;4M\033[<66;1;1M", ""); /* other buttons, motion */
	DECODES("\033[<0;1001;6M\033[<0;0;0M\033[<0;1M\033[<Mk", "k");
	DECODES("\033[M !!j\033[M#\"\"k", "j k"); /* the old way */
	DECODES("\033[2;3R\033[24;80R", "Report:2,1 Report:79,23");
	DECODES("\033[R\033[1;2R\033[1;5R", "F3 S-F3 C-F3");
	DECODES("\033[?2;3R\033[>0;1;2c\033[?1;2;3Aj", "j");
}

static void unknown_sequences_vanish(void)
{
	DECODES("\033[?62;22cj", "j");   /* an answer to a query nobody made */
	DECODES("\033[999~\033[9;9;9Xk", "k");
	DECODES("\033[12", "");          /* cut off */
	DECODES("\033[", "M-[");
	DECODES("\033O", "M-O");
	DECODES("\033[1\033[A", "Up");
	DECODES("\033[11111111111111111111111111111111111111111111111111111111~j", "1 1 1 1 1 1 1 1 1 1 ~ j");
}

/* Any bytes: no crash, every key is sound, and a flush leaves nothing behind. */
static void random_bytes(void)
{
	static const char likely[] = "\033\033[[<O;MR0123456789~ABHmu$^\xd0\x96\xff";

	for (int i = 0; i < test_count(20000); i++) {
		struct keydec d = { 0 };
		struct key keys[KEYDEC_MAX];
		int bytes = (int)test_below(60);

		for (int b = 0; b < bytes; b++) {
			unsigned char byte = test_below(3) ? (unsigned char)likely[test_below(sizeof(likely) - 1)] :
			    (unsigned char)test_below(256);
			int n = keydec_push(&d, byte, keys);

			for (int k = 0; k < n; k++) {
				char name[16];
				struct key again;

				key_format(keys[k], name);
				CU_ASSERT(key_parse(name, &again) && key_equal(again, keys[k]));
			}
			CU_ASSERT(d.n < KEYDEC_BYTES);
		}
		keydec_flush(&d, keys);
		CU_ASSERT_EQUAL(keydec_wait(&d), 0);
	}
}

static void waiting_times(void)
{
	struct keydec d = { 0 };
	struct key keys[KEYDEC_MAX];

	CU_ASSERT_EQUAL(keydec_wait(&d), 0);
	keydec_push(&d, 0x1b, keys);
	CU_ASSERT(keydec_wait(&d) > 0 && keydec_wait(&d) <= 50);
	keydec_push(&d, '[', keys);
	CU_ASSERT(keydec_wait(&d) > 50);
	keydec_push(&d, 'A', keys);
	CU_ASSERT_EQUAL(keydec_wait(&d), 0);
}

TESTS("key", T(parse_and_format), T(parse_stops_at_the_end_of_the_name), T(national_layouts), T(kazakh_is_recognised),
    T(plain_bytes), T(escape_sequences), T(places), T(unknown_sequences_vanish), T(random_bytes), T(waiting_times))
