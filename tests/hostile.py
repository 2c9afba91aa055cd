#!/usr/bin/python3
"""Hostile data in every text column, hostile bytes from the keyboard and the command line: nothing foreign on the terminal.

  hostile.py --columns                         a query for what --sql reads: table, column, type, part of a key
  hostile.py --sql                             statements that poison a copy of the demo, for a superuser
  hostile.py PROGRAM DSN NOW                   TAP: walks every screen and every output on a pty
"""
import json, os, re, shutil, subprocess, sys, tempfile, unicodedata
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ptylib import Console, Screen, Tap, count, seeded

MARK = 7391 # a number that only the payloads use
SEQUENCES = ['[%dm', '[%d;1H', '[2;%dr', '[?%dh', '[%dJ', '[%dn', ']0;%d\a', ']52;c;%d\x1b\\', 'P+q%d\x1b\\', '_%d\x1b\\', '^%d\x1b\\',
             'X%d\x1b\\', ']8;;http://%d/\x1b\\x', '[38;5;%dm']
INVISIBLE = [0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c,
             0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0x3164, 0xfe0f, 0xfeff, 0xfff9, 0xfffa, 0xfffb, 0xe0041, 0xe0100]
SHAPES = ['Z' + '̴̀' * 30, '日本語の部屋', '\U0001f469‍\U0001f469‍\U0001f467 \U0001f1f0\U0001f1ff ❤️', '\ue000\uf8ff',
          '\ufffe￿', '͸', '각', 'שלום مرحبا', '̀́x', 'ﷺ', '①②Ж…·─', 'नमस्ते', '\U0001fae8' * 3]


def payloads():
    everything = [chr(c) for c in range(1, 0x20)] + ['\x7f'] + [chr(c) for c in range(0x80, 0xa0)]
    everything = ['a%sb' % c for c in everything] + ['a%sb' % chr(c) for c in INVISIBLE]
    for s in SEQUENCES:
        s = s % MARK
        everything.append('\x1b' + s)
        everything.append({'[': '\x9b', ']': '\x9d', 'P': '\x90', '_': '\x9f', '^': '\x9e', 'X': '\x98'}[s[0]] + s[1:].replace('\x1b\\', '\x9c'))
    return everything + ['\x1bc', '\x1b(0', '\x1b#8', '\x1b7\x1b8', '\x0e\x0f'] + SHAPES


# ---- poison -------------------------------------------------------------------------------------------------

# Text that the program reads itself and never shows as it is: states, kinds, codes, what the server keeps for its own. Everything
# else that is text in the schema is poisoned: a column that cannot be is an error, and belongs here or into LONGEST.
OURS = re.compile(r'''^(
  .*[.](kind|status|role|machine|scope|op|mode|locale|from_state|to_state|state|permission|action|guard|outcome|means|method|problem
    |price_per|cancelled_by|payment_plan|contact_by|marketing|physical_status|what|source|type|weekdays|cta_weekdays|tz|language|of)
  |(api_role|db_login|change_log|mutation|undo_image|record_kind|record_action|writable|server|import_made|company_counter|fsm_.*|setting_def
    |user_password|refresh_token|auth_limit|report_job|job_kind|job_clock|look|party_token|unit_token|party_merge)[.].*
  |(dict_item|cancel_policy|role|permission|unit_amenity)[.]code|app_user[.]login|audit_log[.]resource|status_event[.]machine|setting[.]key
  |ledger_tx[.]ref_kind|cancel_policy[.]tiers|charge_run[.]month|offering[.](cancel_policy|check(in|out)_(from|to))|party[.](phone|country)
  |reservation[.]rules_hash|unit_attachment[.](mime|sha256)|charge_run_line[.]code|audit_log[.]what|role_permission[.].*
  |user_permission[.]permission|login_session[.]closed_why|job[.](slot|month)|alert_mark[.](reach|alert))$''', re.X)
LONGEST = {'access_key.name': 80, 'app_user.display_name': 120, 'building.code': 40, 'building.name': 200, 'cancel_policy.name': 100, 'company.name': 200,
           'complex.name': 200, 'unit_attachment.file_name': 200, 'unit_attachment.caption': 200, 'late_fee_policy.name': 100,
           'party.email': 250, 'party.name': 200, 'party_pii.passport': 200, 'price_rule.name': 100, 'unit.address': 300, 'unit.code': 40,
           'unit.entrance': 20, 'unit_stock.note': 200}
