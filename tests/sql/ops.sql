-- What the API server asks for itself: the feed and its horizon, and what is thrown away.
\ir fixtures/start.sql
\ir fixtures/api.sql
select no_plan();

-- ---- the feed ------------------------------------------------------------------------------------------------------
select t.api('select tip from ops.horizon()') as tip \gset
select is(t.api('select tip from api.feed()') is null or t.api('select tip from ops.horizon()') = (select tip from api.feed()), true, 'the tip is the one that consoles know');
select is(t.api('select incarnation from ops.horizon()'), (select incarnation::text from domovoi.server), 'and this database');
select is(t.api('select live || '' '' || lag_ms from ops.horizon()'), 'false 0', 'nobody leads, nothing waits');
select is(t.mutate('t_head', '{"resource": "unit", "kind": "patch", "record": "U2", "set": {"floor": 5}}') ->> 'status', 'applied', 'a change');
create function t.feed(p_from text, p_most int default 100) returns text language sql as $$
  select t.api(format('select string_agg(concat_ws('' '', resource, record = (%L)::uuid, keys_old = keys_new, (select string_agg(k, '','' order by k) from unnest(keys_new) k
    where k ~ ''^[ca]:'')), ''; '') from ops.feed(%L, %s)', '00000000-0000-7000-8000-000000000102', p_from, p_most)) $$;
select is(t.feed(:'tip'), format('unit t t a:%s,c:901', t.id('t_realtor2')), 'is told with whom it concerns');
select t.api('select tip from ops.horizon()') as next \gset
select is(t.feed(:'next'), null, 'once');
select is(t.api(format('select max(cursor) from ops.feed(%L, 100)', :'tip')), :'next', 'its cursor is the tip');
select is(t.mutate('t_head', '{"resource": "unit", "kind": "patch", "record": "U2", "set": {"agent": "t_realtor"}}') ->> 'status', 'applied', 'it changes hands');
select is(t.api(format('select keys_old @> array[%L] and keys_new @> array[%L] from ops.feed(%L, 1)', 'a:' || t.id('t_realtor2'), 'a:' || t.id('t_realtor'), :'next')), 'true',
  'who had it hears of it, and who has it');
select is(t.api('select count(*) = 1 from ops.feed(null, 1)'), 'true', 'at most so many, from the first one kept');
select is(t.api('select count(*) = 1 from ops.feed(null, 0)'), 'true', 'at least one');
select is(t.api(format('with recursive w as (select (select f.cursor from ops.feed(null, 1) f) as c, 1 as n union all
  select (select f.cursor from ops.feed(w.c, 1) f), n + 1 from w where w.c is not null) select max(n) - 1 from w')), (select count(*)::text from domovoi.change_log), 'one by one it is all of it');
select is((select string_agg(c || ' ' || x, ', ') from unnest(array['x', '1', '1.', '-1.2', '1.2; drop', '1e9.1']) c, t.api(format('select 1 from ops.feed(%L, 1)', c)) x
  where x <> 'DM007'), null, 'nonsense is no cursor');
select is(t.api('select count(*) from ops.feed(''9223372036854775807.1'', 10)'), '0', 'nothing comes after the end');
begin;
insert into domovoi.change_log (company_id, resource, record_id, op, version) values (901, 'unit', gen_random_uuid(), 'update', 1);
select is((select count(*)::int from domovoi.change_log l where l.xid = pg_current_xact_id()), 1, 'what is not committed');
select is(t.api(format('select count(*) from ops.feed((select tip from ops.horizon()), 10)')), '0', 'is not told');
rollback;

-- ---- what is thrown away -------------------------------------------------------------------------------------------------
create function t.prune() returns text language sql as $$ select t.api('select string_agg(what || '' '' || rows, '', '' order by what) from ops.prune()') $$;
select t.open('t_head', 'p0') as a \gset
select t.open('t_head', 'q0') as b \gset
select t.rotate('p0', 'p1');
select t.api(format('select auth.close(%L)', :'b'));
select t.api('select auth.wait(''t_head'', ''10.0.0.1'')'), t.api('select auth.failed(''t_head'', ''10.0.0.1'', ''x'')');
insert into domovoi.revoked_jti values (gen_random_uuid(), domovoi.now());
select is(t.prune(), 'attempts 0, revoked 0, sessions 0, tokens 0', 'nothing of today');
select t.later('25 hours');
select is(t.prune(), 'attempts 2, revoked 1, sessions 0, tokens 1', 'after a day attempts, ids of tokens, and the tokens of who is out');
select is(t.ask('t_head', :'a', null, 'select 1') || t.rotate('p1', 'p2'), '1ok', 'not what is alive');
select t.later('6 days 23 hours');
select is(t.prune(), 'attempts 0, revoked 0, sessions 0, tokens 1', 'after a week what was spent');
select is(t.rotate('p0', 'x') || t.rotate('p2', 'p3'), 'unknownok', 'which is unknown then');
select t.later('100 days');
select is(t.prune(), 'attempts 0, revoked 0, sessions 2, tokens 0', 'after ninety days sessions');
select is((select count(*)::int from domovoi.refresh_token), 0, 'with the tokens that were left');
select * from finish();
