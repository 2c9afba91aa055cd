-- The accountant's desk: talks with debtors, the call list, arrears of a past day row by row, runs over a part of the
-- company, statements, and what waits.
\ir fixtures/start.sql
\ir fixtures/money.sql
\ir fixtures/report.sql
select * from no_plan();
\set p1 '00000000-0000-7000-8000-000000000201'
\set p2 '00000000-0000-7000-8000-000000000202'

-- ---- talks
set domovoi.now = '2026-02-20T09:00:00+05';
select t.charge(500000, '2026-03-01', 'rent') as old \gset
select t.charge(100000, '2026-06-01', 'rent', 'KZT', 2) as young \gset
set domovoi.now = '2026-06-16T09:00:00+05';
select ok(length(t.new('t_accountant', 'contact_note', jsonb_build_object('party', :'p1', 'outcome', 'promised',
  'promised_on', '2026-06-20', 'amount', '3000', 'note', 'on Saturday'))) = 36, 'a promise is kept');
select is(t.rows('t_accountant', 'select means, outcome, promised_on, amount_minor, currency, note, is_last, owes from api.contact_notes'),
  '[{"means": "call", "outcome": "promised", "promised_on": "2026-06-20", "amount_minor": 300000, "currency": "KZT",
    "note": "on Saturday", "is_last": true, "owes": true}]', 'as it was told');
select is(t.new('t_accountant', 'contact_note', v.s), 'DM007', v.why) from (values
  ('{"outcome": "refused"}'::jsonb, 'of nobody'),
  (jsonb_build_object('party', :'p1'), 'without an outcome'),
  (jsonb_build_object('party', :'p1', 'outcome', 'laughed'), 'an outcome that is not known'),
  (jsonb_build_object('party', :'p1', 'outcome', 'promised'), 'a promise without a day'),
  (jsonb_build_object('party', :'p1', 'outcome', 'promised', 'promised_on', '2026-06-15'), 'a promise for yesterday'),
  (jsonb_build_object('party', :'p1', 'outcome', 'refused', 'promised_on', '2026-06-20'), 'a refusal with a day'),
  (jsonb_build_object('party', :'p1', 'outcome', 'other', 'next_on', '2026-06-01'), 'to be called in the past'),
  (jsonb_build_object('party', :'p1', 'outcome', 'other', 'means', 'pigeon'), 'by a means that is not known')) v (s, why);
select is(t.new('t_auditor', 'contact_note', jsonb_build_object('party', :'p1', 'outcome', 'other')), 'DM005',
  'an auditor notes nothing');
select is(t.new('t_head_beta', 'contact_note', jsonb_build_object('party', :'p1', 'outcome', 'other')) in ('DM006', 'DM007'),
  true, 'another company''s people neither');
select is(t.rows('t_head_beta', 'select count(*) as n from api.contact_notes'), '[{"n": 0}]', 'nor read them');

