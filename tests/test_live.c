/* Live streams without a network: events as text, positions and views of the feed, the WebSocket's handshake and frames. */
#include "config.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "server/feedlog.h"
#include "server/monitoring.h"
#include "server/sse.h"
#include "server/ws.h"
#include "tests/cunit.h"

/* ---- events ---------------------------------------------------------------------------------- */

static void event_is(const char *event, const char *id, const char *data, const char *want)
{
	struct strbuf b = { 0 };

	sse_event(&b, event, id, data);
	CU_ASSERT_STRING_EQUAL(strbuf_str(&b), want);
	strbuf_free(&b);
}

static void events_as_text(void)
{
	event_is("poke", "ab.1.2", "{}", "event: poke\nid: ab.1.2\ndata: {}\n\n");
	event_is("alert", NULL, "a\nb\r\nc\rd", "event: alert\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
	event_is("poke", NULL, "", "event: poke\ndata: \n\n");
	event_is("poke", NULL, "x\n", "event: poke\ndata: x\ndata: \n\n");
}

static void changes_are_merged(void)
{
	struct changes a = { 0 }, b = { 0 };
	static char many[CHANGES_MAX + 1][16];
	char *text;
	json_t *o;

	changes_note(&a, "units");
	changes_note(&a, "parties");
	changes_note(&a, "units");
	changes_note(&b, NULL);
	CU_ASSERT(b.any && b.n == 0);
	changes_merge(&b, &a);
	o = changes_json(&b);
	text = json_dumps(o, JSON_COMPACT);
	CU_ASSERT_STRING_EQUAL(text, "{\"resources\":[\"parties\",\"units\"]}");
	free(text);
	json_decref(o);
	for (int i = 0; i <= CHANGES_MAX; i++) {
		snprintf(many[i], sizeof many[i], "r%d", i);
		changes_note(&a, many[i]);
	}
	CU_ASSERT(a.n == CHANGES_MAX && a.reset);
	changes_clear(&a);
	CU_ASSERT(!a.any && !a.reset && a.n == 0);
}

static void topics(void)
{
	CU_ASSERT_EQUAL(topics_parse(NULL), TOPIC_CHANGES);
	CU_ASSERT_EQUAL(topics_parse("alerts,changes"), TOPIC_CHANGES | TOPIC_ALERTS);
	CU_ASSERT_EQUAL(topics_parse("metrics"), TOPIC_METRICS);
	CU_ASSERT_EQUAL(topics_parse(""), 0);
	CU_ASSERT_EQUAL(topics_parse("changes,"), 0);
	CU_ASSERT_EQUAL(topics_parse("change"), 0);
}

/* ---- the feed -------------------------------------------------------------------------------- */

static void positions(void)
{
	struct feed_pos p;
	static const char *const bad[] = { "", "1", "1.", ".1", "1.2.3", "-1.2", "1.2 ", " 1.2", "18446744073709551616.0", "a.b",
		"1.000000000000000000001" };

	CU_ASSERT(feed_pos_parse("12.345", &p) && p.xid == 12 && p.seq == 345);
	CU_ASSERT(feed_pos_parse("18446744073709551615.0", &p) && p.xid == UINT64_MAX);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_FALSE(feed_pos_parse(bad[i], &p));
	CU_ASSERT(feed_pos_cmp((struct feed_pos){ 9, 5 }, (struct feed_pos){ 10, 1 }) < 0); /* numbers, not text */
	CU_ASSERT(feed_pos_cmp((struct feed_pos){ 9, 5 }, (struct feed_pos){ 9, 5 }) == 0);
}

static void ids(void)
{
	char id[FEED_ID_SIZE];
	struct feed_pos p;
	bool same;

	feed_id(id, "0123abcd-1111-4111-8111-111111111111", (struct feed_pos){ UINT64_MAX, UINT64_MAX });
	CU_ASSERT_STRING_EQUAL(id, "0123abcd.18446744073709551615.18446744073709551615");
	CU_ASSERT(feed_id_parse(id, "0123abcd-2", &p, &same) && same && p.seq == UINT64_MAX);
	CU_ASSERT(feed_id_parse(id, "9123abcd-2", &p, &same) && !same);
	CU_ASSERT(feed_id_parse(id, "", &p, &same) && !same);
	CU_ASSERT_FALSE(feed_id_parse("0123abcd", "", &p, &same));
	CU_ASSERT_FALSE(feed_id_parse("0123abcd.1", "", &p, &same));
	CU_ASSERT_FALSE(feed_id_parse("0123ABCD.1.2", "", &p, &same));
	CU_ASSERT_FALSE(feed_id_parse("0123abcd\n.1.2", "", &p, &same));
}

static struct feed_batch *batch(uint64_t xid, int company, const char *resource, const char *keys)
{
	struct feed_entry *e = xcalloc(1, sizeof *e);

	e->pos = (struct feed_pos){ xid, xid };
	e->company = company;
	e->resource = xstrdup(resource);
	feed_keys_add(&e->keys, keys);
	return feed_batch_new(e, 1);
}

static bool sees(const struct feed_view *v, int company, const char *resource, const char *keys)
{
	struct feed_batch *b = batch(1, company, resource, keys);
	size_t n;
	bool yes = feed_view_sees(v, feed_batch_entries(b, &n));

	feed_batch_free(b);
	return yes;
}

static void who_may_know(void)
{
	struct feed_view agent = { .company = 1 }, platform = { .platform = true };

	feed_keys_add(&agent.keys, "{a:u1,a:*}");
	feed_keys_add(&agent.resources, "{unit,reservation}");
	feed_keys_add(&platform.resources, "{\"unit\"}");
	CU_ASSERT(sees(&agent, 1, "unit", "{c:1,a:u1}"));
	CU_ASSERT(sees(&agent, 1, "unit", "{c:1,a:*}"));
	CU_ASSERT_FALSE(sees(&agent, 1, "unit", "{c:1,a:u2}"));
	CU_ASSERT_FALSE(sees(&agent, 2, "unit", "{c:2,a:*}"));
	CU_ASSERT_FALSE(sees(&agent, 1, "payment", "{c:1,a:u1}"));
	CU_ASSERT_FALSE(sees(&agent, 1, "unit", NULL));
	CU_ASSERT_FALSE(sees(&agent, 1, "unit", "{}"));
	CU_ASSERT(sees(&platform, 2, "unit", NULL));
	CU_ASSERT_FALSE(sees(&platform, 2, "party", "{c:2}"));
	platform.company = 1;
	CU_ASSERT_FALSE(sees(&platform, 2, "unit", "{c:2}"));
	CU_ASSERT_FALSE(feed_view_same(&agent, &platform));
	CU_ASSERT(feed_view_same(&agent, &agent));
	feed_view_clear(&agent);
	feed_view_clear(&platform);
	CU_ASSERT_FALSE(sees(&agent, 0, "unit", "{c:1}")); /* nobody's view sees nothing */
}

static void count_entries(const struct feed_entry *e, void *arg)
{
	(void)e;
	++*(int *)arg;
}

static int since(struct feed_log *l, uint64_t xid)
{
	int n = 0;

	return feed_log_since(l, (struct feed_pos){ xid, xid }, count_entries, &n) ? n : -1;
}

static void the_log_keeps_some(void)
{
	struct feed_log *l = feed_log_new(3);
	struct feed_pos tip;
	char incarnation[37];

	CU_ASSERT_FALSE(feed_log_tip(l, incarnation, &tip));
	CU_ASSERT_EQUAL(since(l, 10), -1);
	feed_log_reset(l, "aaaaaaaa", (struct feed_pos){ 10, 10 });
	CU_ASSERT_EQUAL(since(l, 10), 0);
	CU_ASSERT_EQUAL(since(l, 9), -1);
	CU_ASSERT_EQUAL(since(l, 11), 0); /* ahead of us: another server has read further */
	for (uint64_t x = 11; x <= 15; x++) {
		struct feed_batch *b = batch(x, 1, "unit", "{c:1}");

		feed_log_add(l, b);
		feed_batch_free(b);
	}
	CU_ASSERT(feed_log_tip(l, incarnation, &tip) && tip.xid == 15);
	CU_ASSERT_EQUAL(since(l, 12), 3);
	CU_ASSERT_EQUAL(since(l, 11), -1);
	CU_ASSERT_EQUAL(since(l, 14), 1);
	feed_log_reset(l, "bbbbbbbb", (struct feed_pos){ 2, 2 });
	CU_ASSERT_EQUAL(since(l, 2), 0);
	CU_ASSERT_EQUAL(since(l, 1), -1);
	feed_log_free(l);
}

/* ---- the day --------------------------------------------------------------------------------- */

static char *text_of(json_t *o)
{
	char *s = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : xstrdup("-");

	json_decref(o);
	return s;
}

static void only_what_is_news(void)
{
	json_t *a = json_loads("{\"as_of\":\"1\",\"figures\":[{\"key\":\"x\",\"total\":1},{\"key\":\"y\",\"total\":2}],"
	    "\"money\":[{\"key\":\"m\",\"currency\":\"KZT\",\"count\":1},{\"key\":\"m\",\"currency\":\"EUR\",\"count\":1}],"
	    "\"alerts\":[{\"id\":\"late\",\"count\":1},{\"id\":\"old\",\"count\":3}]}", 0, NULL);
	json_t *b = json_loads("{\"as_of\":\"2\",\"figures\":[{\"key\":\"x\",\"total\":1},{\"key\":\"y\",\"total\":5}],"
	    "\"money\":[{\"key\":\"m\",\"currency\":\"EUR\",\"count\":2},{\"key\":\"m\",\"currency\":\"KZT\",\"count\":1}],"
	    "\"alerts\":[{\"id\":\"late\",\"count\":2}]}", 0, NULL);
	char *s = text_of(monitoring_metrics(a, b));

	CU_ASSERT_STRING_EQUAL(s, "{\"as_of\":\"2\",\"gone\":[],\"metrics\":[{\"key\":\"y\",\"total\":5}],"
	    "\"money\":[{\"count\":2,\"currency\":\"EUR\",\"key\":\"m\"}]}");
	free(s);
	s = text_of(monitoring_alerts(a, b));
	CU_ASSERT_STRING_EQUAL(s, "{\"alerts\":[{\"count\":2,\"id\":\"late\"}],\"gone\":[\"old\"]}");
	free(s);
	CU_ASSERT_PTR_NULL(monitoring_alerts(b, b));
	CU_ASSERT_PTR_NULL(monitoring_metrics(b, b));
	json_t *whole = monitoring_metrics(NULL, a);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(whole, "metrics")), 2);
	json_decref(whole);
	json_decref(a);
	json_decref(b);
}

