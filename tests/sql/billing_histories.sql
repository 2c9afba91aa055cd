-- Random histories of agreements and their money: signed, charged, paid, changed, prolonged, ended, deposits deducted
-- from,
-- set off and returned, the clock going on. After each step the books hold, deposits are what their moves say, and
-- every
-- month that was charged costs what it should. 8 histories, TEST_COUNT times as many in the long check, from TEST_SEED.
\ir fixtures/start.sql
\set seed `echo "${TEST_SEED:-1}"`
\set histories `echo $((8 * ${TEST_COUNT:-1}))`
select plan(4);
select setseed((:seed % 100000) / 100000.0) \g /dev/null

create function t.wrong(p uuid) returns text language sql as $$
  select min(x) from (
    select 'ledger ' || e.currency as x from domovoi.ledger_entry e where e.company_id = 901 group by e.currency having
      sum(e.amount) <> 0
    union all
    select a.kind || ' ' || a.no from domovoi.account a where a.company_id = 901 and a.agreement_id = p
      and (select coalesce(sum(e.amount), 0) from domovoi.ledger_entry e where e.company_id = 901
        and e.account_id = a.id) <>
        case a.kind when 'receivable' then domovoi.open_of(901, a.id)
          -- a deposit that is charged is owed back as soon as it has come in; till then it is owed to us
          else -(select coalesce(sum(d.required - d.deducted - d.returned), 0) from domovoi.deposit d
            where d.agreement_id = p) end
    union all
    select 'deposit ' || d.no from domovoi.deposit d where d.agreement_id = p and (d.held < 0
      or d.held <> (select coalesce(sum(
      case m.kind when 'received' then m.amount else -m.amount end), 0) from domovoi.deposit_move m
        where m.deposit_id = d.id)
      or d.received <> (select coalesce(sum(c.allocated), 0) from domovoi.charge c where c.agreement_id = p
        and c.kind = 'deposit'
        and c.voided_on is null))
    union all
    select 'month ' || coalesce(c.m, b.m) from (select c.line_id, date_trunc('month', c.period_from)::date as m,
      sum(c.amount) as s
        from domovoi.charge c where c.agreement_id = p and c.line_id is not null and c.voided_on is null group by 1,
          2) c
      full join (select b.line_id, m.m, b.amount as s from (select distinct date_trunc('month',
        c.period_from)::date as m
          from domovoi.charge c where c.agreement_id = p and c.line_id is not null and c.voided_on is null) m
        cross join lateral domovoi.month_bill(901, m.m, array[p]) b where b.amount > 0) b
      on b.line_id = c.line_id and b.m = c.m where c.s is distinct from b.s) y $$;

create table t.story (history int, step int, said text, answer text, wrong text);
create function t.step(p uuid, p_day date) returns text[] language plpgsql as $$
declare
  r float := random(); n int := 1 + floor(random() * 40000)::int; d uuid; m jsonb; x jsonb; pay uuid;