# The tiny demo has none of these: something to be poisoned, as the first records of the company have it.
ROWS = '''
insert into domovoi.contact_note (company_id, no, party_id, outcome, note) select company_id, no, id, 'other', 'x' from domovoi.party
  where status = 'active';
insert into domovoi.charge_run (company_id, no, kind, month, as_of, dry_run, status)
  select distinct on (company_id) company_id, 1, 'rent', '2026-06', date '2026-06-16', false, 'errors' from domovoi.agreement;
insert into domovoi.charge_run_line (company_id, run_id, outcome, agreement_id, code, message, detail)
  select a.company_id, r.id, o, a.id, 'DM001', 'x', 'x' from domovoi.agreement a join domovoi.charge_run r using (company_id),
    unnest(array['error', 'skipped']) o;
insert into domovoi.readiness_check (company_id, reservation_id, unit_id, kind, problem, note)
  select company_id, id, unit_id, k, 'other', 'x' from domovoi.reservation, unnest(array['t24', 't2']) k;
insert into domovoi.expense (company_id, no, unit_id, building_id, kind, amount, currency, incurred_on, note, void_reason, voided_on)
  select company_id, row_number() over (), id, building_id, 'repair', 100, 'KZT', date '2026-06-10', 'x', 'x', date '2026-06-11'
  from domovoi.unit;
insert into domovoi.price_rule (company_id, unit_id, kind, name, from_on, to_on, bp, currency)
  select company_id, id, 'season', 'x', date '2026-06-01', date '2026-07-01', 100, 'KZT' from domovoi.unit;
insert into domovoi.unit_attachment (company_id, unit_id, file_name, mime, bytes, sort, caption)
  select company_id, id, 'x', 'image/png', 1, 1, 'x' from domovoi.unit;
insert into domovoi.agreement_event (company_id, agreement_id, kind, before, after, at)
  select company_id, id, 'extended', '{"ends_on": "x"}', '{"ends_on": "y"}', timestamptz '2026-06-10 10:00+05' from domovoi.agreement;
insert into domovoi.login_session (user_id, opened_at, seen_at, until, proved_at, agent, amr, must_change)
  select id, '2026-06-16', '2026-06-16', '2026-07-16', '2026-06-16', 'x', '{pwd}', false from domovoi.app_user;
insert into domovoi.access_key (id, user_id, company_id, name, scopes, permissions, secret_hash, created_at)
  select gen_random_uuid(), u.id, 1, 'x', '{unit.view}', '{unit.view}', sha256(u.id::text::bytea), '2026-06-16' from domovoi.app_user u;
insert into domovoi.job (company_id, no, kind, slot, due_at, month, as_of, status, leader, error)
  select c.id, n, 'charge_run', 'hand:' || n, '2026-06-16', '2026-06', '2026-06-16', 'failed', 'x', 'x' from domovoi.company c,
    generate_series(1001, 1003) n;
insert into domovoi.alert_mark (id, reach, alert, company_id, user_id, count, note, at, until)
  select gen_random_uuid(), 'c:1', 'hold_over', 1, id, 1, 'x', '2026-06-16', '2026-06-17' from domovoi.app_user;
insert into domovoi.party_pii (company_id, party_id, passport, employment, emergency) select company_id, id, 'x', 'x', 'x' from domovoi.party;
insert into domovoi.pii_access (company_id, party_id, what, granted, reason, by_user, at)
  select p.company_id, p.id, 'reveal', true, 'x', u.id, timestamptz '2026-06-10 10:00+05'
  from domovoi.party p, (select id from domovoi.app_user where login = 'head_1' or true limit 1) u;
insert into domovoi.secret_access (company_id, unit_id, user_id, action, reason, allowed, at)
  select x.company_id, x.id, u.id, 'reveal', 'x', true, timestamptz '2026-06-10 10:00+05'
  from domovoi.unit x, (select id from domovoi.app_user limit 1) u;
insert into domovoi.price_change (company_id, offering_id, unit_id, old_price, new_price, currency, price_per, reason, at)
  select company_id, id, unit_id, 1, 2, 'KZT', 'month', 'x', timestamptz '2026-06-10 10:00+05' from domovoi.offering;
insert into domovoi.period_lock (company_id, no, upto, reason, at)
  select id, 1, date '2025-01-01', 'x', timestamptz '2026-06-10 10:00+05' from domovoi.company;
insert into domovoi.late_fee_policy (company_id, name, kind, amount) select id, 'x', 'fixed', 100 from domovoi.company;
insert into domovoi.party_erasure (company_id, party_id, basis, at)
  select company_id, id, 'x', timestamptz '2026-06-10 10:00+05' from domovoi.party limit 3;
insert into domovoi.audit_log (company_id, at, resource, record_id, what, before, after, reason)
  select t.company_id, timestamptz '2026-06-10 10:00+05', t.kind, t.id, 'edit', '{"note": "x", "comment": "x", "title": "x"}',
    '{"note": "y", "comment": "y", "title": "y"}', 'x'
  from (select company_id, 'party' as kind, id from domovoi.party union all select company_id, 'unit', id from domovoi.unit
    union all select company_id, 'reservation', id from domovoi.reservation union all select company_id, 'agreement', id from domovoi.agreement
    union all select company_id, 'payment', id from domovoi.payment) t;
update domovoi.offering set status = 'moderation' where id in (select id from domovoi.offering order by id limit 6);
update domovoi.refund set status = 'requested' where id in (select id from domovoi.refund order by id limit 4);
'''
JSON = {'audit_log.before', 'audit_log.after', 'agreement_event.before', 'agreement_event.after'} # what changed, as history shows it
COLUMNS = '''
select c.relname, a.attname, format_type(a.atttypid, null),
  exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and a.attnum = any (i.indkey))
from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relnamespace = 'domovoi'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
  and a.attgenerated = '' and a.attidentity = '' and a.atttypid in ('text'::regtype, 'jsonb'::regtype)
order by 1, 2'''
# Words go into all records where the table lets them, else where something is; codes of the records' own stay different.
POISON = '''do $$ declare
  words text := $w$(select string_agg(s, ' ') from generate_series(0, 3) g join bad on n = (r.k * 4 + g + {at}) % {n})$w$;
  what text := $w$with r as (select ctid, row_number() over () as k from domovoi.{t}) update domovoi.{t} t set {c} = {value}
    from r where r.ctid = t.ctid$w$;
begin
  begin execute replace(what, '@', words);
  exception when others then execute replace(what, '@', words) || ' and t.{c} is not null'; end;
exception when others then raise exception 'not {t}.{c}: %', sqlerrm; end $$;'''