/* ---- the handshake --------------------------------------------------------------------------- */

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="

static enum ws_handshake check(struct ws_head h, const char **protocol)
{
	static char *const origins[] = { (char *)(uintptr_t)"https://desk.example", NULL };

	if (h.upgrade == NULL)
		h.upgrade = "websocket";
	if (h.connection == NULL)
		h.connection = "keep-alive, Upgrade";
	if (h.version == NULL)
		h.version = "13";
	if (h.key == NULL)
		h.key = KEY;
	return ws_check(&h, origins, protocol);
}

static void handshakes(void)
{
	const char *p;
	char accept[29];

	ws_accept(KEY, accept); /* RFC 6455 §1.3 */
	CU_ASSERT_STRING_EQUAL(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	CU_ASSERT_EQUAL(check((struct ws_head){ 0 }, &p), WS_FINE);
	CU_ASSERT_PTR_NULL(p);
	CU_ASSERT_EQUAL(check((struct ws_head){ .upgrade = "WebSocket" }, &p), WS_FINE);
	CU_ASSERT_EQUAL(check((struct ws_head){ .upgrade = "h2c" }, &p), WS_NO_UPGRADE);
	CU_ASSERT_EQUAL(check((struct ws_head){ .connection = "keep-alive" }, &p), WS_NO_UPGRADE);
	CU_ASSERT_EQUAL(check((struct ws_head){ .connection = "upgraded" }, &p), WS_NO_UPGRADE);
	CU_ASSERT_EQUAL(check((struct ws_head){ .version = "8" }, &p), WS_BAD_VERSION);
	CU_ASSERT_EQUAL(check((struct ws_head){ .version = "13, 8" }, &p), WS_BAD_VERSION);
	CU_ASSERT_EQUAL(check((struct ws_head){ .key = "dGhl" }, &p), WS_BAD_KEY);
	CU_ASSERT_EQUAL(check((struct ws_head){ .key = "!GhlIHNhbXBsZSBub25jZQ==" }, &p), WS_BAD_KEY);
	CU_ASSERT_EQUAL(check((struct ws_head){ .key = "dGhlIHNhbXBsZSBub25jZQAA" }, &p), WS_BAD_KEY);
	CU_ASSERT_EQUAL(check((struct ws_head){ .origin = "https://desk.example" }, &p), WS_FINE);
	CU_ASSERT_EQUAL(check((struct ws_head){ .origin = "https://desk.example.evil" }, &p), WS_BAD_ORIGIN);
	CU_ASSERT_EQUAL(check((struct ws_head){ .origin = "null" }, &p), WS_BAD_ORIGIN);
	CU_ASSERT_EQUAL(check((struct ws_head){ .protocols = "chat, pm.v1 ,domovoi.v1" }, &p), WS_FINE);
	CU_ASSERT_STRING_EQUAL(p, "pm.v1");
	CU_ASSERT_EQUAL(check((struct ws_head){ .protocols = "domovoi.v2" }, &p), WS_BAD_PROTOCOL);
	CU_ASSERT_EQUAL(check((struct ws_head){ .protocols = "" }, &p), WS_BAD_PROTOCOL);
}

/* ---- frames ---------------------------------------------------------------------------------- */

struct heard {
	char text[WS_MESSAGE_MOST + 1];
	int messages;
};

static void hear(void *arg, const char *text, size_t n)
{
	struct heard *h = arg;

	memcpy(h->text, text, n);
	h->text[n] = '\0';
	h->messages++;
}

/* A client's frame, masked unless said otherwise. */
static void frame(struct strbuf *b, int first, const char *data, size_t n, bool masked)
{
	static const unsigned char mask[4] = { 0x12, 0x34, 0x56, 0x78 };

	strbuf_putc(b, (char)first);
	if (n < 126) {
		strbuf_putc(b, (char)((masked ? 0x80 : 0) | (int)n));
	} else {
		strbuf_putc(b, (char)((masked ? 0x80 : 0) | 126));
		strbuf_putc(b, (char)(n >> 8));
		strbuf_putc(b, (char)(n & 255));
	}
	if (masked)
		strbuf_add(b, (const char *)mask, sizeof mask);
	for (size_t i = 0; i < n; i++)
		strbuf_putc(b, masked ? (char)(data[i] ^ mask[i % 4]) : data[i]);
}

/* All bytes, so many at a time; the close code that the server sends, 0 = none. */
static int take(struct ws *w, struct strbuf *b, size_t step)
{
	const unsigned char *out;
	size_t n;
	int code = 0;

	for (size_t at = 0; at < b->len; at += step)
		ws_take(w, b->s + at, b->len - at < step ? b->len - at : step);
	strbuf_free(b);
	while ((out = ws_out(w, &n)) != NULL) {
		for (size_t i = 0; i + 3 < n; i += 2 + (size_t)(out[i + 1] & 127)) /* short control frames only */
			if (out[i] == 0x88)
				code = out[i + 2] << 8 | out[i + 3];
		ws_sent(w, n);
	}
	return code;
}

static int code_of(int first, const char *data, size_t n, bool masked)
{
	struct heard h = { .messages = 0 };
	struct ws *w = ws_new(hear, &h);
	struct strbuf b = { 0 };
	int code;

	frame(&b, first, data, n, masked);
	code = take(w, &b, 1 + test_below(9));
	CU_ASSERT_EQUAL(code, ws_code(w));
	CU_ASSERT_EQUAL(h.messages, 0);
	ws_free(w);
	return code;
}

static void messages_in_pieces(void)
{
	struct heard h = { .messages = 0 };
	struct ws *w = ws_new(hear, &h);
	struct strbuf b = { 0 };
	const unsigned char *out;
	size_t n;

	frame(&b, 0x01, "{\"a\":", 5, true);
	frame(&b, 0x89, "hi", 2, true); /* between fragments a control frame may come */
	frame(&b, 0x00, "", 0, true);
	frame(&b, 0x80, "1}", 2, true);
	ws_take(w, b.s, b.len);
	strbuf_free(&b);
	CU_ASSERT_EQUAL(h.messages, 1);
	CU_ASSERT_STRING_EQUAL(h.text, "{\"a\":1}");
	out = ws_out(w, &n);
	CU_ASSERT(n == 4 && memcmp(out, "\x8a\x02hi", 4) == 0);
	ws_sent(w, n);
	CU_ASSERT_FALSE(ws_over(w));
	ws_free(w);
}

static void bad_frames_close(void)
{
	static char big[WS_MESSAGE_MOST + 1];
	char just[WS_MESSAGE_MOST];
	struct heard h = { .messages = 0 };
	struct ws *w = ws_new(hear, &h);
	struct strbuf b = { 0 };

	memset(big, 'x', sizeof big);
	memset(just, 'x', sizeof just);
	CU_ASSERT_EQUAL(code_of(0x81, big, sizeof big, true), WS_TOO_BIG);
	CU_ASSERT_EQUAL(code_of(0x81, "hi", 2, false), WS_PROTOCOL);
	CU_ASSERT_EQUAL(code_of(0x81, "\xff\xfe", 2, true), WS_BAD_TEXT);
	CU_ASSERT_EQUAL(code_of(0x81, "\xed\xa0\x80", 3, true), WS_BAD_TEXT);
	CU_ASSERT_EQUAL(code_of(0x82, "hi", 2, true), WS_UNSUPPORTED);
	CU_ASSERT_EQUAL(code_of(0xc1, "hi", 2, true), WS_PROTOCOL);  /* compressed */
	CU_ASSERT_EQUAL(code_of(0x83, "hi", 2, true), WS_PROTOCOL);  /* no such opcode */
	CU_ASSERT_EQUAL(code_of(0x80, "hi", 2, true), WS_PROTOCOL);  /* goes on with nothing */
	CU_ASSERT_EQUAL(code_of(0x09, "hi", 2, true), WS_PROTOCOL);  /* a fragmented ping */
	CU_ASSERT_EQUAL(code_of(0x89, big, 126, true), WS_PROTOCOL); /* a long one */
	CU_ASSERT_EQUAL(code_of(0x88, "\x03\xe8", 2, true), WS_NORMAL);
	CU_ASSERT_EQUAL(code_of('G', "ET / HTTP/1.1\r\n", 15, false), WS_PROTOCOL);
	frame(&b, 0x81, just, sizeof just, true);
	CU_ASSERT_EQUAL(take(w, &b, 1000), 0);
	CU_ASSERT_EQUAL(h.messages, 1);
	for (int i = 0; i < 3; i++) /* too big only together */
		frame(&b, i == 0 ? 0x01 : 0x00, just, 2000, true);
	CU_ASSERT_EQUAL(take(w, &b, 1000), WS_TOO_BIG);
	ws_free(w);
}

static void the_queue_is_bounded(void)
{
	struct heard h = { .messages = 0 };
	struct ws *w = ws_new(hear, &h);
	static char text[2000];
	size_t n, sent = 0, bytes = 0;

	memset(text, 'x', sizeof text - 1);
	while (ws_text(w, text))
		sent++;
	CU_ASSERT(sent >= WS_QUEUE_MOST && sent <= WS_QUEUE_MOST + WS_OUT_MOST / 2000 + 2);
	CU_ASSERT_FALSE(ws_text(w, text));
	while (ws_out(w, &n) != NULL) {
		CU_ASSERT(n <= WS_OUT_MOST + sizeof text + 16);
		bytes += n > 100 ? 100 : n;
		ws_sent(w, n > 100 ? 100 : n);
	}
	CU_ASSERT_EQUAL(bytes, sent * (sizeof text - 1 + 4));
	CU_ASSERT_EQUAL(ws_queued(w), 0);
	CU_ASSERT(ws_text(w, "again"));
	ws_close(w, WS_SLOW, "slow");
	CU_ASSERT(ws_closing(w));
	CU_ASSERT_FALSE(ws_text(w, "more"));
	CU_ASSERT_EQUAL(ws_code(w), WS_SLOW);
	CU_ASSERT_FALSE(ws_over(w)); /* until it is sent */
	ws_free(w);
}

static void pings_that_nobody_takes(void)
{
	struct heard h = { .messages = 0 };
	struct ws *w = ws_new(hear, &h);
	struct strbuf b = { 0 };
	char data[120] = "";

	for (int i = 0; i < 1000; i++)
		frame(&b, 0x89, data, sizeof data, true);
	ws_take(w, b.s, b.len);
	strbuf_free(&b);
	CU_ASSERT(ws_over(w)); /* given up, instead of a thousand answers kept */
	ws_free(w);
}

/* Whatever comes: no crash, no message that is no UTF-8, an end if it says so. */
static void any_bytes(void)
{
	for (int i = test_count(3000); i > 0; i--) {
		struct heard h = { .messages = 0 };
		struct ws *w = ws_new(hear, &h);
		struct strbuf b = { 0 };

		for (int frames = 1 + (int)test_below(4); frames > 0; frames--) {
			char data[300];
			size_t n = test_below(sizeof data);

			for (size_t k = 0; k < n; k++)
				data[k] = (char)test_rand();
			if (test_below(3) != 0)
				frame(&b, (int)test_below(256), data, n, test_below(8) != 0);
			else
				strbuf_add(&b, data, n);
		}
		if (b.len > 0)
			take(w, &b, 1 + test_below(50));
		strbuf_free(&b);
		ws_text(w, "still here");
		ws_over(w);
		ws_free(w);
	}
}

TESTS("test_live", T(events_as_text), T(changes_are_merged), T(topics), T(positions), T(ids), T(who_may_know),
    T(the_log_keeps_some), T(only_what_is_news), T(handshakes), T(messages_in_pieces), T(bad_frames_close),
    T(the_queue_is_bounded), T(pings_that_nobody_takes), T(any_bytes))
