-- Merging people and parting them again: every row that names them, money, what forbids it; random sequences.
\ir fixtures/start.sql
\ir fixtures/report.sql
select no_plan();

create function t.party(p_login text, p_no text, p_action text, p_args jsonb default '{}') returns jsonb
  language sql as $$ select t.mutate(p_login, jsonb_build_object('resource', 'party', 'kind', 'action', 'record', p_no,
    'action', p_action, 'args', p_args)) $$;
create function t.said(o jsonb) returns text language sql as $$ select coalesce(o ->> 'code', o ->> 'status') $$;
create function t.p(p_no int) returns uuid language sql as $$ select id from domovoi.party where company_id = 901
  and no = p_no $$;
-- everything that names people, without versions and times; the ledger as balances
create function t.picture() returns jsonb language plpgsql as $$
declare r jsonb := '{}'; v text; x jsonb;
begin
  foreach v in array array['party', 'party_pii', 'party_role', 'party_token', 'reservation', 'agreement',
      'agreement_party', 'charge', 'payment', 'account', 'expense', 'occupancy'] loop
    execute format($q$select jsonb_agg(to_jsonb(x) - '{version,updated_at,updated_by}'::text[]
      order by (to_jsonb(x) - '{version,updated_at,updated_by}'::text[])::text) from domovoi.%I x$q$, v) into x;
    r := r || jsonb_build_object(v, x);
  end loop;
  select jsonb_object_agg(account_id, s order by account_id) into x from (select e.account_id, sum(e.amount) as s
    from domovoi.ledger_entry e group by 1 having sum(e.amount) <> 0) y;
  return r || jsonb_build_object('balances', coalesce(x, '{}'));
end $$;
create function t.differs(a jsonb, b jsonb) returns text language sql as $$
  select string_agg(k || ': ' || coalesce((select string_agg(x::text, ' ') from (select jsonb_array_elements(a -> k)
      except select jsonb_array_elements(b -> k)) x), '') || ' -> ' || coalesce((select string_agg(x::text, ' ')
      from (select jsonb_array_elements(b -> k) except select jsonb_array_elements(a -> k)) x), ''), E'\n')
    from jsonb_object_keys(a) k where a -> k <> b -> k and jsonb_typeof(a -> k) = 'array'
$$;

-- 11 and 12 are one person: 12 has a phone, personal data, a stay, an agreement and money
insert into domovoi.party (company_id, no, name, phone, email, note, agent_id) values
  (901, 11, 'Ахметов Данияр', null, 'daniyar@example.com', null, t.id('t_realtor')),
  (901, 12, 'Ахметов Д.', '+77015550012', 'other@example.com', 'Smokes', null),
  (901, 13, 'Akhmetov Daniyar', '+77015550013', null, 'Third', t.id('t_realtor2')),
  (901, 14, 'Sent by twelve', null, null, null, null);
update domovoi.party set referrer_id = t.p(12) where no = 14 and company_id = 901;
insert into domovoi.party_pii (company_id, party_id, birth_date, passport) values (901, t.p(12), '1990-01-02', 'PASS12'),
  (901, t.p(13), '1990-01-02', 'PASS13');
select t.stay('U1', '2026-03-01', '2026-03-05', 1000, p_party => t.p(12)),
  t.stay('U3', '2026-03-01', '2026-03-05', 1000, p_party => t.p(12)),
  t.stay('U3', '2026-04-01', '2026-04-05', 1000, p_party => t.p(13)),
  t.stay('U1', '2026-04-01', '2026-04-05', 1000, p_party => t.p(11)) \g /dev/null
insert into domovoi.agreement (company_id, no, unit_id, party_id, payer_id, starts_on, ends_on, currency, rent)
  select 901, 500, id, t.p(12), t.p(13), '2026-07-01', '2027-07-01', 'KZT', 100000 from domovoi.unit
   where company_id = 901 and code = 'U3';