begin
  select id into d from domovoi.deposit where agreement_id = p;
  select id into pay from domovoi.payment where agreement_id = p and status = 'succeeded' order by random() limit 1;
  m := case
    when r < 0.2 then jsonb_build_object('resource', 'charge_run', 'kind', 'create', 'set', jsonb_build_object('month',
      to_char(p_day + floor(random() * 40)::int, 'YYYY-MM')))
    when r < 0.45 then jsonb_build_object('resource', 'payment', 'kind', 'create', 'set',
      jsonb_build_object('agreement', p,
      'method', 'cash', 'amount', n))
    when r < 0.55 then jsonb_build_object('resource', 'agreement', 'record', p, 'action', 'change_line', 'args',
      jsonb_build_object(
      'kind', (array['rent', 'parking'])[1 + floor(random() * 1.99)::int], 'amount_minor', n, 'from',
        p_day - floor(random() * 20)::int))
    when r < 0.6 then jsonb_build_object('resource', 'agreement', 'record', p, 'action', 'extend', 'args',
      jsonb_build_object('until', p_day + 30 + floor(random() * 90)::int))
    when r < 0.68 then jsonb_build_object('resource', 'deposit', 'record', d, 'action', 'deduct', 'args',
      jsonb_build_object('reason', 'x', 'amount', n / 10))
    when r < 0.72 then jsonb_build_object('resource', 'payment', 'record', pay, 'action', 'reverse', 'args',
      '{"reason": "x"}'::jsonb)
    when r < 0.77 then jsonb_build_object('resource', 'agreement', 'record', p, 'action', 'terminate', 'args',
      jsonb_build_object(
      'reason', 'x', 'on', p_day + floor(random() * 30)::int - 10))
    when r < 0.85 then jsonb_build_object('resource', 'agreement', 'record', p, 'action', 'settle_deposit')
    when r < 0.92 then jsonb_build_object('resource', 'deposit', 'record', d, 'action', 'return', 'args',
      case when random() < 0.5 then jsonb_build_object('amount', n / 10) else '{}' end)
    else jsonb_build_object('resource', 'charge_run', 'kind', 'create', 'set', '{"kind": "late_fee"}'::jsonb) end;
  x := t.mutate('t_head', case when m ? 'action' then '{"kind": "action"}' else '{}' end::jsonb || m);
  if x ->> 'status' = 'applied' and m ->> 'resource' = 'payment' and m ->> 'kind' = 'create' then
    perform domovoi.confirm_payment(901, (x ->> 'record')::uuid);
  end if;
  return array[coalesce(m ->> 'action', m ->> 'resource'), coalesce(x ->> 'code', x ->> 'status')];
end $$;

create function t.history(h int) returns void language plpgsql as $$
declare p uuid; u uuid := gen_random_uuid(); day date := date '2026-06-16'; s text[]; r jsonb;
begin
  perform set_config('domovoi.now', day || 'T09:00:00+05', true);
  insert into domovoi.unit (company_id, id, code, title, kind, lock_id) values (901, u, 'Y' || h, 'Y' || h,
    'apartment', u);
  r := t.mutate('t_head', jsonb_build_object('resource', 'agreement', 'kind', 'create', 'set',
    jsonb_build_object('unit', 'Y' || h,
    'party', '00000000-0000-7000-8000-000000000201', 'starts_on', day - floor(random() * 40)::int, 'ends_on',
      day + 60 + floor(random() * 90)::int,
    'rent', 1 + floor(random() * 9999)::int, 'deposit', 1 + floor(random() * 9999)::int, 'due_day',
      1 + floor(random() * 31)::int, 'late_fee', 'h',
    'currency', (array['KZT', 'JPY'])[1 + floor(random() * 1.99)::int])));
  p := (r ->> 'record')::uuid;
  r := t.mutate('t_head', jsonb_build_object('resource', 'agreement', 'kind', 'action', 'action', 'sign', 'record', p));
  insert into t.story values (h, 0, 'sign', coalesce(r ->> 'code', r ->> 'status'), t.wrong(p));
  for i in 1 .. 40 loop
    day := day + floor(random() * 6)::int;
    perform set_config('domovoi.now', day || 'T09:00:00+05', true);
    if random() < 0.1 then perform domovoi.expire_agreements(901); end if;
    s := t.step(p, day);
    insert into t.story values (h, i, s[1], s[2], t.wrong(p));
  end loop;
end $$;

insert into domovoi.late_fee_policy (company_id, name, kind, bp, cap_bp) values (901, 'h', 'bp_per_day', 20, 3000);
select t.history(h) from generate_series(1, :histories) h \g /dev/null
select is((select format('history %s, step %s, %s: %s', history, step, said, wrong) from t.story where wrong is not null
  order by history, step limit 1), null,
    'seed ' || :seed || ': after each step the books, the deposits and the months hold');
select is((select string_agg(distinct answer, ', ' order by answer) from t.story
  where answer !~ '^(applied|DM0(01|02|06|07|11))$'), null,
  'each step is done or refused for a reason');
select cmp_ok((select count(distinct said) from t.story where answer = 'applied'), '>=', 7::bigint,
  'nearly every kind of step was taken');
select cmp_ok((select count(*) from t.story where answer = 'applied') * 3, '>', (select count(*) from t.story),
  'a third of them and more');
select diag((select string_agg(said || ' ' || answer || ' ' || n, ', ' order by said, answer) from (select said,
  answer, count(*) n
  from t.story group by 1, 2) x));
select * from finish();
