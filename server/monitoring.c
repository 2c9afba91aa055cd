/*
 * /api/v1/monitoring: the day, its alerts, and who looks after them. Meters and other devices do not exist here yet, so
 * nothing takes their metrics (the seeds' POST /monitoring/metrics).
 */
#include "config.h"

#include "server/monitoring.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/uuid.h"

/* ---- what is news ---------------------------------------------------------------------------- */

/* A row of the desk is of a kind and a currency; everything else has an id or a key of its own. */
static bool same_one(json_t *a, json_t *b)
{
	static const char *const names[] = { "id", "key", "currency" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		json_t *x = json_object_get(a, names[i]), *y = json_object_get(b, names[i]);

		if (x != y && (x == NULL || y == NULL || !json_equal(x, y)))
			return false;
	}
	return true;
}

static json_t *find(json_t *list, json_t *wanted)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
		if (same_one(row, wanted))
			return row;
	return NULL;
}

/* Rows of `now` that `told` has not, or has otherwise. */
static json_t *news(json_t *told, json_t *now)
{
	json_t *out = json_array(), *row, *old;
	size_t i;

	json_array_foreach(now, i, row) {
		old = find(told, row);
		if (old == NULL || !json_equal(old, row))
			json_array_append(out, row);
	}
	return out;
}

static json_t *gone(json_t *told, json_t *now)
{
	json_t *out = json_array(), *row;
	size_t i;

	json_array_foreach(told, i, row) {
		json_t *id = json_object_get(row, "id");

		if (find(now, row) == NULL)
			json_array_append(out, id != NULL ? id : json_object_get(row, "key"));
	}
	return out;
}

json_t *monitoring_alerts(json_t *told, json_t *now)
{
	json_t *old = json_object_get(told, "alerts"), *alerts = json_object_get(now, "alerts");
	json_t *out = json_pack("{s:o, s:o}", "alerts", news(old, alerts), "gone", gone(old, alerts));

	if (told == NULL || json_array_size(json_object_get(out, "alerts")) > 0 ||
	    json_array_size(json_object_get(out, "gone")) > 0)
		return out;
	json_decref(out);
	return NULL;
}