insert into domovoi.agreement_party (company_id, agreement_id, party_id, role, since)
  select 901, id, p, 'guarantor', '2026-07-01' from domovoi.agreement, unnest(array[t.p(11), t.p(12)]) p where no = 500;
insert into domovoi.expense (company_id, no, kind, amount, currency, incurred_on, vendor_id)
  values (901, 700, 'repair', 100, 'KZT', '2026-05-05', t.p(12));
-- money of a person: 11 owes, 12 has paid in advance, 13 has both and a charge that was voided; an agreement's account
create function t.owe(p_no int, p_amount bigint, p_agreement uuid default null) returns uuid language sql as $$
  select domovoi.add_charge(jsonb_populate_record(null::domovoi.charge, jsonb_build_object('company_id', 901,
    'party_id', t.p(p_no), 'agreement_id', p_agreement, 'kind', 'stay', 'amount', p_amount, 'currency', 'KZT'))) $$;
create function t.pay(p_no int, p_amount bigint, p_agreement uuid default null) returns uuid language sql as $$
  select domovoi.record_payment(jsonb_populate_record(null::domovoi.payment, jsonb_build_object('company_id', 901,
    'party_id', t.p(p_no), 'agreement_id', p_agreement, 'method', 'kaspi', 'amount', p_amount, 'currency', 'KZT')), true) $$;
select t.owe(11, 10000), t.pay(12, 4000), t.owe(13, 700), t.pay(13, 1000),
  t.owe(12, 100000, (select id from domovoi.agreement where no = 500)) \g /dev/null
select domovoi.void_charge(901, t.owe(13, 50), 'wrong') \g /dev/null
-- A17: balance of a receivable = open charges less what is not allocated
create function t.wrong_balances() returns text language sql as $$
  select string_agg(a.no || ': ' || coalesce(l.s, 0) || ' <> ' || coalesce(c.s, 0) - coalesce(p.s, 0), ', ')
    from domovoi.account a
    left join lateral (select sum(e.amount) as s from domovoi.ledger_entry e where e.account_id = a.id) l on true
    left join lateral (select sum(c.amount - c.allocated) as s from domovoi.charge c where c.account_id = a.id
      and c.voided_on is null) c on true
    left join lateral (select sum(p.amount - p.allocated - p.refunded) as s from domovoi.payment p
      where p.account_id = a.id and p.status = 'succeeded') p on true
   where a.kind = 'receivable' and coalesce(l.s, 0) <> coalesce(c.s, 0) - coalesce(p.s, 0) $$;
select is(t.wrong_balances(), null, 'balances are right before');
create table t.was as select t.picture() as p;

-- ---- who may
select is(t.said(t.party(l, '12', 'merge', '{"into": "11"}')), 'DM005', l || ' merges nobody')
  from unnest(array['t_accountant', 't_auditor', 't_dispatcher']) l;
select is(t.said(t.party('t_realtor', '11', 'merge', '{"into": "1"}')), 'DM005', 'an agent not even his own');
select is(t.said(t.party('t_head', '12', 'merge', '{"into": "12"}')), 'DM007', 'nobody into himself');
select is(t.said(t.party('t_head', '12', 'merge', '{}')), 'DM007', 'into somebody');
select is(t.said(t.party('t_head', '12', 'merge', '{"into": "4711"}')), 'DM007', 'who is there');
select is(t.said(t.party('t_head', '12', 'merge', '{"into": "00000000-0000-7000-8000-000000000203"}')), 'DM007',
  'in the same company');
select is(t.said(t.party('t_head', '11', 'unmerge')), 'DM001', 'nobody to part');

-- ---- merged
create table t.done as select t.party('t_head', '12', 'merge', '{"into": "11"}') as o;
select is((select t.said(o) from t.done), 'applied', 'merged');
select is((select string_agg(distinct party_id::text, ' ') from domovoi.reservation r where r.party_id in (t.p(11), t.p(12))),
  t.p(11)::text, 'all stays are the survivor''s');
