/*
 * The catalogue's types. A resource (record type), its fields and actions, and
 * a report are each described once, as data, in client/catalogue/NAME.def; the
 * list, the form, SQL, REST, import, export, the command line and the help are
 * derived from it (DESIGN §2). Everything here is static and const.
 *
 * Adding a record type: one .def file (listed into a generated include at
 * build time) and one migration that creates api.NAME and act.NAME_*.
 */
#ifndef CLIENT_RESOURCE_H
#define CLIENT_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/i18n.h" /* N_() in the descriptors, _() where they are shown */

enum field_type {
	FT_TEXT,
	FT_INT,      /* int64 */
	FT_MONEY,    /* bigint minor units; column and JSON key NAME_minor; typed in major units */
	FT_BP,       /* basis points, 10000 = 100 %; column and JSON key NAME_bp */
	FT_DATE,     /* ISO 8601, no zone */
	FT_TIME,     /* timestamptz, ISO 8601 with offset; without one it is of the session's company */
	FT_BOOL,
	FT_CHOICE,   /* text, one of .choices */
	FT_REF,      /* uuid of .ref; the view has NAME and NAME_label; accepts id, code or number */
	FT_UUID,
};

enum field_flags {
	F_KEY = 1 << 0,       /* the id; exactly one a resource */
	F_READONLY = 1 << 1,  /* never in new or edit */
	F_REQUIRED = 1 << 2,  /* must be given by new */
	F_LIST = 1 << 3,      /* shown in lists by default, in this order */
	F_SEARCH = 1 << 4,    /* a bare word finds it through the resource's token table */
	F_SORT = 1 << 5,
	         /* NOT NULL and indexed (company_id, [agent_id,] column, id): a list may sort by it */
	F_SECRET = 1 << 6,    /* never in a list, an export, a log or the replica */
	F_PERSONAL = 1 << 7,  /* masked unless the session may see it */
	F_LABEL = 1 << 8,     /* the human name of the record; exactly one a resource */
	F_NUMBER = 1 << 9,    /* the human number or code; accepted wherever an id is */
	F_IMPORT_ONLY = 1 << 10, /* settable by import, not by new or edit */
	F_CREATE_ONLY = 1 << 11, /* settable by new and import, immutable afterwards */
	F_FILTER_ONLY = 1 << 12,
	    /* may be filtered on, is not a column of the view's output by default */
	F_MANY = 1 << 13, /* several words; = asks for one of them in the view <singular>_<name> (company, id, value) */
};

struct choice { const char *value; const char *label; /* msgid */ };

struct field {
	const char *name;   /* public name: command line, filter, JSON (with _minor/_bp added by type) */
	const char *label;  /* msgid, the column heading */
	enum field_type type;
	unsigned flags;     /* enum field_flags */
	int width;          /* list width in columns; 0 = by type */
	int64_t min, max;   /* FT_INT, FT_MONEY, FT_BP, and the length of FT_TEXT; both 0 = unbounded */
	const struct choice *choices; /* FT_CHOICE: one of these; FT_TEXT: known words, or others. Ends with NULL */
	const char *ref;    /* FT_REF: name of the resource */
	/* FT_CHOICE that the view derives: value, and the boolean column of the view that is true of every row with that
	 * value. A filter asks for both, so that an index over the column finds what one over the value could not. */
	const struct choice *narrow;
	const char *help;   /* msgid or NULL */
	const char *const *aliases; /* import headings and filter words, NULL-terminated; may be NULL */
};

enum action_flags {
	A_DESTRUCTIVE = 1 << 0, /* asks first, in the console and (with --yes) on the command line */
	A_REASON = 1 << 1,      /* argument `reason` is required */
	A_SEALED = 1 << 2,      /* about a code that only the holder of the key reads: client/secret.h, cli/cmd_code.c */
	A_REVEALS = 1 << 3,     /* its answer is shown for a moment and kept nowhere: screens/reveal.h */
	A_FOREVER = 1 << 4,     /* nothing takes it back: a number has to be typed before it */
	A_LASTING = 1 << 5,     /* nothing takes it back, though most of what is done to its records can be */
};

struct arg { /* of an action or a report */
	const char *name;
	const char *label;      /* msgid */
	enum field_type type;
	bool required;
	const struct choice *choices;
	const char *ref;
	const char *fallback;   /* default as the user would type it, or NULL */
};

struct action {
	const char *name;       /* "check_in"; the database door is act.<singular>_<name> */
	const char *label;      /* msgid, imperative: "Check in" */
	const char *permission; /* "reservation.checkin" */
	const char *const *from;/* states it starts from, NULL-terminated; NULL = any */
	const char *to;         /* resulting state or NULL */
	unsigned flags;
	const struct arg *args; /* ends with name NULL; may be NULL */
	const char *undo;       /* name of the reversing action or NULL */
	const char *consequence; /* msgid, lines by \n: last words of the question before it; NULL = nothing to add */
};