def literal(s):
    return "E'" + ''.join(c if 0x20 <= ord(c) < 0x7f and c not in "'\\" else '\\U%08x' % ord(c) for c in s) + "'"


def sql():
    everything = payloads()
    columns = [line.rstrip('\n').split('\t') for line in sys.stdin]
    print("set session_replication_role = replica; create temp table bad (n int, s text);")
    for i, s in enumerate(everything):
        print('insert into bad values (%d, %s);' % (i, literal(s)))
    print(ROWS)
    for at, (table, column, kind, alone) in enumerate(columns):
        name = table + '.' + column
        if OURS.match(name) or kind == 'jsonb' and name not in JSON:
            continue
        words = "translate(@, '/\\', '__')" if column == 'file_name' else '@'
        value = {'text': 'left(%s%s, %d)' % ("r.k::text || ' ' || " if alone == 't' else '', words, LONGEST.get(name, 300)),
                 'jsonb': "(select jsonb_object_agg(e, @) from jsonb_object_keys(t.%s) e)" % column}[kind]
        print(POISON.format(t=table, c=column, value=value, n=len(everything), at=at * 4))
    print('''update domovoi.unit u set code = left(k || s, 40) from (select id, row_number() over () k from domovoi.unit) r, bad
        where r.id = u.id and n = (k * 7 + 3) %% %d;''' % len(everything))
    print('''do $$ begin update domovoi.dict_item d set names = (select jsonb_object_agg(l, s) from jsonb_each_text(d.names) e(l, v), bad
        where n = (ascii(d.code) + length(d.code) * 7) %% %d); exception when others then raise notice '%%', sqlerrm; end $$;''' % len(everything))


# ---- the allow-list -----------------------------------------------------------------------------------------

MODES = {'?2004', '?1049', '?25', '?12', '?1', '?7', '?1000', '?1006', '4', '34'} # 34: screen's and Linux' cursor
CSI = re.compile(r'^(?:(?:n(?:;n)?)?[Hr]|n?[ABCDEFGJKLMPSTX@dbeg]|n;n;nt|(?:n(?:[;:]n)*)?m|\?[\d;]+[hl]|(?:4|34)[hl]|\?nc|nn)$')
ESCAPES = {b'(B', b'7', b'8', b'M', b'=', b'>', b'\\'}


def foreign_letters(text, machine):
    letters = {c: unicodedata.category(c) for c in set(text)}
    marks = {c for c, category in letters.items() if category in ('Mn', 'Me')}
    bad = {c for c, category in letters.items() if category in ('Cf', 'Cs', 'Co', 'Cn', 'Zl', 'Zp') and c != '\U0001fae8'
           or category == 'Cc' and c not in '\n\t\r' or 0xfe00 <= ord(c) <= 0xfe0f or 0xe0100 <= ord(c) <= 0xe01ef}
    if machine:
        return bad - marks
    for many in re.findall('[%s]{5,}' % re.escape(''.join(marks)), text) if marks else ():
        bad |= set(many[4:])
    return bad


def foreign(screen, output, shifts=False, machine=False, copying=False):
    """What is on the stream that neither terminfo nor the program puts there. Other terminals than xterm shift character sets; in
    JSON a letter keeps its marks."""
    found = []
    for kind in screen.csi:
        modes = re.findall(r'\??\d+', kind) if kind[-1] in 'hl' else []
        if not CSI.match(kind) or any(('?' if kind[0] == '?' else '') + m.strip('?') not in MODES for m in modes):
            found.append('CSI ' + kind)
    found += ['ESC ' + e.decode('latin1') for e in screen.escapes if e not in ESCAPES and not (shifts and e == b')0')]
    found += ['string %s %r' % s for s in screen.strings if s != ('osc', b'104') and not (
        copying and s[0] == 'osc' and re.match(rb'52;c;[A-Za-z0-9+/]*=*$', s[1]))] # 104: terminfo's "oc", after a suspension
    found += ['control %02x' % c for c in screen.controls if c not in (8, 9, 10, 13) and not (shifts and c == 15)]
    if re.search(rb'\x1b[^A-Za-z]*%d' % MARK, output) or re.search(rb'\x1b\[[0-9;]*\d{4,}', output.replace(b'\x1b[?2004', b'').replace(
            b'\x1b[?1049', b'').replace(b'\x1b[?1000', b'').replace(b'\x1b[?1006', b'')):
        found.append('a sequence of the data')
    found += ['U+%04X' % ord(c) for c in foreign_letters(bytes(screen.text).decode('utf-8', 'surrogateescape'), machine)]
    return sorted(set(found))


