-- What the screens of agreements ask: a change tried and taken back says what the change then does; the last account
-- in one change; the rent roll in parts. "Now" is 2026-06-16.
\ir fixtures/start.sql
\ir fixtures/report.sql
select * from no_plan();

create function t.do(p_login text, p_record text, p_action text, p_args jsonb default '{}') returns text language sql as $$
  select case x ->> 'status' when 'applied' then 'applied' else concat_ws(' ', x ->> 'code', nullif(x ->> 'field', '')) end
    from t.mutate(p_login, jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', p_record, 'action',
      p_action, 'args', p_args)) x
$$;
create function t.new(p_set jsonb, p_login text default 't_head') returns text language sql as $$
  select coalesce(x #>> '{row,no}', concat_ws(' ', x ->> 'code', x ->> 'field')) from t.mutate(p_login,
    jsonb_build_object('resource', 'agreement', 'kind', 'create', 'set',
    '{"unit": "U3", "party": "1", "starts_on": "2026-06-10", "ends_on": "2027-06-10", "rent": "300000", "deposit": "300000"}' || p_set)) x
$$;
-- What a trial says, a line a row: part, kind, days, amounts.
create function t.tried(p_record text, p_action text, p_args jsonb, p_login text default 't_head') returns text
  language sql as $$
  select t.val(p_login, format($q$select string_agg(concat_ws(' ', part, what, from_on, to_on, amount_minor / 100, open_minor / 100, note), '; ')
    from report.agreement_preview(%L, %L, %L)$q$, p_action, p_record, p_args::text))
$$;
create function t.charges(p_no text) returns text language sql as $$
  select string_agg(concat_ws(' ', c.kind, c.amount / 100, (c.amount - c.allocated) / 100, c.note), '; ' order by c.due_on, c.kind, c.amount)
    from domovoi.charge c join domovoi.agreement a on a.company_id = c.company_id and a.id = c.agreement_id
   where a.company_id = 901 and a.no = p_no::bigint and c.voided_on is null
$$;
create function t.count_all() returns text language sql as $$
  select concat_ws(' ', (select count(*) from domovoi.agreement), (select count(*) from domovoi.agreement_line),
    (select count(*) from domovoi.charge), (select count(*) from domovoi.ledger_entry), (select count(*) from domovoi.payment),
    (select count(*) from domovoi.deposit_move), (select count(*) from domovoi.occupancy),
    (select sum(last) from domovoi.company_counter), (select count(*) from domovoi.change_log)) $$;

-- ---- a new one -------------------------------------------------------------------------------------------------------

select t.count_all() as before \gset
select is(t.tried(null, 'create', '{"unit": "U3", "party": "1", "starts_on": "2026-06-10", "ends_on": "2027-06-10", "rent": "300000", "deposit": "300000", "parking": "15000"}'),
  'agreement active 2026-06-10 2027-06-10 300000; line rent 2026-06-10 2027-06-10 300000; line parking 2026-06-10 2027-06-10 15000; '
  'new rent 2026-06-10 2026-07-01 210000 210000; new parking 2026-06-10 2026-07-01 10500 10500; new deposit 300000 300000; '
  'deposit required 0 300000; balance 520500', 'what will be charged first, by its days');
select is(t.count_all(), :'before', 'and nothing of it is there');
select is(t.val('t_realtor', $$select count(*) from report.agreement_preview('create', null,
  '{"unit": "U1", "party": "1", "starts_on": "2029-08-10", "ends_on": "2030-06-10", "rent": "300000"}') where part = 'agreement'$$), '1',
  'who draws up without signing sees it, too');
select is(t.err('t_auditor', $$select * from report.agreement_preview('create', null, '{"unit": "U3", "party": "1", "starts_on": "2026-08-10", "ends_on": "2027-06-10", "rent": "1"}')$$),
  'DM005', 'who may not draw up does not try');
select t.new('{"parking": "15000"}') as a \gset
select is((select string_agg(l.kind || ' ' || l.amount, ', ' order by l.kind) from domovoi.agreement_line l join domovoi.agreement a
  on a.id = l.agreement_id and a.no = :a::bigint where a.company_id = 901), 'parking 1500000, rent 30000000', 'drawn up with all it costs');