select is((select party_id from domovoi.agreement where no = 500), t.p(11), 'the agreement');
select is((select vendor_id from domovoi.expense where no = 700), t.p(11), 'the expense');
select is((select referrer_id from domovoi.party where id = t.p(14)), t.p(11), 'who was sent by him');
select is((select count(*)::int from domovoi.agreement_party where party_id = t.p(11)), 1, 'nobody twice in an agreement');
select is(t.val('t_head', $$select concat_ws('|', phone, email, note, agent_label) from api.parties where no = 11$$),
  '+77015550012|daniyar@example.com|Smokes|Name of t_realtor', 'empty fields are filled, his own win');
select is((select passport || ' ' || birth_date from domovoi.party_pii where party_id = t.p(11)), 'PASS12 1990-01-02',
  'personal data, too');
select is(t.val('t_head', $$select status || ' ' || merged_into_label from api.parties where no = 12$$),
  'merged Ахметов Данияр', 'the other one says where');
select is(t.val('t_head', $$select string_agg(p.no::text, ',') from api.party_tokens k join api.parties p using (company, id)
  where k.token in ('12', 'ахметов')$$), '11,11', 'the words of both find the survivor');
select is((select string_agg(distinct a.party_id::text, ' ') from domovoi.charge c join domovoi.account a on a.id = c.account_id
  where c.party_id = t.p(11)), t.p(11)::text, 'his charges are on accounts of the survivor');
select is((select count(distinct account_id)::int from (select account_id from domovoi.charge where party_id = t.p(11)
  and agreement_id is null union select account_id from domovoi.payment where party_id = t.p(11)) x), 1,
  'those of no agreement on one');
select is((select sum(amount)::bigint from domovoi.ledger_entry e join domovoi.account a on a.id = e.account_id
  where a.party_id = t.p(11) and a.agreement_id is null), 6000::bigint, 'which shows what he owes: 10 000 less 4 000');
select is(t.wrong_balances(), null, 'and balances are right');
select is((select to_jsonb(m.moved)::text ~ 'PASS|Smokes|5550012|example' from domovoi.party_merge m
  where merged_id = t.p(12)), false, 'what is kept about it are ids and names of fields');
select is((t.mutate('t_head', '{"resource": "party", "kind": "patch", "record": "12", "set": {"rating": "4"}}')
  ->> 'record')::uuid, t.p(11), 'its number leads to the survivor');