-- ---- the call list
select is(t.rows('t_accountant', 'select key, days_overdue as d, arrears_minor as a, d90_plus_minor as old, d1_30_minor as new,
    outcome as o, waits as w, broken as b from report.calls() where currency = ''KZT'' and key in (''' || :'p1' || ''', ''' || :'p2'
  || ''')'),
  jsonb_build_array(jsonb_build_object('key', :'p2', 'd', 15, 'a', 100000, 'old', 0, 'new', 100000, 'o', null, 'w', false,
    'b', false), jsonb_build_object('key', :'p1', 'd', 107, 'a', 500000, 'old', 500000, 'new', 0, 'o', 'promised', 'w', true,
    'b', false)), 'who has promised waits below');
set domovoi.now = '2026-06-21T09:00:00+05';
select is(t.rows('t_accountant', 'select key, waits as w, broken as b from report.calls() where currency = ''KZT'' limit 1'),
  jsonb_build_array(jsonb_build_object('key', :'p1', 'w', false, 'b', true)), 'until his day has gone by');
select is(t.rows('t_accountant', 'select count, since, screen, resource from report.desk() where key = ''promises_due'''),
  '[{"count": 1, "since": "2026-06-20", "screen": "calls", "resource": "contact_notes"}]', 'then the desk says so');
select is(t.opens('t_accountant', 'contact_notes', replace(x ->> 'filter', 'yes', 'true')), (x ->> 'count')::bigint,
  'and counts what its list has')
  from jsonb_array_elements(t.rows('t_accountant', 'select * from report.desk() where key = ''promises_due''')) x;
set domovoi.now = '2026-06-16T09:00:00+05';
select is(t.err('t_moderator', 'select * from report.calls()'), 'DM005', 'a moderator calls nobody');

-- ---- arrears of any day, charge by charge
select t.pay(200000, true, 'KZT', 1, 'cash', null, '2026-06-10') as part \gset
select is((select sum((x ->> 'arrears_minor')::bigint) from jsonb_array_elements(t.rows('t_head',
    format('select * from report.arrears(as_of => %L, "group" => ''none'')', d))) x),
  (select sum((x ->> 'open_minor')::bigint) from jsonb_array_elements(t.rows('t_head',
    format('select * from report.arrears_rows(as_of => %L)', d))) x), 'arrears of ' || d || ' are the sum of their rows')
  from unnest('{2026-05-01,2026-06-05,2026-06-10,2026-06-16}'::date[]) d;
select is((select sum((y ->> 'open_minor')::bigint) from jsonb_array_elements(t.rows('t_head',
    format('select * from report.arrears_rows(%s)', (select string_agg(format('%I => %L', m[1], m[2]), ', ')
      from regexp_matches(x ->> 'filter', '(\w+)=(\S+)', 'g') m)))) y), (x ->> 'arrears_minor')::numeric,
  'a row by ' || g || ' opens what it counted')
  from unnest('{debtor,none,company}'::text[]) g, jsonb_array_elements(t.rows('t_head',
    format('select * from report.arrears(as_of => ''2026-06-05'', "group" => %L)', g))) x
 where (x ->> 'arrears_minor')::bigint > 0;
select is(t.rows('t_head', 'select open_minor, days, bucket from report.arrears_rows(as_of => ''2026-06-05'', debtor => '''
  || :'p1' || ''')'), '[{"open_minor": 500000, "days": 96, "bucket": "90+"}]', 'what was paid later was open then');
select is(t.err('t_moderator', 'select * from report.arrears_rows()'), 'DM005', 'a moderator may not ask');

-- ---- the statement
select is(t.rows('t_accountant', format('select kind, charged_minor as c, paid_minor as p, balance_minor as b
    from report.statement(party => %L, "from" => ''2026-02-11'', "to" => ''2026-07-01'') where currency = ''KZT''', :'p2')),
  '[{"kind": "opening", "c": null, "p": null, "b": 0}, {"kind": "charge", "c": 100000, "p": null, "b": 100000},
    {"kind": "closing", "c": 100000, "p": null, "b": 100000}]', 'a statement begins and ends with a balance');
select is((select (x ->> 'balance_minor')::bigint from jsonb_array_elements(t.rows('t_accountant', format(
    'select * from report.statement(party => %L, "from" => ''2026-01-01'', "to" => ''2027-01-01'')', p))) x
    where x ->> 'kind' = 'closing' and x ->> 'currency' = 'KZT'),
  (select sum(e.amount)::bigint from domovoi.ledger_entry e join domovoi.account a on a.company_id = e.company_id
    and a.id = e.account_id and a.kind = 'receivable' and a.currency = 'KZT' where a.company_id = 901 and a.party_id = p),
  'what it ends with is the ledger') from unnest(array[:'p1', :'p2']::uuid[]) p;
select is((select count(*) from jsonb_array_elements(t.rows('t_accountant', format(
    'select * from report.statement(party => %L, "from" => ''2026-01-01'', "to" => ''2027-01-01'')', :'p1'))) x
    where x ->> 'resource' is not null and t.opens('t_accountant', x ->> 'resource', x ->> 'filter') <> 1), 0::bigint,
  'every line opens one record');