select is(t.val('t_head', format('select concat_ws('' '', parking_minor, utilities_minor) from api.agreements where no = %s', :a)), '1500000', 'and so it is seen');
select is(t.new('{"parking": "-1"}'), 'DM007 parking', 'no negative parking');
select is(t.tried(:'a', 'sign', '{}') ~ 'agreement active .*new rent 2026-06-10 2026-07-01 210000 210000; ', true, 'what signing brings');
select is(t.do('t_head', :'a', 'sign'), 'applied', 'signed');
select is(t.charges(:'a'), 'parking 10500 10500; rent 210000 210000; deposit 300000 300000', 'that is what came');
select is(t.err('t_head', $$select * from report.agreement_preview('create', null, '{"unit": "U3", "party": "1", "starts_on": "2026-08-10", "ends_on": "2027-09-10", "rent": "1"}')$$),
  'DM004', 'two at once are refused while one types');
update domovoi.party set status = 'blacklisted', status_reason = 'x' where company_id = 901 and no = 2;
select is(t.err('t_head', $$select * from report.agreement_preview('create', null, '{"unit": "U3", "party": "2", "starts_on": "2027-08-10", "ends_on": "2028-09-10", "rent": "1"}')$$),
  'DM011', 'and who is on the black list');
update domovoi.party set status = 'active', status_reason = null where company_id = 901 and no = 2;

-- ---- amounts, extension --------------------------------------------------------------------------------------------------

select is(t.do('t_head', :'a', 'change_line', '{"kind": "parking", "amount": "20 000,50", "from": "2026-07-01"}'), 'applied', 'major units');
select is((select l.amount from domovoi.agreement_line l join domovoi.agreement a on a.id = l.agreement_id and a.no = :a::bigint
  where a.company_id = 901 and l.kind = 'parking' order by l.from_on desc limit 1), 2000050::bigint, 'as they were typed');
select is(t.do('t_head', :'a', 'change_line', '{"kind": "parking", "amount": "1.234"}'), 'DM007 amount', 'not finer than the currency');
select is(t.do('t_head', :'a', 'extend', '{"until": "2027-12-10", "rent": "0"}'), 'DM007 rent', 'never for nothing');
select is(t.tried(:'a', 'extend', '{"until": "2027-12-10", "rent": "330000"}') ~ 'line rent 2027-06-10 2027-12-10 330000', true, 'another rent from the old end on');
select is(t.do('t_head', :'a', 'extend', '{"until": "2027-12-10", "rent": "330000"}'), 'applied', 'extended');
select is((select string_agg(concat_ws(' ', l.amount / 100, l.from_on, l.to_on), ', ' order by l.from_on) from domovoi.agreement_line l
  join domovoi.agreement a on a.id = l.agreement_id and a.no = :a::bigint where a.company_id = 901 and l.kind = 'rent'),
  '300000 2026-06-10 2027-06-10, 330000 2027-06-10 2027-12-10', 'in one change');
select is(t.do('t_head', :'a', 'extend', '{"until": "2027-12-20", "rent": "330000"}'), 'applied', 'with the same rent');
select is((select count(*) from domovoi.agreement_line l join domovoi.agreement a on a.id = l.agreement_id and a.no = :a::bigint
  where a.company_id = 901 and l.kind = 'rent'), 2::bigint, 'no line more');

select is(t.val('t_head', format($q$select outcome from act.preview('[{"resource": "agreement", "kind": "action", "record": "%s", "action": "index", "args": {"bp": "500", "from": "2027-09-01"}}]')$q$, :a)),
  'change', 'many are indexed at once: another rent is a change');
select is(t.val('t_head', format($q$select outcome from act.preview('[{"resource": "agreement", "kind": "patch", "record": "%s", "set": {"due_day": "1"}}]')$q$, :a)),
  'same', 'what is so already is not');

-- ---- the last account ----------------------------------------------------------------------------------------------------

select (t.mutate('t_head', jsonb_build_object('resource', 'payment', 'kind', 'create', 'set', jsonb_build_object('agreement',
  :'a', 'method', 'cash', 'amount', '520500')))) ->> 'record' as paid \gset
select is((t.mutate('t_manager', jsonb_build_object('resource', 'payment', 'kind', 'action', 'record', :'paid', 'action',
  'confirm'))) ->> 'status', 'applied', 'all of it is paid') where (select status from domovoi.payment where id = :'paid') <> 'succeeded';