select is((t.mutate('t_head', '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "party": "12",
  "check_in": "2026-11-01", "check_out": "2026-11-02"}}') #>> '{row,party}')::uuid, t.p(11), 'a booking by it, too');
select is(t.said(t.party('t_head', '12', 'merge', '{"into": "11"}')), 'DM007', 'twice is into himself');
delete from domovoi.occupancy where source_id in (select id from domovoi.reservation where check_in = '2026-11-01');
delete from domovoi.reservation where check_in = '2026-11-01';
update domovoi.party set rating = null where id = t.p(11);

-- ---- parted
select is(t.said(t.party('t_accountant', '12', 'unmerge')), 'DM005', 'parted by who may merge');
select is(t.said(t.party('t_head', '12', 'unmerge', '{"party": "12"}')), 'applied', 'parted');
select is(t.differs(p, t.picture()), null, 'everything is as it was') from t.was;

-- ---- undo and redo
create table t.again as select t.party('t_head', '12', 'merge', '{"into": "11"}') as o, gen_random_uuid() as u;
create table t.undone as select t.mutate('t_head', jsonb_build_object('kind', 'undo', 'undo', m.id)) as o
  from domovoi.mutation m where m.record_id = t.p(12) and m.kind = 'action' and m.status = 'applied'
  order by m.recorded_at desc limit 1;
select is((select o ->> 'status' from t.undone), 'applied', 'undo parts them');
select is(t.differs(p, t.picture()), null, 'as it was') from t.was;
select is((select t.mutate('t_head', jsonb_build_object('kind', 'undo', 'undo', m.id)) ->> 'status'
  from domovoi.mutation m where m.kind = 'undo' and m.record_id = t.p(12) order by m.recorded_at desc limit 1), 'applied',
  'redo merges them again');
select is((select merged_into from domovoi.party where id = t.p(12)), t.p(11), 'indeed');
select is((select t.said(t.mutate('t_head', jsonb_build_object('kind', 'undo', 'undo', m.id)))
  from domovoi.mutation m where m.kind = 'undo' and m.record_id = t.p(12) order by m.recorded_at desc limit 1), 'applied',
  'undo again');
select is(t.differs(p, t.picture()), null, 'as it was') from t.was;
select t.party('t_head', '12', 'merge', '{"into": "11"}'), t.party('t_head', '11', 'unmerge') \g /dev/null
select is((select t.said(t.mutate('t_head', jsonb_build_object('kind', 'undo', 'undo', m.id)))
  from domovoi.mutation m where m.kind = 'action' and m.record_id = t.p(11) order by m.recorded_at desc limit 1), 'DM001',
  'parting is taken back by merging, not by undo');

-- ---- money that was used together since
select t.party('t_head', '12', 'merge', '{"into": "11"}') \g /dev/null
select domovoi.allocate(901, p.id, c.id, 4000) from domovoi.payment p, domovoi.charge c where p.amount = 4000
  and c.amount = 10000 \g /dev/null
select is(t.said(t.party('t_head', '11', 'unmerge')), 'DM010', 'not while his payment covers the other''s charge');
select domovoi.allocate(901, p.id, c.id, -4000) from domovoi.payment p, domovoi.charge c where p.amount = 4000
  and c.amount = 10000 \g /dev/null
select is(t.said(t.party('t_head', '11', 'unmerge')), 'applied', 'once that is taken back, it is possible');
select is(t.differs(p, t.picture()), null, 'as it was') from t.was;
select is((select p -> 'balances' from t.was), t.picture() -> 'balances', 'the balances, too');
insert into domovoi.party (company_id, no, name) values (901, 31, 'Voided'), (901, 32, 'Into');
select t.owe(31, 333), t.owe(32, 444) \g /dev/null
select t.party('t_head', '31', 'merge', '{"into": "32"}') \g /dev/null
select domovoi.void_charge(901, id, 'mistake') from domovoi.charge where amount = 333 \g /dev/null
select is(t.wrong_balances(), null, 'a charge that was moved is voided on the account where it is now');
select is(t.said(t.party('t_head', '32', 'unmerge')), 'DM010', 'and then stays there');
select is(t.said(t.party('t_head', '32', 'erase', '{"reason": "asked"}')), 'DM010', 'who owes is not erased');
update t.was set p = t.picture();

-- ---- chains, order, rivals of the past
select is(t.said(t.party('t_head', '12', 'merge', '{"into": "11"}')), 'applied', '12 into 11');
select is(t.said(t.party('t_head', '11', 'merge', '{"into": "13"}')), 'applied', '11 into 13');
select is(t.said(t.party('t_head', '13', 'merge', '{"into": "12"}')), 'DM007', 'no circle: 12 is 13 by now');
select is(domovoi.survivor(901, t.p(12)), t.p(13), 'through both');
select is(t.wrong_balances(), null, 'balances are right');
select is(t.said(t.party('t_head', '12', 'unmerge', '{"party": "12"}')), 'DM001', 'the inner one not before the outer one');
select is(t.said(t.party('t_head', '12', 'unmerge')), 'applied', 'the last one first');
select is(t.said(t.party('t_head', '12', 'unmerge')), 'applied', 'then the other');
select is(t.differs(p, t.picture()), null, 'as it was') from t.was;
select t.party('t_head', '12', 'merge', '{"into": "11"}'), t.party('t_head', '13', 'merge', '{"into": "11"}') \g /dev/null
select is(t.said(t.party('t_head', '11', 'unmerge', '{"party": "12"}')), 'DM010', 'two into one: the later one first');
update domovoi.reservation set party_id = t.p(14) where unit_id = '00000000-0000-7000-8000-000000000103'
  and check_in = '2026-04-01';
select is(t.said(t.party('t_head', '11', 'unmerge')), 'DM003', 'not if a moved stay is somebody else''s by now');
update domovoi.reservation set party_id = t.p(11) where unit_id = '00000000-0000-7000-8000-000000000103'
  and check_in = '2026-04-01';
delete from domovoi.party_role where party_id = t.p(14);
select is(t.said(t.party('t_head', '11', 'unmerge')), 'applied', 'else it is');
select is(t.said(t.party('t_head', '11', 'unmerge')), 'applied', 'both');
select is(t.differs(p, t.picture()), null, 'as it was') from t.was;

-- ---- black list, erased
select t.party('t_head', '12', 'ban', '{"reason": "x"}'), t.party('t_head', '12', 'merge', '{"into": "11"}') \g /dev/null
select is((select status from domovoi.party where id = t.p(11)), 'blacklisted', 'the black list goes along');
select t.party('t_head', '11', 'unmerge') \g /dev/null
select is((select string_agg(status, ' ' order by no) from domovoi.party where no in (11, 12) and company_id = 901),
  'active blacklisted', 'and back');
update domovoi.party set status = 'active', status_reason = null where id = t.p(12);
insert into domovoi.party (company_id, no, name, phone) values (901, 21, 'CANARYONE', '+77015550021'),
  (901, 22, 'CANARYTWO', '+77015550022');
select t.party('t_head', '21', 'merge', '{"into": "22"}') \g /dev/null
select is(t.said(t.party('t_head', '21', 'erase', '{"reason": "asked"}')), 'applied', 'erased as one person');
select is((select string_agg(name || ' ' || status || coalesce(phone, ''), ', ' order by no) from domovoi.party
  where no in (21, 22) and company_id = 901), 'Erased 21 erased, Erased 22 erased', 'both records of him');
select is(t.said(t.party('t_head', '22', 'merge', '{"into": "11"}')), 'DM001', 'nothing is merged of the erased');
select is(t.said(t.party('t_head', '11', 'merge', '{"into": "22"}')), 'DM001', 'nor into them');
select is(t.said(t.party('t_head', '22', 'unmerge')), 'DM001', 'nor parted');
delete from domovoi.party_role where party_id = t.p(22);
update t.was set p = t.picture();

-- ---- random sequences of merges, then all taken back in reverse
select setseed(0.42);
create function t.shuffle(p_rounds int) returns int language plpgsql as $$
declare n int := 0; done jsonb[]; a int; b int; o jsonb; i int;
begin
  for r in 1 .. p_rounds loop
    done := '{}';
    for k in 1 .. 6 loop
      a := 11 + floor(random() * 4); b := 11 + floor(random() * 4);
      o := t.party('t_head', a::text, 'merge', jsonb_build_object('into', b::text));
      if o ->> 'status' = 'applied' then done := done || o; end if;
    end loop;
    n := n + coalesce(cardinality(done), 0);
    for i in reverse coalesce(cardinality(done), 0) .. 1 loop
      o := t.party('t_head', (select y.no::text from domovoi.party y where y.id = (done[i] ->> 'record')::uuid), 'unmerge');
      if o ->> 'status' <> 'applied' then raise exception 'round %: %', r, o; end if;
    end loop;
    if t.wrong_balances() is not null then raise exception 'round %: %', r, t.wrong_balances(); end if;
    if t.differs((select p from t.was), t.picture()) is not null then
      raise exception 'round %: %', r, t.differs((select p from t.was), t.picture());
    end if;
  end loop;
  return n;
end $$;
select cmp_ok(t.shuffle(25), '>', 40, 'twenty-five rounds of random merges come back exactly');
select is((select count(*)::int from domovoi.party where status = 'merged' and no < 31), 0, 'nobody is left merged');
select * from finish();
