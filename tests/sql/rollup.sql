-- The rollup is what the nights say, after whatever happens to them: random histories of stays, blocks, agreements, prices
-- by the night, moves, cancellations, stock, agents and beds; after each batch every report over whole months is the same
-- from the rollup as from the nights, for each scope.
\ir fixtures/start.sql
\ir fixtures/report.sql
\set seed `echo "${TEST_SEED:-1}"`
\set count `echo $((12 * ${TEST_COUNT:-1}))`
\o /dev/null
select set_config('t.count', :'count', false);
select setseed((:seed % 100000) / 100000.0);
select t.unit('R' || i, case i % 5 when 0 then 'empty' when 1 then '[2025-03-10,)' when 2 then '[2024-01-01,2025-11-20)'
  else '(,)' end::daterange, case i % 3 when 0 then 't_realtor' when 1 then 't_realtor2' end) from generate_series(1, 8) i;
update domovoi.unit set building_id = case when substr(code, 2)::int % 2 = 0 then '00000000-0000-7000-8000-0000000000b1'
    else '00000000-0000-7000-8000-0000000000b2' end::uuid, owner_id = case when code = 'R4' then t.id('t_owner') end
  where company_id = 901 and code ~ '^R\d';

update domovoi.unit set agent_id = t.id('t_realtor') where company_id = 901 and code = 'H-1a';
select t.stay('H-1', '2024-05-10', '2024-05-12', 30000);
create table t.first as select * from domovoi.rollup_month where month = '2024-05-01';

-- One thing that may happen; what the rules refuse has not happened.
create function t.happens(p_what int) returns text language plpgsql as $$
declare
  which text := (array['H-1', 'H-1a', 'H-1b', 'H', 'H-1c', 'R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R8'])
    [1 + floor(random() * 13)];
  u uuid := (select x.id from domovoi.unit x where x.company_id = 901 and x.code = which);
  d date := '2025-01-01'::date + floor(random() * 400)::int;
  e date := d + 1 + floor(random() ^ 3 * 45)::int;
  r uuid := (select x.id from domovoi.reservation x where x.company_id = 901 and x.check_in > '2024-12-01' order by random() limit 1);
  o domovoi.occupancy;
  cut date;
begin
  case
    when p_what < 40 then perform t.stay(which, d, e, floor(random() * 5000000)::bigint,
      case when random() < 0.2 then 'EUR' else 'KZT' end, (array['completed', 'confirmed', 'hold'])[1 + floor(random() * 3)],
      p_agent => case when random() < 0.2 then 't_realtor' end);
    when p_what < 48 then insert into domovoi.block (company_id, unit_id, check_in, check_out, reason)
      values (901, u, d, e, 'repair');
    when p_what < 52 then delete from domovoi.block b where b.company_id = 901
      and b.id = (select x.id from domovoi.block x where x.company_id = 901 order by random() limit 1);
    when p_what < 56 then update domovoi.block set check_in = d, check_out = e, unit_id = u where company_id = 901
      and id = (select x.id from domovoi.block x where x.company_id = 901 order by random() limit 1);
    when p_what < 62 then perform domovoi.occupy(901, 'agreement', gen_random_uuid(), u, d, d + 30 + floor(random() * 300)::int,
      false, 0, null, t.id('t_realtor2'));
    when p_what < 64 then delete from domovoi.occupancy x where x.company_id = 901 and x.source = 'agreement'
      and x.source_id = (select y.source_id from domovoi.occupancy y where y.source = 'agreement' order by random() limit 1);
    when p_what < 72 then update domovoi.reservation set check_in = d, check_out = e, unit_id = u
      where company_id = 901 and id = r;
    when p_what < 78 then update domovoi.reservation set status = 'confirmed', hold_until = null
      where company_id = 901 and id = r and status = 'hold';
    when p_what < 83 then update domovoi.reservation set status = 'cancelled', status_reason = 'other', cancelled_by = 'guest'
      where company_id = 901 and id = r and status in ('hold', 'confirmed');
    when p_what < 86 then update domovoi.reservation set agent_id = t.id('t_realtor2') where company_id = 901 and id = r;
    when p_what < 92 then        -- other nights, another price: the stay lies on two rows of each unit
      for o in select x.* from domovoi.occupancy x where x.company_id = 901 and x.source_id = r loop
        cut := o.check_in + (o.check_out - o.check_in) / 2;
        continue when cut = o.check_in;
        update domovoi.occupancy x set check_out = cut, period = tstzrange(lower(period), lower(period)
            + (cut - o.check_in) * interval '1 day') where x.company_id = 901 and x.source_id = r and x.unit_id = o.unit_id
           and x.check_in = o.check_in;
        o.period := tstzrange(lower(o.period) + (cut - o.check_in) * interval '1 day', upper(o.period));
        o.check_in := cut; o.price := o.price + 1000;
        insert into domovoi.occupancy select o.*;
      end loop;
    when p_what < 94 then update domovoi.unit set agent_id = (array[t.id('t_realtor'), t.id('t_realtor2'), null])
      [1 + floor(random() * 3)] where company_id = 901 and id = u;
    when p_what < 95 then update domovoi.unit set building_id = (array['00000000-0000-7000-8000-0000000000b1',
      '00000000-0000-7000-8000-0000000000b2'])[1 + floor(random() * 2)]::uuid where company_id = 901 and id = u;
    when p_what < 97 then insert into domovoi.unit_stock (company_id, unit_id, mode, in_stock)
      values (901, u, (array['short_stay', 'long_rent'])[1 + floor(random() * 2)], daterange(d, d + 200));
    when p_what < 98 then update domovoi.unit_stock set in_stock = daterange(d, d + 150) where company_id = 901
      and id = (select x.id from domovoi.unit_stock x where x.company_id = 901 order by random() limit 1);
    when p_what < 99 then delete from domovoi.unit_stock where company_id = 901
      and id = (select x.id from domovoi.unit_stock x where x.company_id = 901 order by random() limit 1);
    else perform t.unit(which || '-' || floor(random() * 1e6)::int, '(,)', null, which);
  end case;
  return 'done';