select is(t.rows('t_accountant', 'select * from report.statement()'), '[]', 'of nobody there is none');
select is(t.rows('t_realtor', format('select * from report.statement(party => %L) where posting is not null', :'p1')), '[]',
  'who does not see the ledger sees no lines');

-- ---- what waits
select t.refund(100, 't_manager') as asked \gset
select is((select array_agg(x ->> 'key' order by x ->> 'key') from jsonb_array_elements(t.rows(w,
    'select key from report.desk() where key like ''refunds%''')) x), k::text[], w || ' sees ' || k)
  from (values ('t_accountant', '{refunds_approve}'), ('t_manager', '{refunds_asked}')) v (w, k);
select is((select string_agg(x ->> 'key', ' ') from jsonb_array_elements(t.rows('t_accountant', 'select * from report.desk()')) x
  where x ->> 'key' !~ '^(run_|closed|charges_overdue|deposits|promises|advances)' and t.opens('t_accountant', x ->> 'resource',
    replace(x ->> 'filter', '=no ', '=false ')) <> (x ->> 'count')::bigint), null, 'a line opens as many as it says');
select is(t.do('t_manager', 'refund', :'asked', 'approve') in ('DM005', 'DM014'), true, 'who asked does not approve');
select is(t.do('t_accountant', 'refund', :'asked', 'approve'), 'applied', 'somebody else does');
select is(t.rows('t_executor', 'select key from report.desk()'), '[]', 'an executor has no desk');

-- ---- runs over a part
insert into domovoi.unit (company_id, id, code, title, kind, agent_id, building_id, lock_id)
  select 901, g, 'L' || n, 'Let ' || n, 'apartment', t.id('t_realtor'), case n when 1 then
    '00000000-0000-7000-8000-0000000000b1'::uuid end, g from (select n, gen_random_uuid() as g from generate_series(1, 2) n) x;
insert into domovoi.agreement (company_id, id, no, unit_id, party_id, starts_on, ends_on, rent, currency, due_day)
  select 901, md5('desk' || u.code)::uuid, null, u.id, :'p1', '2026-01-01', '2027-01-01', 1000, 'KZT', 1
    from domovoi.unit u where u.company_id = 901 and u.code in ('L1', 'L2');
insert into domovoi.agreement_line (company_id, agreement_id, unit_id, kind, amount, from_on, to_on)
  select 901, g.id, g.unit_id, 'rent', 1000, '2026-01-01', '2027-01-01' from domovoi.agreement g
   where g.company_id = 901 and g.id in (md5('deskL1')::uuid, md5('deskL2')::uuid);
set domovoi.now = '2025-06-16T09:00:00+05';
update domovoi.agreement set status = 'active', signed_at = domovoi.now() where company_id = 901
  and id in (md5('deskL1')::uuid, md5('deskL2')::uuid);
set domovoi.now = '2026-06-16T09:00:00+05';
select t.new('t_accountant', 'charge_run', jsonb_build_object('month', '2026-07', 'dry_run', 'true', 'building',
  '00000000-0000-7000-8000-0000000000b1')) as r1, t.new('t_accountant', 'charge_run', jsonb_build_object('month', '2026-07',
  'dry_run', 'true', 'agreement', no::text)) as r2 from domovoi.agreement where company_id = 901 and id = md5('deskL2')::uuid \gset
select is((select array_agg(distinct l.agreement_id) from domovoi.charge_run_line l where l.run_id = r
    and l.agreement_id in (md5('deskL1')::uuid, md5('deskL2')::uuid)), array[w], 'a run over one ' || k || ' meets that one')
  from (values ('building', md5('deskL1')::uuid, :'r1'::uuid), ('agreement', md5('deskL2')::uuid, :'r2'::uuid)) v (k, w, r);