def self_test(tap):
    missed = []
    for p in payloads()[:-len(SHAPES)]:
        s = Screen()
        s.feed(p.encode() + b'x\x1b')
        if not foreign(s, p.encode()) and not any(ord(c) in (8, 9, 10, 13, 0x34f, 0x115f, 0x17b4, 0x3164) for c in p) \
                and p not in ('\x1b7\x1b8', '\x0e\x0f'):
            missed.append(repr(p))
    tap.ok(not missed, 'the list would see what is put into the data', ' '.join(missed))


# ---- the walks ----------------------------------------------------------------------------------------------

def walk(tap, command, terms, letters):
    keys = ['\x1b[B', '\x1b[B', '\x1b[6~', '\r', '\x1b[B', '\x1b[6~', '\r', '\x1b[B', 'q', '?', 'q', '\t', '\x1b[C', '\r', 'q', 'a', '\x1b', 'y', '\x1b',
            '/', 'a\r', '/', '\x15\r', 'G', 'd', '\x1b']
    for lang, term in terms:
        for first in letters:
            c = Console(command + ['--lang', lang], term=term)
            up = c.until(ONLINE, 30)
            c.quiet(0.1)
            c.send(first.encode())
            c.quiet(0.08)
            for k in keys:
                if not c.alive():
                    break
                c.send(k.encode())
                c.quiet(0.04, 5)
            running = c.alive()
            c.send(b'\x1b')
            c.quiet(0.05)
            c.kill(15)
            c.wait()
            while c.read(0.05):
                pass
            bad = foreign(c.screen, bytes(c.output), term[:5] != 'xterm', copying=term not in ('linux', 'vt100')) + c.screen.insane()
            tap.ok(up and running and not bad, 'screen %r %s %s' % (first, lang, term), bad, '' if up else 'never online', '' if running else
                   'died: %r' % bytes(c.output[-600:]))
            c.close()


ONLINE = 'ONLINE|REFUSED|СЕТИ|СВЯЗ|ЖЕЛІ|БАЙЛАН|\\bpg\\b'.encode() # in the three languages

