-- What is watched live: by what a change is known to concern somebody, the alerts of his own rows, and who has seen them.
\ir fixtures/start.sql
select plan(24);

select is(t.val('t_head', 'select keys::text from api.feed_view()'), '{c:901,c:901}', 'a head: his company''s');
select is(t.val('t_realtor', 'select keys::text from api.feed_view()'),
  format('{a:%s,a:*,a:%1$s}', t.id('t_realtor')), 'an agent: his own');
select is(t.val('t_super', 'select platform::text || coalesce(company, 0) from api.feed_view()'), 'true0', 'the platform: all');
select is(t.val('t_super', 'select company::text from api.feed_view()', 901), '901', 'or the company that it chose');
select is(t.val('t_executor', $$select ('party' = any (resources))::text from api.feed_view()$$), 'false',
  'not what he may not see');
select is(t.val('t_executor', $$select ('alert' = any (resources))::text from api.feed_view()$$), 'true', 'alerts everybody has');
select is(t.err('t_stranger', 'select api.feed_view()'), 'DM009', 'a stranger has no view');

-- a guest who should have come yesterday, of one agent
select is(t.val('t_head', $$select count(*) from api.alerts() where id = 'late_arrivals'$$), '0', 'nothing is late');
select set_config('t.late', id::text, false) from domovoi.reservation where company_id = 901 and agent_id = t.id('t_realtor') limit 1
\gset late_
select isnt(current_setting('t.late', true), null, 'there is a stay of the agent');
set session_replication_role = replica;
update domovoi.reservation set status = 'confirmed', check_in = domovoi.company_today(901) - 1,
  check_out = domovoi.company_today(901) + 2 where id = current_setting('t.late')::uuid;
set session_replication_role = origin;
select is(t.val('t_head', $$select status || count from api.alerts() where id = 'late_arrivals'$$), 'open1', 'late');
select is(t.val('t_realtor', $$select status || count from api.alerts() where id = 'late_arrivals'$$), 'open1', 'for its agent, too');
select is(t.val('t_realtor2', $$select count(*) from api.alerts() where id = 'late_arrivals'$$), '0', 'not for another agent');
select is(t.val('t_head_beta', $$select count(*) from api.alerts() where id = 'late_arrivals'$$), '0', 'nor in another company');

\set id '0198aaaa-0000-7000-8000-000000000001'
select is(t.val('t_head', format($$select act.alert_acknowledge(%L, 'late_arrivals', 60, 'on it') ->> 'status'$$, :'id')), 'acknowledged',
  'somebody looks after it');
select is(t.val('t_head', format($$select act.alert_acknowledge(%L, 'late_arrivals', 60, 'on it') ->> 'status'$$, :'id')), 'acknowledged',
  'told twice');
select is((select count(*) from domovoi.alert_mark), 1::bigint, 'done once');
select is(t.err('t_head', format($$select act.alert_acknowledge(%L, 'late_arrivals', 61, 'on it')$$, :'id')), 'DM008', 'not something else');
select is(t.err('t_realtor', format($$select act.alert_acknowledge(%L, 'late_arrivals', 60, 'on it')$$, :'id')), 'DM008', 'nor by others');
select is(t.val('t_manager', $$select status || seen_by from api.alerts() where id = 'late_arrivals'$$),
  'acknowledgedName of t_head', 'the company''s other people know');
select is(t.val('t_realtor', $$select status from api.alerts() where id = 'late_arrivals'$$), 'open', 'the agent has his own');
select is(t.err('t_auditor', $$select act.alert_acknowledge(gen_random_uuid(), 'late_arrivals')$$), 'DM005', 'who only looks does nothing');
select is(t.err('t_realtor2', $$select act.alert_acknowledge(gen_random_uuid(), 'late_arrivals')$$), 'DM006', 'nobody marks what he does not see');
update domovoi.alert_mark set count = 0;
select is(t.val('t_head', $$select status from api.alerts() where id = 'late_arrivals'$$), 'open', 'one more: open again');
select is(t.val('t_realtor', $$select (api.monitor() -> 'alerts' -> 0 ->> 'id')$$), 'late_arrivals', 'the day says it, too');
select * from finish();