json_t *monitoring_metrics(json_t *told, json_t *now)
{
	json_t *old = json_object_get(told, "money"), *money = json_object_get(now, "money");
	json_t *out = json_pack("{s:O, s:o, s:o, s:o}", "as_of", json_object_get(now, "as_of"),
	    "metrics", news(json_object_get(told, "figures"), json_object_get(now, "figures")),
	    "money", news(old, money), "gone", gone(old, money));

	if (told == NULL || json_array_size(json_object_get(out, "metrics")) > 0 ||
	    json_array_size(json_object_get(out, "money")) > 0 || json_array_size(json_object_get(out, "gone")) > 0)
		return out;
	json_decref(out);
	return NULL;
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool no_parameters(struct request *r)
{
	const char *name, *value;

	if (!request_query_each(r, 0, &name, &value))
		return true;
	respond_problem_at(r, "unknown-parameter", name, "There is no such parameter here: %s", name);
	return false;
}

static void on_dashboard(const struct reply *reply, void *arg)
{
	struct request *r = arg;

	if (reply->err != NULL)
		respond_err(r, reply->err);
	else
		respond_json(r, 200, json_loads(table_get(reply->rows, 0, "monitor"), 0, NULL));
}

void monitoring_dashboard(struct request *r)
{
	if (no_parameters(r))
		client_call(request_session(r), "select api.monitor() as monitor", NULL, 0, request_owner(r), on_dashboard, r);
}

/* "open", "eq.open", "in.(0,1)", "gte.1" against a word; numbers by their value. */
static bool fits(const char *filter, const char *word)
{
	const char *dot = strchr(filter, '.');
	size_t n = strlen(word);
	int a = atoi(word), b = dot != NULL ? atoi(dot + 1) : 0;

	if (dot == NULL || strncmp(filter, "eq.", 3) == 0)
		return strcmp(dot != NULL ? dot + 1 : filter, word) == 0;
	if (strncmp(filter, "gte.", 4) == 0 || strncmp(filter, "gt.", 3) == 0)
		return filter[2] == 'e' ? a >= b : a > b;
	if (strncmp(filter, "lte.", 4) == 0 || strncmp(filter, "lt.", 3) == 0)
		return filter[2] == 'e' ? a <= b : a < b;
	for (const char *s = dot + 2; dot[1] == '(' && *s != '\0'; s += strcspn(s, ",)") + 1)
		if (strncmp(s, word, n) == 0 && (s[n] == ',' || s[n] == ')'))
			return true;
	return false;
}

/* Of numbers 0 to 2, of words open and acknowledged: anything else would silently find nothing. */
static bool is_filter(const char *name, const char *filter)
{
	static const char *const known[2][3] = { { "0", "1", "2" }, { "open", "acknowledged", "open" } };
	const char *const *word = known[strcmp(name, "status") == 0];
	const char *dot = strchr(filter, '.');

	if (dot != NULL && strncmp(filter, "in.(", 4) == 0)
		return filter[strlen(filter) - 1] == ')' && strspn(filter + 4, "012,openackwldg)") == strlen(filter + 4);
	if (dot != NULL && (word[0][0] == 'o' ? strncmp(filter, "eq.", 3) != 0
	                                      : strncmp(filter, "eq.", 3) != 0 && strncmp(filter, "gt", 2) != 0 &&
	                                            strncmp(filter, "lt", 2) != 0))
		return false;
	for (int i = 0; i < 3; i++)
		if (strcmp(dot != NULL ? dot + 1 : filter, word[i]) == 0)
			return true;
	return false;
}

static bool check_filters(struct request *r)
{
	const char *name, *value;

	for (size_t i = 0; request_query_each(r, i, &name, &value); i++) {
		if (strcmp(name, "severity") != 0 && strcmp(name, "status") != 0) {
			respond_problem_at(r, "unknown-parameter", name, "There is no such parameter here: %s", name);
			return false;
		}
		if (!is_filter(name, value)) {
			respond_problem_at(r, "unknown-filter", name, "severity is 0 to 2, status open or acknowledged");
			return false;
		}
	}
	return true;
}

static bool wanted(const struct request *r, json_t *alert)
{
	const char *name, *value;
	char severity[24];

	snprintf(severity, sizeof severity, "%d", (int)json_integer_value(json_object_get(alert, "severity")));
	for (size_t i = 0; request_query_each(r, i, &name, &value); i++)
		if (!fits(value, strcmp(name, "status") == 0 ? json_string_value(json_object_get(alert, "status")) : severity))
			return false;
	return true;
}

static void on_alerts(const struct reply *reply, void *arg)
{
	struct request *r = arg;
	json_t *all, *items, *alert;
	size_t i;

	if (reply->err != NULL) {
		respond_err(r, reply->err);
		return;
	}
	all = json_loads(table_get(reply->rows, 0, "alerts"), 0, NULL);
	items = json_array();
	json_array_foreach(all, i, alert)
		if (wanted(r, alert))
			json_array_append(items, alert);
	json_decref(all);
	respond_json(r, 200, json_pack("{s:o, s:n}", "items", items, "next"));
}

void monitoring_list(struct request *r)
{
	if (check_filters(r))
		client_call(request_session(r), "select coalesce(jsonb_agg(a), '[]') as alerts from api.alerts() a", NULL, 0,
		    request_owner(r), on_alerts, r);
}

/* ---- somebody looks after it ----------------------------------------------------------------- */

static void on_acknowledged(const struct reply *reply, void *arg)
{
	struct request *r = arg;

	if (reply->err != NULL)
		respond_err(r, reply->err);
	else
		respond_json(r, 201, json_loads(table_get(reply->rows, 0, "alert"), 0, NULL));
}

static bool check_body(struct request *r, json_t *body)
{
	const char *name;
	json_t *value;

	json_object_foreach(body, name, value) {
		bool minutes = strcmp(name, "minutes") == 0;

		if (!minutes && strcmp(name, "note") != 0) {
			respond_problem_at(r, "unknown-field", name, "There are minutes and note: no %s", name);
			return false;
		}
		if (!json_is_null(value) && (minutes ? !json_is_integer(value) : !json_is_string(value))) {
			respond_problem_at(r, "validation", name, "minutes is a whole number, note a text");
			return false;
		}
	}
	return true;
}

void monitoring_acknowledge(struct request *r)
{
	const char *key = request_header(r, "Idempotency-Key");
	json_t *body, *minutes;
	char number[24];

	if (key == NULL || !uuid_valid(key)) {
		respond_problem(r, "idempotency-key-required", "Send a UUID as Idempotency-Key: the same twice has one effect");
		return;
	}
	body = request_json(r);
	if (body == NULL || !check_body(r, body))
		return;
	minutes = json_object_get(body, "minutes");
	snprintf(number, sizeof number, "%lld", (long long)json_integer_value(minutes));
	client_call(request_session(r), "select act.alert_acknowledge($1::uuid, $2, $3::int, $4) as alert",
	    (const char *[]){ key, request_part(r, "id"), json_is_integer(minutes) ? number : NULL,
	        json_string_value(json_object_get(body, "note")) }, 4, request_owner(r), on_acknowledged, r);
}