# What can be opened from the screens, as scripts of keys: on a terminal, and in words.
WAYS = [
    ('tree and unit', 'gp T j j l j + Right Down Enter j Tab Down q y Esc a Esc'),
    ('form', 'gp T j j e Tab Tab Down F4 Down Esc Tab Tab F4 Down Enter a Tab Esc Esc'),
    ('form of a guest', ':parties<Enter> Enter e Tab x Tab Down Down C-s Esc Esc'),
    ('new guest', ':parties<Enter> n a Tab Tab F4 Esc Esc Esc'),
    ('chessboard', 'gx j l l Enter q v l l n Esc Esc a Esc PgDn / a Enter y Esc'),
    ('bookings', 'gb j l l Enter q > Esc < Esc X Esc a Esc / a Enter Esc Space a Esc m l Esc'),
    ('timeline', 'gb l j t j l l Enter q Esc n Esc Esc'),
    ('new stay and calendar', 'gp T j j Enter n 1606 Tab F4 Right Down Enter Tab a F4 Down Esc Tab Tab Esc Esc'),
    ('bulk', ':reservations Space status=hold,confirmed<Enter> * a Down Enter Down Enter Esc Esc'),
    ('bulk preview', ':reservations Space status=hold<Enter> * a Enter Down Esc'),
    ('bulk with values', ':units<Enter> * a = Down Enter x Enter Esc Esc'),
    ('columns', ':units<Enter> c Down Space Down Enter PgDn'),
    ('export', ':units<Enter> x Down Enter Enter'),
    ('copy', ':parties<Enter> Space Space y r y n y t'),
    ('views', ':units<Enter> w one<Enter> : @ Tab Down Esc Esc @one<Enter>'),
    ('completion', ': b Tab Down Down Esc Esc : reservations Space guest~ Tab Down Esc Esc : units Space Tab Down Tab Esc Esc / t Tab Tab Esc'),
    ('completion of values', ': units Space building= Tab Down Esc Esc : units Space class= Tab Tab Esc Esc'),
    ('alerts', 'gp /frob=1<Enter> ! Enter q q F1 q'),
    ('help', 'gp ? PgDn / a Enter q'),
    ('finding', 'gp : o Space S01 Enter Esc gp : o Space zz Enter Esc'),
    ('drafts', 'M-d Down Enter Esc Esc'),
    ('history', 'gp gb gs [ [ ] -'),
    ('tenants', 'gt PgDn Home / a Enter Esc / C-u Enter Enter Tab Tab BackTab q e Tab x Esc Esc H j Enter q'),
    ('two to one', 'gt Space Down Space M j Right Space Tab F2 Esc Enter q'),
    ('duplicates', ':duplicates<Enter> Enter j Space Tab F2 Esc q'),
    ('personal data', 'gt F8 x Enter Enter Esc gp T j j F8 1 x Enter Esc'),
    ('black list and erasure', 'gt a Down Down Down Down Enter x Enter Esc Esc a End Up Enter x Enter Esc Esc'),
    ('payments', 'gc l l Down > < 2 j j Tab j Enter q 3 j o PgDn Enter q t d 0102 Enter / a Enter y x Esc'),
    ('payment', 'gc 3 p C-u 1000 Tab Tab a F4 Down Esc Tab Tab x F2 Esc Esc'),
    ('what it covers', 'gc P j A Backspace j Backspace o Space a Esc Esc Esc q 3 j a Down Enter x Esc Esc'),
    ('new charge', 'gc n Tab a Tab F4 Esc Tab x F2 Esc Esc Esc'),
    ('money desk', 'gm j Enter q j Enter q o q Tab j j Enter q'),
    ('call list', ':calls<Enter> j o q b q l j q Enter q n Down Down x Tab 20.06 F2 Esc Esc Esc d 31.03.2026 Enter'),
    ('refunds', ':refunds<Enter> Tab j Enter q Tab F2 Esc Esc X x Enter Esc Tab Tab'),
    ('refund asked', ':reservations<Space>status=completed<Enter> j R 1000 Enter x Enter Esc'),
    ('charge run', ':chargerun<Enter> > r PgDn m r b 3 Enter Esc F2 Esc Enter q'),
    ('statement', ':statement<Enter> / 25 Enter j j Enter q < + _ / C-u party=2 Enter PgDn'),
    ('rent roll', ':rentroll<Enter> j j Enter Tab Tab q s 2 / 6 d 2026-06-20 Enter < > t H q y x Esc'),
    ('rent roll, many', ':rentroll<Enter> * I 5 Enter 2026-08-01 Enter Esc Esc'),
    ('lease', ':rentroll<Enter> n a Enter Tab Tab Tab 12 Tab F4 Esc Tab Tab C-f Esc M-d Esc'),
    ('deals', ':rentroll<Enter> E Tab 150000 Tab Esc Esc I Tab C-u 0109 Tab Esc Esc a j j Enter x Tab Esc Esc a j j j j j Enter C-u 2006 Tab x Tab Tab '
     'Tab 15000 Tab x Tab C-f Esc Esc'),
    ('agreement', ':agreements<Enter> j Enter 1 2 j Enter q 3 4 5 6 7 8 9 o j Enter H q a Esc'),
    ('pages of a unit', 'gp T j j o 2 j 3 j Enter q 4 5 6 7 8 9 o j Enter H q'),
    ('pages of a building', 'gp o 2 3 j Enter q 4 5 6 7 8 9 H q'),
    ('pages of a person', 'gt Enter 2 j Enter q 3 4 j 5 6 7 8 9 o j Enter H q'),
    ('pages of a stay', ':bk<Enter> Enter 2 3 4 5 6 7 8 9 D C-u 2026-06-29 Tab Esc Esc r 5 6 x Enter Esc H q'),
    ('review', ':moderation<Enter> j Right > Esc Esc < x Enter Esc Enter q'),
    ('reports', ':reports<Enter> / r Enter j Enter q'),
    ('analytics', 'gs 2 Tab j Enter q 3 b m 4 Tab Tab Enter q 5 Space j Tab 6 7 j j Tab j Enter q o q T q'),
    ('analytics, other periods', 'gs P Down Enter d 0105 Enter < > n m b t 5 P Up Enter'),
    ('stay: bill, readiness, dates', 'gb l Tab j Tab j Tab F F f r Space 5 1 6 x Enter Tab Esc Esc l j D C-u 2026-06-29 Tab C-n 1 Esc Esc'),
    ('import', 'gp T i hostile.csv<Enter> j j Right c hostile.map<Enter> j j Enter j x C-u refused.csv<Enter> Esc Esc'),
    ('import of nothing', 'gt i hostile.txt<Enter> Esc Esc i none.csv<Enter> Esc'),
    ('export of people', 'gt x Down Down C-u people.xlsx<Enter> x C-u'),
    ('history of records', 'gt H j Enter q gb l H q :payments<Space>view=agenda<Enter> H q :agreements<Enter> H q gm H gx j H q'),
    ('with other eyes', ':users<Enter> j j W gp T j gt j gc gs gb W'),
    ('access codes', 'gp T j j F8 Down Enter x Enter Esc a Down Down Enter x Esc Esc'),
]
NAMES = {'F2': b'\x1bOQ', 'F8': b'\x1b[19~', 'BackTab': b'\x1b[Z', 'Home': b'\x1b[H', 'End': b'\x1b[F', 'Backspace': b'\x7f', 'C-f': b'\x06', 'C-n': b'\x0e',
         'Enter': b'\r', 'Esc': b'\x1b', 'Tab': b'\t', 'Space': b' ', 'Down': b'\x1b[B', 'Up': b'\x1b[A', 'Right': b'\x1b[C', 'Left': b'\x1b[D',
         'PgDn': b'\x1b[6~', 'F1': b'\x1bOP', 'F4': b'\x1bOS', 'M-d': b'\x1bd', 'C-s': b'\x13', 'C-u': b'\x15'}