exception when others then
  if sqlstate not in ('DM001', 'DM002', 'DM004', 'DM007', 'DM010', 'DM011', '23P01', '23514') then raise; end if;
  return sqlstate;
end $$;

create table t.batch (n int, a date, b date);
create table t.verdict (n int, what text, login text, query text, rolled jsonb, raw jsonb);
create table t.wrong (n int, what text, found bigint);
create function t.compare(p_n int, a date, b date) returns void language plpgsql as $$
declare q text; l text; x jsonb; y jsonb;
begin
  foreach l in array array['t_head', 't_realtor', 't_realtor2', 't_dispatcher', 't_owner', 't_super'] loop
    foreach q in array array[
        format('report.occupancy("from" => %L, "to" => %L, "group" => %L)', a, b,
          (array['none', 'month', 'unit', 'class', 'building', 'agent', 'company', 'district'])[1 + floor(random() * 8)]),
        format('report.occupancy("from" => %L, "to" => %L, "group" => ''month'')', a, b),
        format('report.revenue("from" => %L, "to" => %L, "group" => %L)', a, b,
          (array['none', 'month', 'year', 'unit', 'building', 'agent', 'company', 'district'])[1 + floor(random() * 8)]),
        format('report.heatmap("from" => %L, "to" => %L, rows => %L, cell => ''month'')', a, b,
          (array['unit', 'building'])[1 + floor(random() * 2)]),
        format('report.top("from" => %L, "to" => %L, "of" => %L, "by" => %L, "limit" => 3)', a, b,
          (array['unit', 'agent', 'building', 'company'])[1 + floor(random() * 4)],
          (array['revenue', 'nights', 'stays'])[1 + floor(random() * 3)]),
        format('report.occupancy("from" => %L, "to" => %L, unit => %L)', a, b, 'H-1,R3'),
        format('report.top("from" => %L, "to" => %L, "of" => %L, unit => %L)', a, b,
          (array['unit', 'agent', 'building', 'company'])[1 + floor(random() * 4)], 'H-1a,R3')] loop
      continue when q ~ 'unit => ''H-1' and l not in ('t_head', 't_super') or q ~ 'H-1' and l = 't_super';
      perform set_config('domovoi.rollup', 'on', false);
      x := t.rows(l, 'select * from ' || q);
      perform set_config('domovoi.rollup', 'off', false);
      y := t.rows(l, 'select * from ' || q);
      insert into t.verdict select p_n, 'rolled', l, q, x, y;
    end loop;
  end loop;
  perform set_config('domovoi.rollup', 'on', false);
end $$;
do $$
declare a date; b date; many int := current_setting('t.count')::int;
begin
  for i in 1..many loop
    for j in 1..20 loop perform t.happens(floor(random() * 100)::int); end loop;
    insert into t.wrong select i, 'units that do not agree', count(*) from domovoi.rollup_faults();
    -- by other means: night by night
    insert into t.wrong select i, 'nights sold', count(*) from (
      (select unit_id, agent_id, currency, date_trunc('month', d)::date as m, count(*)::int as n, sum(price)::bigint as r
         from domovoi.occupancy o, generate_series(o.check_in, o.check_out - 1, '1 day') d where sold group by 1, 2, 3, 4
       except all select unit_id, agent_id, currency, month, sold, revenue from domovoi.rollup_month where sold > 0)
      union all
      (select unit_id, agent_id, currency, month, sold, revenue from domovoi.rollup_month where sold > 0
       except all select unit_id, agent_id, currency, date_trunc('month', d)::date, count(*)::int, sum(price)::bigint
         from domovoi.occupancy o, generate_series(o.check_in, o.check_out - 1, '1 day') d where sold group by 1, 2, 3, 4)) x;
    insert into t.wrong select i, 'nights not on offer', abs(sum(n)) from (
      select count(*) as n from domovoi.occupancy o, generate_series(o.check_in, o.check_out - 1, '1 day') d
       where source <> 'reservation' and exists (select from domovoi.unit_stock s where s.company_id = o.company_id
         and s.unit_id = o.unit_id and s.mode = 'short_stay' and s.in_stock @> d::date)
      union all select -sum(blocked) from domovoi.rollup_month) x;
    a := date_trunc('month', '2024-11-01'::date + floor(random() * 400)::int)::date;
    b := a + make_interval(months => (array[1, 2, 3, 6, 12, 12])[1 + floor(random() * 6)]);
    insert into t.batch values (i, a, b);
    perform t.compare(i, a, b);
  end loop;