select is((select held from domovoi.deposit d join domovoi.agreement a on a.id = d.agreement_id and a.no = :a::bigint
  where a.company_id = 901), 30000000::bigint, 'the deposit is held');
select is(t.tried(:'a', 'settle', '{"reason": "x", "on": "2026-06-25", "deductions": "15000 cleaning; 40 000 the door", "return": "cash"}'),
  t.tried(:'a', 'settle', '{"reason": "x", "on": "2026-06-25", "deductions": "15000 cleaning; 40 000 the door", "return": "cash", "late_fees": "yes"}'),
  'late fees unless told');
select t.count_all() as before \gset
select is(regexp_replace(t.tried(:'a', 'settle', '{"reason": "x", "on": "2026-06-25", "deductions": "15000 cleaning; 40 000 the door", "return": "cash"}'), '^.*(move )', '\1'),
  'move returned 245000 x; deposit part_returned 0 300000; balance -63000', 'the end of it');
select is(t.count_all(), :'before', 'tried');
select is(t.do('t_head', :'a', 'settle', '{"on": "2026-06-25"}'), 'DM002 reason', 'why does it end');
select is(t.do('t_head', :'a', 'settle', '{"reason": "x", "deductions": "cleaning 15000"}'), 'DM007 deductions', 'amount first');
select is(t.do('t_head', :'a', 'settle', '{"reason": "x", "deductions": "15000"}'), 'DM007 deductions', 'and what for');
select is(t.do('t_head', :'a', 'settle', '{"reason": "x", "deductions": "0 cleaning"}'), 'DM007 deductions', 'something');
select is(t.do('t_head', :'a', 'settle', '{"reason": "x", "return": "gold"}'), 'DM007 return', 'cash or transfer');
select is(t.do('t_head', :'a', 'settle', '{"reason": "x", "late_fees": "maybe"}'), 'DM007 late_fees', 'yes or no');
select is(t.do('t_head', :'a', 'settle', '{"reason": "x", "on": "2026-06-01"}'), 'DM011 on', 'not before it began');
select is(t.do('t_realtor', :'a', 'settle', '{"reason": "x"}') in ('DM005', 'DM006'), true, 'nor by everybody');
select is(t.count_all(), :'before', 'a refusal leaves nothing behind');
create function t.close(p_upto date) returns void language sql as $$ insert into domovoi.period_lock (company_id, no,
  upto, at) values (901, domovoi.next_no(901, 'period_lock'), p_upto, domovoi.now()) $$;
select t.close('2026-06-16') \g /dev/null
select is(split_part(t.do('t_head', :'a', 'settle', '{"reason": "x", "on": "2026-06-25"}'), ' ', 1), 'DM012', 'not on a day that is closed');
select is((select status from domovoi.agreement where company_id = 901 and no = :a), 'active', 'whole');
select t.close('2026-05-31') \g /dev/null
select is(t.do('t_head', :'a', 'settle', '{"reason": "x", "on": "2026-06-25", "deductions": "15000 cleaning; 40 000 the door", "return": "cash"}'),
  'applied', 'then done');
select is(t.charges(:'a'), 'parking 7500 0; rent 150000 0; adjustment 15000 0 cleaning; adjustment 40000 0 the door; deposit 300000 0', 'as was said');
select is((select string_agg(concat_ws(' ', m.kind, m.amount / 100, m.reason), '; ' order by m.no) from domovoi.deposit_move m
  join domovoi.deposit d on d.id = m.deposit_id join domovoi.agreement a on a.id = d.agreement_id and a.no = :a::bigint where a.company_id = 901),
  'received 300000; deducted 15000 cleaning; deducted 40000 the door; returned 245000 x', 'move by move');
select is((select concat_ws(' ', status, terminated_on) from domovoi.agreement where company_id = 901 and no = :a), 'terminated 2026-06-25', 'over');
select is(t.do('t_head', :'a', 'settle', '{"on": "2026-06-24"}'), 'DM001 on', 'not on another day again');
select is(t.do('t_head', :'a', 'settle', '{"deductions": "1000 a key"}'), 'applied', 'what is found later');
select is((select domovoi.open_of(901, x.id) from domovoi.account x join domovoi.agreement a on a.id = x.agreement_id and a.no = :a::bigint
  where x.company_id = 901 and x.kind = 'receivable'), -6200000::bigint, 'is paid by what is there');