def pressed(script):
    for word in script.split():
        for part in [word] if word in NAMES else re.findall(r'<\w+>|.', word):
            yield NAMES.get(part.strip('<>'), part.encode())


def said_last(c):
    """From the report of a sanitizer on, where there is one."""
    at = bytes(c.output).find(b'ERROR: ')
    return bytes(c.output[at:at + 3000]) if at >= 0 else bytes(c.output[-600:])


def all_ways(program):
    """And every list and every report of the catalogue, a few at a time."""
    catalogue = json.loads(subprocess.run([program, 'describe'], stdout=subprocess.PIPE, check=True).stdout)
    lists = [':%s<Enter> j Enter PgDn q' % r['name'] for r in catalogue['resources']]
    reports = [':report<Space>%s<Enter> j Right o Esc Esc s b m P Esc Enter q y' % r['name'] for r in catalogue['reports']]
    return WAYS + [('lists %d' % (i // 6), ' '.join(lists[i:i + 6])) for i in range(0, len(lists), 6)] \
        + [('reports %d' % (i // 4), ' '.join(reports[i:i + 4])) for i in range(0, len(reports), 4)]


def spoiled_files():
    """What the import is given, in the working directory."""
    everything = payloads()
    lines = 'Code,Title,Kind,Remark\n' + ''.join('H-%d,"%s","apartment%s",%d\n' % (i, p.replace('"', ''), p.replace('"', '') if i % 2 else '', i)
                                                 for i, p in enumerate(everything))
    with open('hostile.csv', 'wb') as f: # text, such as it is
        f.write(lines.encode())
    with open('hostile.txt', 'wb') as f: # none
        f.write(b'Code,' + everything[70].encode() + b',\xff\xfe\n\x00,\xff\xed\xa0\x80,"\n' + lines.encode())
    with open('hostile.map', 'w') as f:
        f.write('Remark = -\n')


def ways(tap, base, random, full):
    """Overlays, forms, prompts: each in a language, a size and colours by lot."""
    spoiled_files()
    for name, script in all_ways(base[0]):
        for lang in ('en', 'ru', 'kk') if full else (random.choice(('en', 'ru', 'kk')), ):
            rows, columns = random.choice([(24, 80), (45, 160)])
            term = random.choice(['xterm-256color', 'tmux-256color', 'linux'])
            c = Console(base + ['--lang', lang], term=term, rows=rows, columns=columns)
            up = c.until(ONLINE, 30)
            for k in pressed(script):
                if not c.alive():
                    break
                c.send(k)
                c.quiet(0.04, 5)
            running = c.alive() or c.status == 0 # left by a q too many
            c.send(b'\x1b')
            c.quiet(0.05)
            c.kill(15)
            c.wait()
            while c.read(0.05):
                pass
            bad = foreign(c.screen, bytes(c.output), term[:5] != 'xterm', copying=term != 'linux') + c.screen.insane()
            tap.ok(up and running and not bad, '%s, %s %s %dx%d' % (name, lang, term, columns, rows), bad, '' if running else
                   'died: %r' % said_last(c))
            c.close()


def in_words(tap, base, random, full):
    """The linear mode says the same things, without a control byte; in a short run every second way, by lot."""
    wrong, every = [], all_ways(base[0])
    for name, script in every if full else random.sample(every, len(every) // 2):
        words = re.sub(r'\bg([a-z])\b', r'g+\1', script)
        try:
            r = subprocess.run(base + ['--lang', random.choice(('en', 'ru', 'kk')), '--plain'], input=words.encode(), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=120)
        except subprocess.TimeoutExpired:
            wrong.append(name + ': hangs')
            continue
        screen = Screen()
        screen.feed(r.stdout)
        wrong += ['%s: %s' % (name, b) for b in foreign(screen, r.stdout) + screen.insane()]
        wrong += ['%s: %02x' % (name, b) for b in sorted(set(r.stdout)) if b < 32 and b != 10]
        if r.returncode or not r.stdout:
            wrong.append('%s: status %d %r' % (name, r.returncode, r.stdout[-3000:]))
    tap.ok(not wrong, 'in words', *wrong[:20])


def twisted(random, doc):
    """A document that somebody has spoiled: other types, other numbers, hostile text; the names stay, mostly."""
    luck = random.random()
    if luck < 0.12:
        return random.choice([None, True, -1, 2 ** 62, 1e300, '', [], {}, [[]], 'x' * 70000])
    if isinstance(doc, dict):
        return {(k if random.random() < 0.8 else random.choice(payloads()).replace('/', '')): twisted(random, v) for k, v in doc.items()}
    if isinstance(doc, list):
        return [twisted(random, v) for v in doc] * random.choice([1, 1, 1, 40])
    if isinstance(doc, str) and luck < 0.6:
        return (doc if random.random() < 0.5 else '') + random.choice(payloads())
    return doc


def remembered(tap, base, random, times):
    """Files that the console keeps for itself, edited by hand; its key file and theme with bytes that are not text."""
    home, config = tempfile.mkdtemp(), tempfile.mkdtemp()
    where = {'XDG_STATE_HOME': home, 'XDG_CONFIG_HOME': config}

    def visit(script, **env):
        c = Console(base + ['--lang', 'en'], **dict(where, **env))
        c.until(rb'ONLINE', 30)
        c.quiet(0.1)
        for k in pressed(script):
            if not c.alive():
                break
            c.send(k)
            c.quiet(0.04, 5)
        running = c.alive()
        c.kill(15)
        c.wait()
        while c.read(0.05):
            pass
        bad = foreign(c.screen, bytes(c.output)) + c.screen.insane() + ([] if running else ['died: %r' % bytes(c.output[-3000:])])
        c.close()
        return bad

    made = visit(':un<Enter> w one<Enter> /kind=bed<Enter> Space S c Down Space Enter e x Tab Tab Esc Esc gb /S01<Enter> n Tab x Tab Esc Esc gt Space Down Space M Down Right Tab F2 Esc q F8 x Enter Esc :un<Enter>')
    kept = {}
    for at, _, names in os.walk(home):
        for n in names:
            if n.endswith('.json'):
                with open(os.path.join(at, n)) as f:
                    kept[os.path.join(at, n)] = f.read()
    tap.ok(not made and len(kept) >= 4, 'files to be spoiled', made, sorted(kept))
    wrong = []
    for _ in range(times):
        for path, text in kept.items():
            with open(path, 'wb') as f:
                if random.random() < 0.15:
                    f.write(random.choice([b'', b'\xff\xfe\x1b[7391m', text.encode()[:random.randint(0, len(text))], b'[' * 5000, b'{"a":"\x1b[7391m"}']))
                else:
                    f.write(json.dumps(twisted(random, json.loads(text)), ensure_ascii=random.random() < 0.3).encode())
        wrong += visit(': @ Tab Down Enter Esc : Up Up Esc Esc gp / Up Up Esc Esc :un<Enter> e Enter Esc Esc M-d Enter Enter Esc Esc [ [ ] gb n Enter Esc Esc')
    tap.ok(not wrong, 'spoiled files of its own', *sorted(set(wrong))[:12])
    os.makedirs(os.path.join(config, 'domovoi', 'themes'), exist_ok=True)
    for n in ('keys', 'themes/bad.theme'):
        with open(os.path.join(config, 'domovoi', n), 'wb') as f:
            f.write(b'\x1b[7391m = \xff\n\x9b = x\nportfolio.\x1b]0;7391\x07 = q\nrefresh = \x1b[7391m\nhelp = \xe2\x80\xae\nkeys.layout = \x1b]0;7391\x07\n'
                    + b'\0\n' + b'a' * 70000 + b' = b\n' + '\u202e\u200b = \u2066\n'.encode() + bytes(range(256)))
    wrong = visit('! PgDn Enter q q F1 ? PgDn Esc gp')
    for words in (['keys'], ['--theme', 'bad', 'show', 'home'], ['show', 'help'], ['show', 'alerts']):
        wrong += ['%s: %s' % (words[-1], b) for b in run_once(base + words, **where)[0] if b != 'no output']
    tap.ok(not wrong, 'a key file and a theme that are not text', *wrong[:12])
    shutil.rmtree(home)
    shutil.rmtree(config)


def typed(tap, command):
    """Bytes of a keyboard and a paste that are not text."""
    raw = b''.join([b'\x1b[200~', bytes(range(1, 27)), bytes(range(28, 32)), b'\x1b[31m\x9b31m\xff\xfe\xc0\x80\xed\xa0\x80',
                    '\x9b7391m‮​'.encode(), b'\x1b]52;c;AAAA\x07', b'\x1b[201~'])
    c = Console(command + ['--lang', 'en'])
    c.until(rb'ONLINE')
    for keys in (b'gp', b'/', raw, b'\r', b'\x15', '‮⁦'.encode() + b'\xff\xfe\r', b'\x1b', b':', raw, b'\r', b'\x1b', raw, b'\x1b[<0;9999;1M'):
        c.send(keys)
        c.quiet(0.1)
    running = c.alive()
    c.kill(15)
    c.wait()
    c.read(0.05)
    bad = foreign(c.screen, bytes(c.output)) + c.screen.insane()
    tap.ok(running and not bad, 'typed and pasted bytes', bad, bytes(c.output[-300:]) if not running else '')
    c.close()


def run_once(command, seconds=60, **env):
    c = Console(command, **env)
    c.wait(seconds)
    while c.read(0.01):
        pass
    bad = foreign(c.screen, bytes(c.output), machine='json' in command or 'jsonl' in command)
    if len(c.output) == 0 and command[-1] != 'jsonl': # no rows are no lines
        bad.append('no output')
    out, status = bytes(c.output), c.status
    c.close()
    return bad, out, status


FORMS = ('table', 'csv', 'tsv', 'json', 'jsonl')


def outputs(tap, program, base, full):
    """What there is in every form; in a short run each as a table and in one of the other forms, by turns."""
    catalogue = json.loads(subprocess.run([program, 'describe'], stdout=subprocess.PIPE, check=True).stdout)

    def written(words, forms):
        return ['%s %s: %s' % (words[0], form, b) for form in forms for b in run_once(base + words + ['--format', form])[0]]
    for turn, r in enumerate(catalogue['resources']):
        first = subprocess.run(base + ['list', r['name'], '--limit', '3', '--columns', 'id', '--format', 'tsv'], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL).stdout.decode().split()[1:]
        wrong = written(['list', r['name'], '--limit', '0'], FORMS if full else (FORMS[0], FORMS[1 + turn % 4]))
        for i in first[:2 if full else 1]:
            wrong += written(['get', r['name'], i], FORMS if full else (FORMS[turn % 5], ))
        for i in first[:1]:
            wrong += ['actions: ' + b for b in run_once(base + ['actions', r['name'], i])[0]]
        tap.ok(not wrong, 'list, get and actions of ' + r['name'], *sorted(set(wrong))[:20])
    for turn, r in enumerate(catalogue['reports']):
        wrong = written(['report', r['name']], FORMS if full else (FORMS[0], FORMS[1 + turn % 4]))
        tap.ok(not wrong, 'report ' + r['name'], *sorted(set(wrong))[:20])


def errors(tap, base):
    nasty = ['\x1b[7391mx', '\x1b]0;7391\x07', '\x9b7391m', 'a‮b', b'\xff\xfe\x1b[7391m'.decode('utf-8', 'surrogateescape'), 'a\nb\rc\x08d']
    folder = tempfile.mkdtemp()
    theme = os.path.join(folder, 'bad.theme')
    with open(theme, 'wb') as f:
        f.write(b'text = \x1b[31m\xff\n\x9b = red\n')
    wrong = []
    for n in nasty:
        for words in (['get', 'units', n], ['list', n], ['list', 'units', 'title~' + n], ['list', 'units', n + '=1'], ['report', n], ['do', 'units', n, n],
                      ['edit', 'units', n, 'title=' + n], ['show', n], [n], ['--theme', n, 'show', 'home', '--keys', n], ['--dsn', n, 'whoami'],
                      ['list', 'units', '--columns', n], ['list', 'units', '--sort', n], ['new', 'parties', 'name=' + n]):
            wrong += ['%r: %s' % (words, b) for b in run_once(base + words)[0] if b != 'no output']
    wrong += ['theme: ' + b for b in run_once(base + ['--theme', theme, 'show', 'home'])[0]]
    wrong += ['show: ' + b for b in run_once(base + ['show', 'portfolio', '--size', '160x45'])[0]]
    os.unlink(theme)
    os.rmdir(folder)
    tap.ok(not wrong, 'what the command line says about bad words', *wrong[:20])


def main():
    if sys.argv[1:] == ['--columns']:
        return print(COLUMNS)
    if sys.argv[1:] == ['--sql']:
        return sql()
    program, dsn, now = sys.argv[1:]
    base = [program, '--dsn', dsn, '--now', now]
    tap = Tap()
    random = seeded(tap)
    self_test(tap)
    full = count(1, 2) > 1
    screens = ['g' + c for c in 'abcdefghijklmnopqrstuvwxyz'] if full else ['gh', 'gp', 'gs'] + random.sample(
        ['g' + c for c in 'abcdefijklmnoqrtuvwxyz'], 2) + ['\x1b%d' % d for d in range(3, 7)]
    walk(tap, base, [('en', 'xterm-256color'), ('ru', 'screen-256color'), ('kk', 'linux')] if full else [('en', 'xterm-256color')], screens)
    walk(tap, base, [('ru', 'tmux-256color'), ('kk', 'linux'), ('en', 'vt100')], ['gp'])
    ways(tap, base, random, full)
    in_words(tap, base, random, full)
    remembered(tap, base, random, count(4, 40))
    typed(tap, base)
    outputs(tap, program, base, full)
    errors(tap, base)
    tap.done()


if __name__ == '__main__':
    main()