/*
 * What belongs to a record: one page of its card. Either the records of another kind, narrowed by a filter, or a
 * report with arguments; in both {column} is replaced by the record's cell: "unit={id}", "from={begins_on}".
 */
struct related {
	const char *label;     /* msgid: "Stays" */
	const char *resource, *filter, *sort; /* sort NULL = the resource's own */
	const char *report;
	const char *const *args; /* "name=value", NULL-terminated */
};

struct values; /* client/value.h */
struct err;

struct resource {
	const char *name;      /* plural: "reservations"; view api.<name>, REST /api/v1/<name> */
	const char *singular;  /* "reservation": act.<singular>_*, mutation.resource */
	const char *const *aliases; /* the seeds' words: "bookings"; NULL-terminated */
	const char *label;     /* msgid: "Reservations" */
	const char *state;     /* name of the state field or NULL */
	const char *tokens;    /* api view (company, token, id) where bare words are found; NULL = in the columns */
	bool lasting;          /* what was done to it stays: it is put right by another entry, `u` takes nothing back */
	bool quoted;           /* people say its number alone: a bare 252 or A-101 is looked for here */
	const char *sort;      /* default: "check_in", "-check_in" */
	const char *read, *create, *edit, *import; /* permissions; NULL = nobody */
	const struct field *fields; /* ends with name NULL */
	const struct action *actions; /* ends with name NULL; may be NULL */
	const struct related *related; /* ends with label NULL; may be NULL */
	/* Cross-field rule, pure: what the database would refuse anyway, said at the keyboard. NULL = none. */
	bool (*check)(const struct values *v, struct err *e);
};

struct column { /* of a report */
	const char *name;   /* column of the SQL function, and JSON key: already with _minor or _bp */
	const char *label;  /* msgid */
	enum field_type type;
	int width;          /* 0 = not for reading: a key, a filter */
};

/* Another list behind the same row: what it counts is of several kinds. Both as drill_resource and drill_filter. */
struct drill { const char *resource, *filter; };

struct report {
	const char *name;          /* "occupancy"; function report.<name> with named arguments */
	const char *label;         /* msgid */
	const char *permission;    /* NULL = whoever sees the rows that it counts */
	const struct arg *args;    /* ends with name NULL */
	const struct column *columns; /* ends with name NULL */
	/* Drill-down: the list that a row opens, and its filter; in both {column} is replaced by the row's cell. */
	const char *drill_resource;
	const char *drill_filter;
	const struct drill *also;  /* ends with resource NULL; may be NULL */
};

/* A report's argument by name and canonical value, as value_parse() made it. */
struct param { const char *name, *value; };

/* All resources and reports, in the order of the generated include. NULL-terminated. */
const struct resource *const *catalogue_resources(void);
const struct report *const *catalogue_reports(void);

/* By plural, singular or alias, or by a report's name; NULL if there is none. */
const struct resource *catalogue_resource(const char *name);
const struct report *catalogue_report(const char *name);

const struct field *resource_field(const struct resource *r, const char *name_or_alias);
const struct field *resource_key(const struct resource *r);
const struct field *resource_label(const struct resource *r);
const struct action *resource_action(const struct resource *r, const char *name);
bool action_starts(const struct action *a, const char *state); /* it names this state among those it starts from */

/* Is one the other with a typing mistake? */
bool names_close(const char *a, const char *b);

/* Refuse `name`: the error (kind, code) says which names are close and which there are. */
void resource_unknown_field(const struct resource *r, const char *name, int kind, const char *code,
    struct err *e);

/* The value of a choice by value or label (in the language in force), any case; NULL if there is none. */
const struct choice *choice_find(const struct choice *choices, const char *text);

/* May a new record, an edit, an imported row give this field? */
bool field_creatable(const struct field *f);
bool field_editable(const struct field *f);
bool field_importable(const struct field *f);

/* Column of the api view, and JSON key: name, name_minor or name_bp. buf holds 64 bytes; returns buf. */
const char *field_column(const struct field *f, char buf[static 64]);
/* Is that its column? */
bool field_is_column(const struct field *f, const char *column);

/* The field of this name, column or label ("price", "price_minor", "unit_label"); NULL: none that can be shown. */
const struct field *resource_shown(const struct resource *r, const char *name);

/* The type of a column of an answer: of a resource (labels of references are text), of a report. Either may be NULL. */
enum field_type column_type(const struct resource *res, const struct report *rep, const char *column);

#endif