-- without a deposit, and with one that came in part
select t.new('{"deposit": "0", "starts_on": "2026-06-26", "ends_on": "2026-12-26"}') as b \gset
select t.do('t_head', :'b', 'sign') \g /dev/null
select is(t.do('t_head', :'b', 'settle', '{"reason": "x", "on": "2026-06-29", "deductions": "500 a lamp", "return": "cash"}'), 'applied', 'no deposit');
select is(t.charges(:'b'), 'adjustment 500 500 a lamp; rent 30000 30000', 'then it is owed');
select t.new('{"starts_on": "2026-06-29", "ends_on": "2026-12-26"}') as c \gset
select t.do('t_head', :'c', 'sign') \g /dev/null
select is(t.do('t_head', :'c', 'settle', '{"reason": "x", "on": "2026-06-30", "deductions": "500 a lamp", "return": "cash"}'), 'applied', 'a deposit that never came');
select is(t.charges(:'c'), 'adjustment 500 500 a lamp; rent 10000 10000', 'is not asked for any more');

-- a rent roll in parts
select is(t.val('t_head', 'select count(*) from report.leases()'), t.val('t_head', 'select count(*) from report.rent_roll()'), 'all of it');
select is(t.val('t_head', 'select count(*) from report.leases(part => ''let'')'), t.val('t_head', 'select count(*) from report.rent_roll() where agreement is not null'), 'what is let');
select is(t.val('t_head', 'select count(*) from report.leases(part => ''vacant'')'), t.val('t_head', 'select count(*) from report.rent_roll() where agreement is null'), 'what is not');
select is(t.val('t_head', 'select count(*) from report.leases("limit" => 1)'), t.val('t_head', 'select least(count(*), 1) from report.rent_roll()'), 'so many rows');
select is(t.err('t_head', 'select * from report.leases(part => ''some'')'), 'DM007', 'a known part');
select is(t.err('t_head', 'select * from report.leases(sort => ''colour'')'), 'DM007', 'a known order');
select is(t.err('t_support', 'select * from report.leases()'), 'DM005', 'for whom the rent roll is');
select is(t.rows('t_head_beta', 'select total_rent_minor, total_held_minor, total_balance_minor, total_rows from report.leases() limit 1'),
  t.rows('t_head_beta', 'select sum(rent_minor) as total_rent_minor, sum(deposit_held_minor) as total_held_minor, sum(balance_minor) as total_balance_minor, count(*) as total_rows
    from report.rent_roll() having count(*) > 0'), 'its totals are those of the whole');
select is((select string_agg(k, ',') from (select sum(amount)::text as k from domovoi.ledger_entry group by company_id, currency having sum(amount) <> 0) x), null, 'the ledger sums to zero');

-- ---- deductions as people write them
select is((select string_agg(amount || ' ' || reason, '; ') from domovoi.deductions(v, 'KZT')), w, v) from (values
  ('15000 cleaning; 40 000 the door', '1500000 cleaning; 4000000 the door'), (E'1 200 000,50 walls', '120000050 walls'),
  ('7 keys', '700 keys'), (E'12\u00a0500\u202fpaint', '1250000 paint'), ('', null), (' ; ', null)) d (v, w);
select throws_ok(format('select * from domovoi.deductions(%L, ''KZT'')', v), 'DM007', null, 'not read as a number: ' || v)
  from unnest(array['15000 2 doors', '1 50 lamp', '0 nothing', '-5 door', 'door', '12', '1,234 lamp', '99999999999999999999 all']) v;
-- who does not see charges sees no money in a trial
insert into domovoi.user_permission (company_id, user_id, permission, granted, granted_at) values (901, t.id('t_manager'), 'charge.view', false, now());
select is(t.val('t_manager', $$select string_agg(distinct part, ' ' order by part) from report.agreement_preview('create', null,
  '{"unit": "U1", "party": "1", "starts_on": "2029-08-10", "ends_on": "2030-06-10", "rent": "300000", "deposit": "1"}')$$), 'agreement line',
  'nor deposits and balances either');
delete from domovoi.user_permission where permission = 'charge.view' and user_id = t.id('t_manager');
select * from finish();
