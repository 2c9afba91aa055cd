-- The registry: where somebody lives now, what is open with him, and of which flat he is; a merge charges nothing anew.
\ir fixtures/start.sql
\ir fixtures/report.sql
select no_plan();

create function t.p(p_no int) returns uuid language sql as $$ select id from domovoi.party where company_id = 901
  and no = p_no $$;
create function t.said(o jsonb) returns text language sql as $$ select coalesce(o ->> 'code', o ->> 'status') $$;
insert into domovoi.party (company_id, no, name, phone, agent_id) values
  (901, 21, 'Lives here', '+77015550021', t.id('t_realtor')), (901, 22, 'Stays here', '+77015550022', t.id('t_realtor2')),
  (901, 23, 'Was here', null, null), (901, 24, 'Comes later', null, null);
set session_replication_role = replica; -- in the states that time would bring
insert into domovoi.agreement (company_id, no, unit_id, party_id, starts_on, ends_on, currency, rent, status)
  select 901, 600 + n, u.id, t.p(p), a, b, 'KZT', 100000, s from (values
    (1, 'U1', 21, domovoi.company_today(901) - 30, domovoi.company_today(901) + 30, 'active'),
    (2, 'U1', 23, domovoi.company_today(901) - 300, domovoi.company_today(901) - 30, 'expired'),
    (3, 'U3', 24, domovoi.company_today(901) + 300, domovoi.company_today(901) + 600, 'active')) v (n, u, p, a, b, s)
  join domovoi.unit u on u.company_id = 901 and u.code = v.u;
set session_replication_role = origin;
select t.stay('U3', domovoi.company_today(901) - 1, domovoi.company_today(901) + 2, 1000, p_status => 'checked_in',
  p_party => t.p(22)) \g /dev/null

select is(t.val('t_head', $$select string_agg(no || ':' || coalesce(home, '-'), ' ' order by no) from api.parties
  where no between 21 and 24$$), '21:U1 22:U3 23:- 24:-', 'where somebody lives now: an agreement in force, a stay inside');
select is(t.val('t_head', $$select string_agg(id::text || value, ' ' order by value) from api.party_home
  where id in (select id from api.parties where no between 21 and 24)$$), t.p(21) || 'U1 ' || t.p(22) || 'U3',
  'home=U1 asks the same');
select is(t.val('t_head', $$select string_agg(p.no::text, ' ') from api.parties p where company = 901
  and exists (select from api.party_home k where k.company = 901 and k.id = p.id and k.value = 'U1')$$), '21',
  'as lists ask it');
select is(t.count('t_owner', 'api.party_home'), 0, 'an owner of property finds nobody');
select is(t.count('t_realtor2', $$api.party_home where value = 'U1'$$), 0, 'an agent none of another''s people');

-- ---- what is open
select domovoi.add_charge(jsonb_populate_record(null::domovoi.charge, jsonb_build_object('company_id', 901, 'party_id',
  t.p(21), 'kind', 'stay', 'amount', 7000, 'currency', c))) from unnest(array['KZT', 'USD']) c \g /dev/null
select is(t.val('t_head', $$select balance_minor || ' ' || currency from api.parties where no = 21$$), '7000 KZT',
  'the balance in the company''s own currency');
select is(t.val('t_head', $$select concat(balance_minor, currency) from api.parties where no = 23$$), '',
  'nothing where there is no account');
select is(t.val('t_dispatcher', $$select concat(balance_minor) from api.parties where no = 21$$), '',
  'nor for who sees no money');

-- ---- a stay from before the books comes to the survivor without a charge
set session_replication_role = replica;
update domovoi.reservation set imported = false, status = 'completed' where party_id = t.p(22);
set session_replication_role = origin;
create table t.charges as select id, voided_on from domovoi.charge;
select is(t.said(t.mutate('t_head', '{"resource": "party", "kind": "action", "record": "22", "action": "merge",
  "args": {"into": "21"}}')), 'applied', 'merged');
select is((select party_id from domovoi.reservation where unit_id = (select id from domovoi.unit where code = 'U3'
  and company_id = 901) and party_id = t.p(21)), t.p(21), 'his stay is the survivor''s');
select set_eq('select id, voided_on from domovoi.charge', 'select * from t.charges', 'and nothing was charged for it');
select is(t.said(t.mutate('t_head', '{"resource": "party", "kind": "action", "record": "21", "action": "unmerge"}')),
  'applied', 'parted again');
select set_eq('select id, voided_on from domovoi.charge', 'select * from t.charges', 'nor then');
select is(t.said(t.mutate('t_head', (select jsonb_build_object('resource', 'reservation', 'kind', 'patch', 'record', no,
  'set', jsonb_build_object('party', '23')) from domovoi.reservation where party_id = t.p(22)))), 'applied',
  'given to somebody else');
select isnt((select count(*)::int from domovoi.charge c where c.party_id = t.p(23)), 0, 'it is charged: another person');

select * from finish();