end $$;
\o
select plan(3 + 5 + 4 + 6);
select is((select array_agg(array[stays, heads, mixed]::text order by heads) from t.first),
  '{"{1,0,1}","{1,1,1}","{1,1,1}"}', 'a stay on three beds, one of another agent, is a head of each agent');
select is((select string_agg(format('%s: %s as %s', n, query, login), e'\n') from t.verdict where rolled is distinct from raw),
  null, 'the same from the rollup as from the nights, seed ' || :seed);
select is((select string_agg(n || ': ' || found || ' ' || what, e'\n') from t.wrong where found <> 0), null,
  'and the rollup as the nights themselves');
select cmp_ok((select count(*) from t.verdict where rolled::text ~ '"sold_nights": [1-9]|"value": [1-9]|"amount_minor": [1-9]'),
  '>', :count * 6::bigint, 'over something');

-- made anew, it is the same; made wrong, it is found
create table t.before as select * from domovoi.rollup_month;
\o /dev/null
truncate domovoi.rollup_month;
\o
select isnt((select count(*) from domovoi.rollup_faults(901)), 0::bigint, 'an empty rollup is found out');
\o /dev/null
select domovoi.rollup_build();
\o
select is_empty('(table t.before except all table domovoi.rollup_month) union all (table domovoi.rollup_month except all table t.before)',
  'built in one go it is what the triggers made');
\o /dev/null
update domovoi.rollup_month set sold = sold + 1 where ctid = (select ctid from domovoi.rollup_month where sold > 0 limit 1);
\o
select is((select count(*) from domovoi.rollup_faults()), 1::bigint, 'one wrong number is found out');
\o /dev/null
select domovoi.rollup_build(901), domovoi.rollup_build(902);
\o
select is((select count(*) from domovoi.rollup_faults()), 0::bigint, 'and put right');

-- who sees it: his own rows, nobody may write it
select is(t.count('t_realtor', 'api.unit_months where agent is distinct from ' || quote_literal(t.id('t_realtor'))), 0,
  'an agent sees his own');
select is(t.count('t_head', 'api.unit_months where company <> 901'), 0, 'a head his company''s');
select is(t.count('t_executor', 'api.unit_months'), 0, 'an executor none');
select is(t.err('t_super', 'delete from api.unit_months'), '42501', 'and nobody writes it');

-- holds cost nothing, nothing else is forgotten
\o /dev/null
create table t.had as select * from domovoi.rollup_month;
select t.unit('Z', '(,)');
select t.stay('Z', '2026-02-27', '2026-03-03', 1000, p_status => 'hold');
\o
select is((select count(*) from domovoi.rollup_month) , (select count(*) from t.had), 'a hold is no night');
update domovoi.reservation set status = 'confirmed', hold_until = null where unit_id = (select id from domovoi.unit where code = 'Z');
select results_eq($$select month, sold, inside, revenue, stays, carried from domovoi.rollup_month
    where unit_id = (select id from domovoi.unit where code = 'Z') order by 1$$,
  $$values ('2026-02-01'::date, 2, 2, 2000::bigint, 1, 0), ('2026-03-01', 2, 2, 2000, 0, 1)$$, 'confirmed, it is two months''');
update domovoi.reservation set check_out = '2026-03-01' where unit_id = (select id from domovoi.unit where code = 'Z');
select is((select count(*) from domovoi.rollup_month where unit_id = (select id from domovoi.unit where code = 'Z')), 1::bigint,
  'shortened, one');
update domovoi.unit_stock set in_stock = '[2026-02-28,)' where unit_id = (select id from domovoi.unit where code = 'Z');
select is((select inside from domovoi.rollup_month where unit_id = (select id from domovoi.unit where code = 'Z')), 1,
  'in stock from its second night on, one is inside');
update domovoi.reservation set status = 'cancelled', status_reason = 'other', cancelled_by = 'guest'
  where unit_id = (select id from domovoi.unit where code = 'Z');
select is((select count(*) from domovoi.rollup_month where unit_id = (select id from domovoi.unit where code = 'Z')), 0::bigint,
  'cancelled, none');
select is((select count(*) from domovoi.rollup_faults()), 0::bigint, 'and nothing is left over');
select * from finish();