select is(t.new('t_accountant', 'charge_run', '{"month": "2026-07", "agreement": "999999"}'), 'DM007', 'of no such agreement');
select t.new('t_accountant', 'charge_run', '{"month": "2026-07", "dry_run": "true"}') as run \gset
select is((select jsonb_agg(x) from jsonb_array_elements(t.rows('t_accountant', format('select charged, charged_minor = (select
    sum(l.amount_minor) from api.charge_run_lines l where l.run = %L and l.kind = ''rent'') as same, standing, errors from
    report.run_summary(%1$L) where key = ''rent''', :'run'))) x) -> 0 ->> 'same', 'true', 'the sums of a run are those of its lines');


-- ---- a line counts in its currency and opens what it counts
select t.charge(700, '2026-05-03', 'rent', 'EUR'), t.charge(900, '2026-06-02', 'rent', 'EUR', 2), t.charge(800, '2026-05-04', 'rent', 'KZT') \g /dev/null
create function t.sum_of(p_login text, p_row jsonb) returns numeric language sql as $$
  select case when p_row ->> 'resource' = 'charges' then t.val(p_login, format('select coalesce(sum(open_minor), 0) from api.charges where %s',
      t.where_of(replace(p_row ->> 'filter', 'open>0', 'open_minor>0'))))::numeric
    else (t.rows(p_login, format('select coalesce(sum(open_minor), 0) as s from report.arrears_rows(%s)', (select string_agg(format('%I => %L', m[1], m[2]), ', ')
      from regexp_matches(p_row ->> 'filter', '(\w+)=(\S+)', 'g') m))) #>> '{0,s}')::numeric end $$;
select is(t.sum_of('t_accountant', x), (x ->> 'arrears_minor')::numeric, concat_ws(' ', 'a call of', d, x ->> 'name', x ->> 'currency'))
  from unnest('{2026-06-10,2026-06-16}'::date[]) d, jsonb_array_elements(t.rows('t_accountant', format('select * from report.calls(as_of => %L)', d))) x;
select is(t.sum_of('t_accountant', x), (x ->> 'arrears_minor')::numeric, concat_ws(' ', 'a call of an agent', d, x ->> 'name', x ->> 'currency'))
  from unnest('{2026-06-10,2026-06-16}'::date[]) d, jsonb_array_elements(t.rows('t_accountant', format('select * from report.calls(as_of => %L, agent => ''t_realtor'')', d))) x;
select is(t.sum_of('t_accountant', x), (x ->> 'arrears_minor')::numeric, concat_ws(' ', 'arrears by', g, d, x ->> 'name', x ->> 'currency'))
  from unnest('{2026-06-10,2026-06-16}'::date[]) d, unnest('{none,debtor,agreement,unit,building,agent,company}'::text[]) g,
    jsonb_array_elements(t.rows('t_accountant', format('select * from report.arrears(as_of => %L, "group" => %L)', d, g))) x
 where x ->> 'filter' is not null;
select is(t.new('t_accountant', 'contact_note', jsonb_build_object('party', p, 'outcome', 'promised', 'promised_on', '2026-06-16') || m) ~ '^[0-9a-f-]{36}$', true, 'a promise')
  from (values (:'p1', '{}'::jsonb), (:'p2', '{"amount": "3", "currency": "EUR"}')) v (p, m);
select is((select array_agg(t.opens('t_accountant', x ->> 'resource', replace(x ->> 'filter', 'yes', 'true'))) from
    jsonb_array_elements(t.rows('t_accountant', 'select * from report.desk() where key = ''promises_due''')) x), '{2}', 'promises are one line and one list');
select is((select array_agg((x ->> 'count')::bigint) from jsonb_array_elements(t.rows('t_accountant',
    'select * from report.desk() where key = ''promises_due''')) x), '{2}', 'of as many');
select is((select string_agg(x ->> 'key', ' ') from jsonb_array_elements(t.rows('t_accountant', 'select * from report.desk()')) x
  where x ->> 'key' ~ '^(charges_overdue|deposits|advances)' and t.opens('t_accountant', x ->> 'resource',
    replace(replace(x ->> 'filter', 'open>0', 'open_minor>0'), 'unallocated>0', 'unallocated_minor>0')) <> (x ->> 'count')::bigint), null,
  'debts, deposits and advances open as many as they say');
select * from finish();
