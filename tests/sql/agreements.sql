-- Agreements: who may draw up, sign, change and end them, what stands against it, the nights they use, what is taken
-- back. "Now" is 2026-06-16.
\ir fixtures/start.sql
\ir fixtures/report.sql
select * from no_plan();

create function t.do(p_login text, p_resource text, p_kind text, p_record text, p_rest jsonb default '{}') returns jsonb language sql as $$
  select t.mutate(p_login, jsonb_strip_nulls(jsonb_build_object('resource', p_resource, 'kind', p_kind, 'record', p_record)) || p_rest)
$$;
create function t.said(x jsonb) returns text language sql as $$
  select case x ->> 'status' when 'applied' then 'applied' else concat_ws(' ', x ->> 'code', x ->> 'message', nullif(x ->> 'detail', '')) end
$$;
create function t.draft(p_login text, p_set jsonb) returns text language sql as $$
  select coalesce(x #>> '{row,no}', x ->> 'code') from t.do(p_login, 'agreement', 'create', null,
    jsonb_build_object('set', '{"unit": "U3", "party": "1", "starts_on": "2026-07-01", "ends_on": "2027-07-01", "rent": "150000", "deposit": "150000"}' || p_set)) x
$$;
create function t.deed(p_login text, p_no text, p_action text, p_args jsonb default '{}') returns text language sql as $$
  select t.said(t.do(p_login, 'agreement', 'action', p_no, jsonb_build_object('action', p_action, 'args', p_args)))
$$;
create function t.code(p_login text, p_no text, p_action text, p_args jsonb default '{}') returns text language sql as $$
  select split_part(t.deed(p_login, p_no, p_action, p_args), ' ', 1)
$$;
create function t.edit(p_login text, p_no text, p_set jsonb) returns text language sql as $$
  select t.said(t.do(p_login, 'agreement', 'patch', p_no, jsonb_build_object('set', p_set)))
$$;
create function t.agr(p_no text) returns domovoi.agreement language sql as $$ select * from domovoi.agreement where company_id = 901 and no = p_no::bigint $$;
create function t.nights(p_no text) returns text language sql as $$
  select string_agg((select u.code from domovoi.unit u where u.id = o.unit_id) || ' ' || o.check_in || '..' || o.check_out, ', ' order by o.check_in, (select u.code from domovoi.unit u where u.id = o.unit_id))
    from domovoi.occupancy o where o.source_id = (t.agr(p_no)).id
$$;
create function t.lines(p_no text) returns text language sql as $$
  select string_agg(l.kind || ' ' || l.amount || ' ' || l.from_on || '..' || l.to_on, ', ' order by l.kind, l.from_on)
    from domovoi.agreement_line l where l.agreement_id = (t.agr(p_no)).id
$$;
-- what could be done and what not: "action" or "action:CODE"
create function t.possible(p_login text, p_no text) returns text language sql as $$
  select t.val(p_login, format('select string_agg(action || coalesce('':'' || code, ''''), '' '') from api.actions(''agreements'', %L)', p_no))
$$;

-- ---- drawing up -----------------------------------------------------------------------------------------------------

select t.draft('t_head', '{}') as a \gset
select is((select concat_ws(' ', status, no, currency, rent, deposit, due_day, notice_days, kind, agent_id is null) from t.agr(:'a')),
  'draft 1 KZT 15000000 15000000 1 30 lease t', 'a draft, in the company''s money');
select is(t.lines(:'a'), 'rent 15000000 2026-07-01..2027-07-01', 'with its rent');
select is(t.nights(:'a'), null, 'which takes no night');
select is(t.rows('t_head', $$select no, unit_label, party_label, status, rent_minor, rent_now_minor, deposit_minor, days_left, version from api.agreements$$),
  '[{"no": 1, "status": "draft", "version": 1, "days_left": null, "rent_minor": 15000000, "unit_label": "Flat three", "party_label": "Семёнова Айгерим", "deposit_minor": 15000000, "rent_now_minor": null}]',
  'as it is seen');
select is(t.draft('t_head', '{"unit": ""}'), 'DM007', 'a unit is needed');
select is(t.draft('t_head', '{"party": ""}'), 'DM007', 'and a tenant');
select is(t.draft('t_head', '{"party": "99"}'), 'DM007', 'who exists');
select is(t.draft('t_head', '{"rent": ""}'), 'DM007', 'and a rent');
select is(t.draft('t_head', '{"rent": "0"}'), 'DM007', 'that is one');
select is(t.draft('t_head', '{"rent": "1.234"}'), 'DM007', 'in whole minor units');
select is(t.draft('t_head', '{"ends_on": "2026-07-01"}'), 'DM007', 'and a night');
select is(t.draft('t_head', '{"ends_on": "2026-06-30"}'), 'DM007', 'forwards');
select is(t.draft('t_head', '{"ends_on": "2077-07-01"}'), 'DM007', 'within fifty years');
select is(t.draft('t_head', '{"due_day": "32"}'), 'DM007', 'a day that some month has');
select is(t.draft('t_head', '{"due_day": "0"}'), 'DM007', 'and no day before the first');
select is(t.draft('t_head', '{"late_fee": "nothing"}'), 'DM007', 'a policy that exists');
select is(t.draft('t_head', '{"kind": "joke"}'), 'DM007', 'a kind that exists');
select is(t.draft('t_head', '{"status": "active"}'), 'DM007', 'no state by hand');
select is(t.draft(l, '{}'), c, 'who may draw up: ' || l) from (values ('t_accountant', 'DM005'), ('t_auditor', 'DM005'), ('t_dispatcher', 'DM005'),
  ('t_executor', 'DM005'), ('t_owner', 'DM005'), ('t_support', 'DM005'), ('t_moderator', 'DM005'), ('t_head_beta', 'DM007'), ('t_realtor', 'DM007')) v (l, c);
select is(t.draft('t_realtor', '{"unit": "U1", "starts_on": "2028-01-01", "ends_on": "2028-12-31"}'), '2', 'an agent, of his unit and tenant');
select is(t.draft('t_realtor', '{"unit": "U2"}'), 'DM007', 'not of another''s unit');
select is(t.draft('t_realtor', '{"unit": "U1", "party": "2"}'), 'DM007', 'nor tenant');
update domovoi.unit set archived_at = domovoi.now() where code = 'H-1c';
select is(t.draft('t_head', '{"unit": "H-1c"}'), 'DM001', 'not of an archived unit');
insert into domovoi.offering (company_id, unit_id, mode, price, currency, price_per) select 901, id, 'long_rent', 90000, 'EUR', 'month' from domovoi.unit where code = 'H-1a';
select t.draft('t_head', '{"unit": "H-1a", "rent": ""}') as eur \gset
select is((select concat_ws(' ', rent, currency, deposit) from t.agr(:'eur')), '90000 EUR 15000000', 'rent and currency of the offer');
select t.draft('t_head', '{"unit": "H-1b", "currency": "JPY", "rent": "70000", "deposit": "1"}') as jpy \gset
select is((select concat_ws(' ', rent, currency, deposit) from t.agr(:'jpy')), '70000 JPY 1', 'a currency without minor units');

-- editing a draft
select is(t.edit('t_head', :'a', '{"rent": "160000", "ends_on": "2027-06-30", "due_day": "31", "terms": "No dogs"}'), 'applied', 'a draft is edited');
select is(t.lines(:'a'), 'rent 16000000 2026-07-01..2027-06-30', 'its rent follows');
select is((select concat_ws(' ', rent, ends_on, due_day, terms, version) from t.agr(:'a')), '16000000 2027-06-30 31 No dogs 2', 'and is kept');
select is(t.edit('t_head', :'a', '{"party": ""}'), 'DM007 A value is required.', 'not without a tenant');
select is(t.edit('t_head', :'a', '{"ends_on": "2026-07-01"}'), 'DM007 The agreement must end after it begins. 2026-07-01', 'nor a night');
select is(t.edit('t_head', :'a', '{"currency": "EUR"}'), 'DM007 This field cannot be set. EUR', 'the currency stays');
select is(t.edit('t_realtor', :'a', '{"terms": "x"}'), 'DM006 There is no such record. ' || (t.agr(:'a')).id, 'an agent does not reach another''s');
select is(t.said(t.do('t_head', 'agreement', 'patch', :'a', '{"base_version": 1, "set": {"terms": "late"}}')), 'DM003 Somebody has changed the record since you read it. version 2', 'nobody is overwritten');

-- lines
create function t.line(p_login text, p_no text, p_set jsonb) returns text language sql as $$
  select t.said(t.do(p_login, 'agreement_line', 'create', null, jsonb_build_object('set', jsonb_build_object('agreement', p_no) || p_set))) $$;
select is(t.line('t_head', :'a', '{"kind": "utilities", "amount": "20000"}'), 'applied', 'a line more');
select is(t.line('t_head', :'a', '{"kind": "rent", "amount": "20000"}'), 'DM011 There is one rent at a time.', 'but one rent');
select is(t.line('t_head', :'a', '{"kind": "parking", "amount": "5000", "from_on": "2026-06-30"}'), 'DM011 A line lies within the days of its agreement. 2026-07-01 - 2027-06-30', 'within its days');
select is(t.line('t_head', :'a', '{"kind": "parking", "amount": "5000", "to_on": "2027-07-01"}'), 'DM011 A line lies within the days of its agreement. 2026-07-01 - 2027-06-30', 'to the last');
select is(t.line('t_head', :'a', '{"kind": "dance", "amount": "5000"}'), 'DM007 The value is not valid.', 'of a known kind');
select is(t.line('t_head', '77', '{"kind": "parking", "amount": "5000"}'), 'DM007 There is no such record. 77', 'of an agreement that exists');
select is(t.line('t_realtor', :'a', '{"kind": "parking", "amount": "5000"}'), 'DM006 There is no such record. ' || (t.agr(:'a')).id, 'that one reaches');
select is(t.line('t_accountant', :'a', '{"kind": "parking", "amount": "5000"}'), 'DM005 You may not do this. agreement.edit', 'and may edit');
select is(t.line('t_head', :'a', '{"kind": "parking", "amount": "5000", "from_on": "2026-08-01", "to_on": "2026-09-01"}'), 'applied', 'for a month');
select is(t.lines(:'a'), 'parking 500000 2026-08-01..2026-09-01, rent 16000000 2026-07-01..2027-06-30, utilities 2000000 2026-07-01..2027-06-30', 'all of them');
select is(t.edit('t_head', :'a', '{"starts_on": "2026-08-15"}'), 'DM011 A line of the agreement lies outside these dates.', 'what its dates would cut off stands in the way');
select id as parking from domovoi.agreement_line where kind = 'parking' \gset
select id as rent from domovoi.agreement_line where agreement_id = (t.agr(:'a')).id and kind = 'rent' \gset
select is(t.said(t.do('t_head', 'agreement_line', 'patch', :'rent', '{"set": {"amount": "150000"}}')), 'applied', 'a draft''s rent by its line');
select is((t.agr(:'a')).rent, 15000000::bigint, 'is the agreement''s');
select is(t.said(t.do('t_head', 'agreement_line', 'action', :'parking', '{"action": "delete"}')), 'applied', 'a line is taken off');
select is(t.edit('t_head', :'a', '{"starts_on": "2026-06-20"}'), 'applied', 'earlier');
select is(t.lines(:'a'), 'rent 15000000 2026-06-20..2027-06-30, utilities 2000000 2026-06-20..2027-06-30', 'all lines from the first day move with it');

-- ---- two drafts, one is signed ---------------------------------------------------------------------------------------

select t.draft('t_head', '{"party": "2", "starts_on": "2027-06-29", "ends_on": "2028-06-29"}') as b \gset
select is(t.possible('t_head', :'a'), 'renew:DM001 sign withdraw_notice:DM001 give_notice:DM001 terminate:DM001 void extend:DM001 index:DM001 change_line:DM001 add_party remove_party settle:DM001 settle_deposit:DM001', 'a draft: what can be done');
select is(t.code(l, :'a', 'sign'), c, 'who signs: ' || l) from (values ('t_accountant', 'DM005'), ('t_auditor', 'DM005'), ('t_support', 'DM005'),
  ('t_dispatcher', 'DM006'), ('t_executor', 'DM006'), ('t_realtor', 'DM006'), ('t_owner', 'DM006'), ('t_moderator', 'DM005')) v (l, c);
select is(t.code('t_realtor', '2', 'sign'), 'DM005', 'an agent does not sign, not even his own');
select is(t.deed('t_head', :'a', 'give_notice', '{"reason": "x"}'), 'DM001 The agreement is a draft.', 'no notice of a draft');
select is(t.deed('t_head', :'a', 'expire'), 'DM005 You may not do this.', 'running out is the system''s');
select is(t.deed('t_head', :'a', 'undo'), 'DM005 You may not do this.', 'and so is the way back');
select is(t.deed('t_head', :'a', 'dance'), 'DM007 There is no such action. dance', 'what is no action is nobody''s');
select is(t.deed('t_manager', :'a', 'sign'), 'applied', 'a manager signs');
select is((select concat_ws(' ', status, signed_at = domovoi.now()) from t.agr(:'a')), 'active t', 'it is in force');
select is(t.nights(:'a'), 'U3 2026-06-20..2027-06-21, U3 2027-06-21..2027-06-30', 'and uses its unit, by the year');
select is(t.deed('t_head', :'b', 'sign'), 'DM004 The unit is let on these dates. U3 2026-06-20 - 2027-06-30', 'the other comes too late by one night');
select is(t.val('t_head', format($$select concat_ws(' ', code, reason, detail, remedy) from api.actions('agreements', %L) where action = 'sign'$$, :'b')),
  'DM004 The unit is let on these dates. U3 2026-06-20 - 2027-06-30 Choose other dates or another unit.', 'and may know before');
select is(t.edit('t_head', :'b', '{"starts_on": "2027-06-30"}'), 'applied', 'from the last day of the first');
select is(t.deed('t_head', :'b', 'sign'), 'applied', 'they meet');
select is(t.nights(:'b'), 'U3 2027-06-30..2028-06-29', 'back to back');
select is(t.deed('t_head', :'b', 'sign'), 'DM001 The agreement is signed already. active', 'once');
select is(t.possible('t_head', :'a'), 'renew:DM001 sign:DM001 withdraw_notice:DM001 give_notice terminate void:DM001 extend index change_line add_party remove_party settle settle_deposit:DM001', 'an active one: what can be done');
select is((select string_agg(coalesce(from_state, '-') || '>' || to_state, ' ' order by id) from domovoi.status_event where record_id = (t.agr(:'a')).id), '->draft draft>active', 'history');
select is((select count(distinct resource)::int from domovoi.change_log where record_id = (t.agr(:'a')).id and resource = 'agreement'), 1, 'the feed tells');

-- stays and blocks against it, both ways
create function t.stays(p_unit text, p_in date, p_out date) returns text language sql as $$
  select t.said(t.mutate('t_head', jsonb_build_object('resource', 'reservation', 'kind', 'create', 'set', jsonb_build_object('unit', p_unit, 'check_in', p_in, 'check_out', p_out)))) $$;
create function t.blocks(p_unit text, p_in date, p_out date) returns text language sql as $$
  select t.said(t.mutate('t_head', jsonb_build_object('resource', 'block', 'kind', 'create', 'set', jsonb_build_object('unit', p_unit, 'check_in', p_in, 'check_out', p_out, 'reason', 'repair')))) $$;
select is(t.stays('U3', '2026-06-19', '2026-06-21'), 'DM004 The unit is let on these dates. U3 2026-06-20 - 2027-06-30', 'a stay into it');
select is(t.blocks('U3', '2026-10-01', '2026-10-02'), 'DM004 The unit is let on these dates. U3 2026-06-20 - 2027-06-30', 'a block into it');
select is(t.stays('U3', '2026-06-18', '2026-06-20'), 'applied', 'a stay to its first day');
select is(t.blocks('U3', '2028-06-29', '2028-07-02'), 'applied', 'a block from its last');
select no as stay from domovoi.reservation where check_in = '2026-06-18' \gset
select is(t.said(t.do('t_head', 'reservation', 'patch', :'stay', '{"set": {"check_out": "2026-06-21"}}')), 'DM004 The unit is let on these dates. U3 2026-06-20 - 2027-06-30', 'a stay is not prolonged into it');
select is(t.said(t.do('t_head', 'reservation', 'patch', :'stay', '{"set": {"unit": "U1"}}')), 'applied', 'moved away');
select is(t.said(t.do('t_head', 'reservation', 'patch', :'stay', '{"set": {"unit": "U3"}}')), 'applied', 'and back');
select is(t.deed('t_head', :'b', 'extend', '{"until": "2028-07-01"}'), 'DM004 The unit is taken on these dates. U3 2028-06-29 - 2028-07-01', 'it is not extended into a block');
select t.draft('t_head', '{"unit": "U1", "starts_on": "2027-01-14", "ends_on": "2027-02-14"}') as c \gset
select is(t.deed('t_head', :'c', 'sign'), 'DM004 The unit is taken on these dates. U1 2027-01-10 - 2027-01-15', 'nor signed over a stay');
select t.draft('t_head', '{"unit": "U2", "starts_on": "2027-02-02", "ends_on": "2027-02-14"}') as d \gset
select is(t.deed('t_head', :'d', 'sign'), 'DM004 The unit is blocked on these dates. U2 2027-02-01 - 2027-02-03', 'or a block');
select is(t.edit('t_head', :'c', '{"starts_on": "2027-01-15"}') || ' ' || t.deed('t_head', :'c', 'sign'), 'applied applied', 'from the day of departure');

-- a hold that has run out is nothing
select is(t.stays('U1', '2027-06-01', '2027-06-05'), 'applied', 'a hold');
select t.draft('t_head', '{"unit": "U1", "starts_on": "2027-06-04", "ends_on": "2027-08-04"}') as e \gset
select is(t.code('t_head', :'e', 'sign'), 'DM004', 'stands in the way');
set domovoi.now = '2026-06-17T09:00:01+05';
select is(t.code('t_head', :'e', 'sign'), 'applied', 'until it has run out');
select is((select status from domovoi.reservation where check_in = '2027-06-01'), 'expired', 'and is then swept up');
set domovoi.now = '2026-06-16T09:00:00+05';

-- ---- what is fixed -----------------------------------------------------------------------------------------------------

select is(t.edit('t_head', :'a', s), 'DM001 What was signed changes only by an action. active', 'signed: fixed is ' || s::text)
  from unnest(array['{"unit": "U1"}', '{"party": "2"}', '{"starts_on": "2026-06-21"}', '{"ends_on": "2027-05-01"}', '{"rent": "1"}', '{"deposit": "1"}', '{"notice_days": "1"}', '{"index_bp": "100"}']::jsonb[]) s;
select is(t.edit('t_head', :'a', '{"due_day": "5", "payer": "2", "terms": "One dog", "late_fee": "", "agent": "t_realtor"}'), 'applied', 'the rest is not');
select is((select concat_ws(' ', due_day, terms, agent_id = t.id('t_realtor')) from t.agr(:'a')), '5 One dog t', 'and is kept');
select is((select bool_and(agent_id = t.id('t_realtor')) from domovoi.occupancy where source_id = (t.agr(:'a')).id), true, 'its nights are the agent''s');
select is((select bool_and(agent_id = t.id('t_realtor')) from domovoi.agreement_line where agreement_id = (t.agr(:'a')).id), true, 'and its lines');
select is(t.count('t_realtor', 'api.agreements'), 4, 'who sees them now');
select is(t.said(t.do('t_head', 'agreement_line', 'patch', :'rent', '{"set": {"amount": "1"}}')), 'DM001 What was signed changes only by an action. active', 'nor are its lines edited');
select is(t.said(t.do('t_head', 'agreement_line', 'patch', :'rent', '{"set": {"note": "first year"}}')), 'applied', 'but for a note');
select is(t.said(t.do('t_head', 'agreement_line', 'action', :'rent', '{"action": "delete"}')), 'DM011 What was signed changes only by an action.', 'or taken off');
select is(t.line('t_realtor', :'a', '{"kind": "parking", "amount": "5000"}'), 'DM005 You may not do this. agreement.sign', 'nor does an agent add any');
select is(t.line('t_manager', :'a', '{"kind": "parking", "amount": "5000"}'), 'applied', 'a manager does');
select is(t.lines(:'a'), 'parking 500000 2026-06-20..2027-06-30, rent 15000000 2026-06-20..2027-06-30, utilities 2000000 2026-06-20..2027-06-30', 'from today on, to the end');
select throws_ok($$update domovoi.agreement set starts_on = starts_on + 1 where no = 1 and company_id = 901$$, 'DM001', null, 'whoever writes');
select throws_ok($$update domovoi.agreement set status = 'draft' where no = 1 and company_id = 901$$, 'DM001', null, 'no way back to a draft');
select throws_ok($$insert into domovoi.agreement (company_id, unit_id, party_id, starts_on, ends_on, status, currency, rent) select company_id, unit_id, party_id, starts_on, ends_on, 'active', currency, rent from domovoi.agreement where no = 1 and company_id = 901$$, 'DM001', null, 'none begins signed');

-- ---- indexation and lines -------------------------------------------------------------------------------------------------

select is(t.deed('t_realtor', :'a', 'index', '{"bp": "500", "from": "2027-01-01"}'), 'DM005 You may not do this. agreement.sign', 'an agent does not raise the rent');
select is(t.deed('t_head', :'a', 'index', '{"from": "2027-01-01"}'), 'DM007 A value is required.', 'by how much');
select is(t.deed('t_head', :'a', 'index', '{"bp": "500"}'), 'DM007 A value is required.', 'from when');
select is(t.deed('t_head', :'a', 'index', '{"bp": "50000", "from": "2027-01-01"}'), 'DM007 The value is not valid. 50000', 'not fivefold');
select is(t.deed('t_head', :'a', 'index', '{"bp": "500", "from": "2027-06-30"}'), 'DM011 The agreement does not run on that day. 2026-06-20 - 2027-06-30', 'not after its end');
select is(t.deed('t_head', :'a', 'index', '{"bp": "500", "from": "2026-06-20"}'), 'DM011 A rent from that day or a later one is set already. 2026-06-20', 'not from its first day');
select is(t.deed('t_head', :'a', 'index', '{"bp": "333", "from": "2027-01-01"}'), 'applied', 'by 3.33 %');
select is(t.lines(:'a'), 'parking 500000 2026-06-20..2027-06-30, rent 15000000 2026-06-20..2027-01-01, rent 15499500 2027-01-01..2027-06-30, utilities 2000000 2026-06-20..2027-06-30', 'one rent ends, the next begins');
select is(t.deed('t_head', :'a', 'index', '{"bp": "333", "from": "2027-01-01"}'), 'DM011 A rent from that day or a later one is set already. 2027-01-01', 'once');
select is(t.deed('t_head', :'a', 'index', '{"bp": "333", "from": "2026-12-01"}'), 'DM011 A rent from that day or a later one is set already. 2027-01-01', 'and not before it');
select is((select rent from t.agr(:'a')), 15000000::bigint, 'what was signed is kept');
select is((select string_agg(concat_ws(' ', kind, before ->> 'amount', after ->> 'amount', after ->> 'from_on', by_user = t.id('t_head')), ', ') from domovoi.agreement_event where agreement_id = (t.agr(:'a')).id and kind = 'indexed'), 'indexed 15000000 15499500 2027-01-01 t', 'and who changed it');
select is(round(333::numeric * (10000 + 1500) / 10000), 383::numeric, 'half up: 382.95');
update domovoi.agreement set index_bp = 1000, index_month = 6 where no = :b and company_id = 901;
select is(t.deed('t_head', :'b', 'index', '{}'), 'DM011 The agreement does not run on that day. 2027-06-30 - 2028-06-29', 'its own rate and month, the next one');
update domovoi.agreement set index_month = 5, rent = 1 where no = :b and company_id = 901;
set domovoi.now = '2027-07-02T09:00:00+05';
update domovoi.agreement_line set amount = 15000005 where agreement_id = (t.agr(:'b')).id;
select is(t.deed('t_head', :'b', 'index', '{}'), 'applied', 'in the next May');
select is(t.lines(:'b'), 'rent 15000005 2027-06-30..2028-05-01, rent 16500006 2028-05-01..2028-06-29', '16500005.5 is 16500006');
set domovoi.now = '2026-06-16T09:00:00+05';

select is(t.deed('t_head', :'a', 'change_line', '{"kind": "utilities", "amount": "25000", "from": "2026-09-01"}'), 'applied', 'another amount');
select id as before from domovoi.agreement_line where agreement_id = (t.agr(:'a')).id and kind = 'utilities' and amount = 2500000 \gset
select is(t.deed('t_head', :'a', 'change_line', '{"kind": "utilities", "amount": "26 000,00", "from": "2026-09-01"}') || t.deed('t_head', :'a', 'change_line', '{"kind": "utilities", "amount": "25000", "from": "2026-09-01"}'), 'appliedapplied', 'from the same day');
select is((select id from domovoi.agreement_line where agreement_id = (t.agr(:'a')).id and kind = 'utilities' and amount = 2500000), :'before'::uuid, 'is the same line');
select is(t.deed('t_head', :'a', 'change_line', '{"kind": "parking", "amount": "0", "from": "2026-10-01"}'), 'applied', 'no more parking');
select is(t.deed('t_head', :'a', 'change_line', '{"kind": "service", "amount": "1000", "from": "2026-10-01"}'), 'applied', 'something new');
select is(t.lines(:'a'), 'parking 500000 2026-06-20..2026-10-01, rent 15000000 2026-06-20..2027-01-01, rent 15499500 2027-01-01..2027-06-30, service 100000 2026-10-01..2027-06-30, utilities 2000000 2026-06-20..2026-09-01, utilities 2500000 2026-09-01..2027-06-30', 'all of it');
select is(t.deed('t_head', :'a', 'change_line', '{"kind": "rent", "amount": "0", "from": "2026-10-01"}'), 'DM007 The value is not valid. 0', 'never without rent');
select is(t.deed('t_head', :'a', 'change_line', '{"kind": "parking", "amount": "0", "from": "2026-11-01"}'), 'DM007 The value is not valid. 0', 'what does not run does not end');
select is(t.deed('t_head', :'a', 'change_line', '{"kind": "dance", "amount": "1"}'), 'DM007 The value is not valid. dance', 'a known kind');
select is(t.deed('t_head', :'a', 'change_line', '{"amount": "1"}'), 'DM007 A value is required.', 'that is told');
select is(t.deed('t_head', :'a', 'change_line', '{"kind": "rent"}'), 'DM007 A value is required.', 'with an amount');
select is(t.deed('t_head', :'a', 'change_line', '{"kind": "rent", "amount": "1", "from": "2027-06-30"}'), 'DM011 The agreement does not run on that day. 2026-06-20 - 2027-06-30', 'while it runs');
select is(t.line('t_head', :'a', '{"kind": "service", "amount": "700", "from_on": "2026-12-01"}'), 'applied', 'two of a kind');
select is(t.deed('t_head', :'a', 'change_line', '{"kind": "service", "amount": "0", "from": "2027-01-01"}'), 'DM011 Several lines of this kind run on that day. service', 'are told apart');
select is(t.deed('t_head', :'a', 'change_line', jsonb_build_object('line', id, 'amount', '0', 'from', '2026-12-01')), 'applied', 'by name') from domovoi.agreement_line where amount = 70000 and kind = 'service';
select is((select count(*)::int from domovoi.agreement_line where amount = 70000 and kind = 'service'), 0, 'one that had not begun is gone');
select is((select count(*)::int from domovoi.agreement_event where agreement_id = (t.agr(:'a')).id and kind = 'line_changed'), 8, 'each left a trace');
select throws_ok('update domovoi.agreement_event set kind = ''renewed''', '55000', null, 'that stays');

-- who else is bound
select is(t.deed('t_realtor', :'a', 'add_party', '{"party": "2"}'), 'DM007 There is no such record. 2', 'an agent adds none that he does not see');
select is(t.deed('t_head', :'a', 'add_party', '{"party": "1"}'), 'DM011 That party is bound by the agreement already.', 'not the tenant');
select is(t.deed('t_head', :'a', 'add_party', '{"party": "2"}'), 'applied', 'a co-tenant');
select is(t.deed('t_head', :'a', 'add_party', '{"party": "2"}'), 'DM011 That party is bound by the agreement already.', 'once');
select is(t.deed('t_head', :'a', 'add_party', '{"party": "2", "role": "guarantor"}'), 'applied', 'who also answers for him');
select is(t.deed('t_head', :'a', 'add_party', '{"party": "2", "role": "friend"}'), 'DM007 The value is not valid. friend', 'nothing else');
select is(t.rows('t_head', $$select co_tenants c, guarantors g from api.agreements where no = 1$$), '[{"c": "CANARY guest of agent two", "g": "CANARY guest of agent two"}]', 'by name');
select is(t.rows('t_realtor', $$select co_tenants c, guarantors g, payer_label p from api.agreements where no = 1$$), '[{"c": null, "g": null, "p": null}]', 'for those who may know it');
select is(t.deed('t_head', :'a', 'remove_party', '{"party": "2"}'), 'applied', 'released');
select is(t.deed('t_head', :'a', 'remove_party', '{"party": "2"}'), 'DM007 There is no such record. 2', 'once');
select is(t.deed('t_head', :'a', 'add_party', '{"party": "2"}'), 'applied', 'and bound again');

-- ---- notice --------------------------------------------------------------------------------------------------------------

select is(t.deed('t_head', :'a', 'give_notice'), 'DM002 A reason is required. give_notice', 'notice has a reason');
select is(t.code(l, :'a', 'give_notice', '{"reason": "moves"}'), c, 'who takes notice: ' || l) from (values ('t_accountant', 'DM005'), ('t_auditor', 'DM005'),
  ('t_support', 'DM005'), ('t_realtor', 'DM005'), ('t_realtor2', 'DM006'), ('t_dispatcher', 'DM006')) v (l, c);
select is(t.deed('t_head', :'a', 'give_notice', '{"reason": "moves", "on": "2026-06-17"}'), 'DM007 The day has not come yet. 2026-06-17', 'not tomorrow');
select is(t.deed('t_head', :'a', 'give_notice', '{"reason": "moves", "on": "2026-02-30"}'), 'DM007 The value is not valid. 2026-02-30', 'on a day that there is');
select is(t.deed('t_head', :'a', 'withdraw_notice'), 'DM001 No notice has been given. active', 'none is withdrawn yet');
select is(t.deed('t_manager', :'a', 'give_notice', '{"reason": "moves", "on": "2026-06-10"}'), 'applied', 'given last week');
select is((select concat_ws(' ', status, status_reason, notice_on) from t.agr(:'a')), 'notice moves 2026-06-10', 'and kept');
select is(t.nights(:'a'), 'U3 2026-06-20..2027-06-21, U3 2027-06-21..2027-06-30', 'the unit is still let');
select is(t.possible('t_head', :'a'), 'renew:DM001 sign:DM001 withdraw_notice give_notice:DM001 terminate void:DM001 extend:DM001 index change_line add_party remove_party settle settle_deposit:DM001', 'in notice: what can be done');
select is(t.deed('t_head', :'a', 'give_notice', '{"reason": "moves"}'), 'DM001 Notice has been given. 2026-06-10', 'once');
select is(t.deed('t_head', :'a', 'extend', '{"until": "2028-01-01"}'), 'DM001 Notice has been given. 2026-06-10', 'it is not extended');
select is(t.deed('t_head', :'a', 'withdraw_notice'), 'applied', 'withdrawn');
select is((select concat_ws(' ', status, status_reason is null, notice_on is null) from t.agr(:'a')), 'active t t', 'as before');

-- ---- termination -----------------------------------------------------------------------------------------------------------

select is(t.deed('t_head', :'a', 'terminate', '{"on": "2026-07-01"}'), 'DM002 A reason is required. terminate', 'an end has a reason');
select is(t.code('t_realtor', :'a', 'terminate', '{"reason": "x", "on": "2026-07-01"}'), 'DM005', 'an agent ends none');
select is(t.deed('t_head', :'a', 'terminate', '{"reason": "x"}'), 'DM011 An agreement does not end before it begins. 2026-06-20', 'not before it begins');
select is(t.deed('t_head', :'a', 'terminate', '{"reason": "x", "on": "2026-06-19"}'), 'DM011 An agreement does not end before it begins. 2026-06-20', 'not by a day');
select is(t.deed('t_head', :'a', 'terminate', '{"reason": "x", "on": "2027-07-01"}'), 'DM011 The agreement ends before that day. 2027-06-30', 'nor after it ends');
select is(t.deed('t_head', :'a', 'terminate', '{"reason": "x", "on": "2027-02-29"}'), 'DM007 The value is not valid. 2027-02-29', 'on a day that there is');
select is(t.deed('t_head', :'a', 'terminate', '{"reason": "moves out", "on": "2026-09-01"}'), 'applied', 'on a day in between');
select is((select concat_ws(' ', status, status_reason, terminated_on, ends_on) from t.agr(:'a')), 'terminated moves out 2026-09-01 2027-06-30', 'what was agreed is kept');
select is(t.nights(:'a'), 'U3 2026-06-20..2026-09-01', 'the nights from then on are free');
select is((select upper(period) from domovoi.occupancy where source_id = (t.agr(:'a')).id), timestamptz '2026-09-01 12:00+05', 'from noon');
select is(t.lines(:'a'), 'parking 500000 2026-06-20..2026-09-01, rent 15000000 2026-06-20..2026-09-01, utilities 2000000 2026-06-20..2026-09-01', 'nothing is charged for later');
select is(t.stays('U3', '2026-09-01', '2026-09-02'), 'applied', 'the next guest comes on that day');
select is(t.stays('U3', '2026-08-31', '2026-09-01'), 'DM004 The unit is let on these dates. U3 2026-06-20 - 2026-09-01', 'not a night before');
select is(t.possible('t_head', :'a'), 'renew:DM001 sign:DM001 withdraw_notice:DM001 give_notice:DM001 terminate:DM001 void:DM001 extend:DM001 index:DM001 change_line:DM001 add_party:DM001 remove_party:DM001 settle settle_deposit', 'it is over');
select is(t.deed('t_head', :'a', 'sign'), 'DM001 The agreement has ended. 2026-09-01', 'for good');
select is(t.edit('t_head', :'a', '{"payer": ""}'), 'applied', 'who pays what is left may change');
select is(t.edit('t_head', :'a', '{"rent": "1"}'), 'DM001 What was signed changes only by an action. terminated', 'not how much');
select is(t.line('t_head', :'a', '{"kind": "parking", "amount": "5000"}'), 'DM001 The agreement has ended. terminated', 'nothing comes on top');

-- called off on its first day: it never used a night
select t.draft('t_head', '{"unit": "H-1b", "starts_on": "2026-07-01", "ends_on": "2026-08-01"}') as f \gset
select is(t.deed('t_head', :'f', 'sign') || ' ' || t.deed('t_head', :'f', 'terminate', '{"reason": "fell ill", "on": "2026-07-01"}'), 'applied applied', 'called off before the first night');
select is(t.nights(:'f'), null, 'no night');
select is(t.lines(:'f'), null, 'no rent');

-- void
select t.draft('t_head', '{"unit": "H-1b"}') as g \gset
select is(t.deed('t_realtor', :'g', 'void'), 'DM006 There is no such record. ' || (t.agr(:'g')).id, 'an agent drops no draft of others');
select is(t.deed('t_accountant', :'g', 'void'), 'DM005 You may not do this. agreement.edit', 'nor an accountant');
select is(t.deed('t_realtor', '2', 'void', '{"reason": "fell through"}'), 'applied', 'but his own');
select is(t.deed('t_realtor', '2', 'sign'), 'DM005 You may not do this. agreement.sign', 'rights first');
select is(t.deed('t_head', '2', 'sign'), 'DM001 The agreement is void.', 'it is void');
select is(t.edit('t_realtor', '2', '{"terms": "x"}'), 'DM001 What was signed changes only by an action. void', 'and stays as it is');

-- ---- running out, renewal ------------------------------------------------------------------------------------------------------

select t.draft('t_head', '{"unit": "H-1b", "starts_on": "2026-06-01", "ends_on": "2026-07-01"}') as h \gset
select is(t.deed('t_head', :'h', 'sign'), 'applied', 'begun before it was signed');
select is(domovoi.expire_agreements(901), 0, 'nothing runs out yet');
select throws_ok($$update domovoi.agreement set status = 'expired' where status = 'active' and ends_on = '2026-07-01'$$, 'DM011', 'The agreement still runs.', 'not before its end');
set domovoi.now = '2026-06-30T23:59:59+05';
select is(domovoi.expire_agreements(901), 0, 'not on its last night');
set domovoi.now = '2026-07-01T00:00:00+05';
select is(domovoi.expire_agreements(901), 1, 'on the first day after it');
select is(domovoi.expire_agreements(901), 0, 'once');
select is((t.agr(:'h')).status, 'expired', 'it has run out');
select is(t.nights(:'h'), 'H-1b 2026-06-01..2026-07-01', 'its nights were spent');
select is(t.possible('t_head', :'h'), 'renew sign:DM001 withdraw_notice:DM001 give_notice:DM001 terminate:DM001 void:DM001 extend:DM001 index:DM001 change_line:DM001 add_party:DM001 remove_party:DM001 settle settle_deposit', 'run out: what can be done');
select is(t.deed('t_head', :'h', 'extend', '{"until": "2026-08-01"}'), 'DM001 The agreement has run out. 2026-07-01', 'it is not extended');
select is(t.deed('t_realtor', :'h', 'renew', '{"until": "2026-08-01"}'), 'DM006 There is no such record. ' || (t.agr(:'h')).id, 'an agent does not renew others''');
select is(t.deed('t_accountant', :'h', 'renew', '{"until": "2026-08-01"}'), 'DM005 You may not do this. agreement.sign', 'nor an accountant');
select is(t.deed('t_head', :'h', 'renew'), 'DM007 A value is required.', 'until when');
select is(t.deed('t_head', :'h', 'renew', '{"until": "2026-07-01"}'), 'DM007 The new end is not after the old one. 2026-07-01', 'forwards');
select is(t.stays('H-1b', '2026-07-10', '2026-07-12'), 'applied', 'a stay came between');
select is(t.deed('t_head', :'h', 'renew', '{"until": "2026-08-01"}'), 'DM004 The unit is taken on these dates. H-1b 2026-07-01 - 2026-08-01', 'it passes the same gate');
select is((t.agr(:'h')).status, 'expired', 'or stays out');
select is(t.deed('t_head', :'h', 'renew', '{"until": "2026-07-10"}'), 'applied', 'up to it');
select is((select concat_ws(' ', status, starts_on, ends_on) from t.agr(:'h')), 'active 2026-06-01 2026-07-10', 'it runs again');
select is(t.nights(:'h'), 'H-1b 2026-06-01..2026-07-01, H-1b 2026-07-01..2026-07-10', 'without a gap');
select is(t.lines(:'h'), 'rent 15000000 2026-06-01..2026-07-10', 'at the same rent');
select is((select string_agg(kind || ' ' || (before ->> 'ends_on') || ' ' || (after ->> 'ends_on'), ', ') from domovoi.agreement_event where agreement_id = (t.agr(:'h')).id), 'renewed 2026-07-01 2026-07-10', 'which is written down');
select is(t.deed('t_head', :'h', 'renew', '{"until": "2026-07-10"}'), 'DM001 The agreement still runs. 2026-07-10', 'what runs is not renewed');
select is(t.stays('H-1b', '2026-07-05', '2026-07-06'), 'DM004 The unit is let on these dates. H-1b 2026-06-01 - 2026-07-10', 'told with its own dates');
select is(t.deed('t_head', :'h', 'give_notice', '{"reason": "x"}'), 'applied', 'notice');
set domovoi.now = '2026-07-10T09:00:00+05';
select is(domovoi.expire_agreements(902), 0, 'each company for itself');
select is(domovoi.expire_agreements(901), 1, 'notice runs out, too');
set domovoi.now = '2026-06-16T09:00:00+05';
select is(t.deed('t_head', :'c', 'extend', '{"until": "2027-02-14"}'), 'DM007 The new end is not after the old one. 2027-02-14', 'an extension is one');
select is(t.deed('t_head', :'c', 'extend', '{"until": "2027-03-01"}'), 'applied', 'extended');
select is(t.nights(:'c'), 'U1 2027-01-15..2027-02-14, U1 2027-02-14..2027-03-01', 'with its nights');
select is(t.lines(:'c'), 'rent 15000000 2027-01-15..2027-03-01', 'and its rent');
select is(t.code(l, :'c', 'extend', '{"until": "2027-04-01"}'), x, 'who extends: ' || l) from (values ('t_realtor', 'DM005'), ('t_accountant', 'DM005'), ('t_realtor2', 'DM006')) v (l, x);

-- ---- calendars: leap days, month ends, one night, five years ---------------------------------------------------------------------

select t.unit('Y') as y \gset
create function t.long(p_from date, p_to date) returns text language sql as $$
  select t.draft('t_head', jsonb_build_object('unit', 'Y', 'starts_on', p_from, 'ends_on', p_to)) $$;
select t.long('2028-02-29', '2028-03-01') as one \gset
select is(t.deed('t_head', :'one', 'sign'), 'applied', 'one night, on a leap day');
select is(t.nights(:'one'), 'Y 2028-02-29..2028-03-01', 'is one night');
select is(t.code('t_head', t.long('2028-02-28', '2028-03-01'), 'sign'), 'DM004', 'which is taken');
select is(t.code('t_head', t.long('2027-11-30', '2028-02-29'), 'sign'), 'applied', 'from a month''s end to it');
select is(t.draft('t_head', '{"unit": "Y", "starts_on": "2027-02-29", "ends_on": "2027-03-29"}'), 'DM007', 'no leap day in a common year');
select t.long('2030-01-31', '2035-01-31') as five \gset
select is(t.deed('t_head', :'five', 'sign'), 'applied', 'five years');
select is((select concat_ws(' ', count(*), sum(check_out - check_in), max(check_out - check_in), min(check_in), max(check_out), bool_or(sold), sum(price)) from domovoi.occupancy where source_id = (t.agr(:'five')).id),
  '5 1826 366 2030-01-31 2035-01-31 f 0', 'are five spans, each within the bound of every scan');
select is((select count(*)::int from (select check_in, lag(check_out) over (order by check_in) as before from domovoi.occupancy where source_id = (t.agr(:'five')).id) x where before <> check_in), 0, 'without gaps');
select is(t.blocks('Y', '2033-07-15', '2033-07-16'), 'DM004 The unit is let on these dates. Y 2030-01-31 - 2035-01-31', 'a night in its fourth year');
select is(t.blocks('Y', '2035-01-30', '2035-01-31'), 'DM004 The unit is let on these dates. Y 2030-01-31 - 2035-01-31', 'its last night');
select is(t.blocks('Y', '2035-01-31', '2035-02-01'), 'applied', 'the night after the end is free');
select is(t.blocks('Y', '2030-01-30', '2030-01-31'), 'applied', 'and the one before');
select is(t.deed('t_head', :'five', 'terminate', '{"reason": "x", "on": "2033-07-15"}'), 'applied', 'ended in its fourth year');
select is((select concat_ws(' ', count(*), sum(check_out - check_in), max(check_out)) from domovoi.occupancy where source_id = (t.agr(:'five')).id), '4 1261 2033-07-15', 'cut within a span');
select t.long('2033-07-15', '2083-07-15') as fifty \gset
select is(t.deed('t_head', t.long('2036-01-01', '2085-12-31'), 'sign'), 'applied', 'half a century');
select is((select count(*)::int from domovoi.occupancy o join domovoi.agreement a on a.id = o.source_id where a.starts_on = '2036-01-01'), 50, 'fifty spans');
select is((t.agr(t.draft('t_head', '{"unit": "Y", "due_day": "31"}'))).due_day, 31::smallint, 'due on the last day of each month');

-- ---- the tenant -------------------------------------------------------------------------------------------------------------------

insert into domovoi.party (company_id, id, no, name) values (901, '00000000-0000-7000-8000-000000000301', 31, 'Young'), (901, '00000000-0000-7000-8000-000000000302', 32, 'Leap'), (901, '00000000-0000-7000-8000-000000000303', 33, 'Banned');
insert into domovoi.party_pii (company_id, party_id, birth_date) values (901, '00000000-0000-7000-8000-000000000301', '2008-03-01'), (901, '00000000-0000-7000-8000-000000000302', '2008-02-29');
select t.draft('t_head', '{"unit": "H-1a", "party": "31"}') as young \gset
select t.draft('t_head', '{"unit": "H-1c", "party": "32"}') as leap \gset
update domovoi.unit set archived_at = null where code = 'H-1c';
select t.draft('t_head', '{"unit": "H-1c", "party": "32"}') as leap \gset
set domovoi.now = '2026-02-28T23:59:59+05';
select is(t.deed('t_head', :'young', 'sign'), 'DM011 The tenant is not of age.', 'the day before the 18th birthday');
select is(t.deed('t_head', :'leap', 'sign'), 'DM011 The tenant is not of age.', 'of a leap day''s child, too');
select is(t.val('t_head', format($$select concat_ws(' ', code, reason, detail, remedy) from api.actions('agreements', %L) where action = 'sign'$$, :'young')),
  'DM011 The tenant is not of age. Let a parent or guardian be the tenant.', 'without telling the day');
set domovoi.now = '2026-03-01T00:00:00+05';
select is(t.deed('t_head', :'young', 'sign'), 'applied', 'the birthday counts');
select is(t.deed('t_head', :'leap', 'sign'), 'applied', 'after 28 February');
set domovoi.now = '2026-06-16T09:00:00+05';
select t.unit('Z') as z \gset
select t.draft('t_head', '{"unit": "Z", "party": "33"}') as banned \gset
update domovoi.party set status = 'blacklisted' where no = 33 and company_id = 901;
select is(t.deed('t_head', :'banned', 'sign'), 'DM011 The tenant is on the black list.', 'who is on the black list');
update domovoi.party set status = 'active' where no = 33 and company_id = 901;
update domovoi.unit set archived_at = domovoi.now() where code = 'Z';
select is(t.deed('t_head', :'banned', 'sign'), 'DM001 The unit is archived. Z', 'an archived unit');
update domovoi.unit set archived_at = null where code = 'Z';
select is(t.deed('t_head', :'banned', 'sign'), 'applied', 'nothing is left against it');

-- ---- wholes and parts (I4, I31) -------------------------------------------------------------------------------------------------------

select t.unit('W', daterange(null, null)) as w \gset
select t.draft('t_head', '{"unit": "W", "starts_on": "2026-01-01", "ends_on": "2028-01-01"}') as whole \gset
select is(t.deed('t_head', :'whole', 'sign'), 'applied', 'a flat is let');
select is(t.said(t.do('t_head', 'unit', 'action', 'W', '{"action": "archive"}')), 'DM010 The unit is still in use. 2026-01-01 - 2028-01-01', 'it is not archived');
select is(t.said(t.do('t_head', 'unit', 'create', null, '{"set": {"code": "W-1", "title": "Room", "parent": "W"}}')), 'applied', 'it is divided');
select is(t.said(t.do('t_head', 'unit', 'create', null, '{"set": {"code": "W-2", "title": "Room", "parent": "W"}}')), 'applied', 'and once more');
select is(t.nights(:'whole'), 'W 2026-01-01..2026-06-16, W-1 2026-06-16..2027-06-17, W-2 2026-06-16..2027-06-17, W-1 2027-06-17..2028-01-01, W-2 2027-06-17..2028-01-01', 'the rooms are let from today on, the past stays');
select is(t.stays('W-2', '2027-12-31', '2028-01-01'), 'DM004 The unit is let on these dates. W-2 2026-01-01 - 2028-01-01', 'a new room is not free');
select is(t.stays('W-2', '2028-01-01', '2028-01-02'), 'applied', 'until the end');
select is(t.said(t.do('t_head', 'unit', 'patch', 'W-1', '{"set": {"parent": ""}}')), 'applied', 'a room is taken off');
select is(t.nights(:'whole'), 'W 2026-01-01..2026-06-16, W-2 2026-06-16..2027-06-17, W-2 2027-06-17..2028-01-01', 'and is free');
select is(t.deed('t_head', :'whole', 'terminate', '{"reason": "x", "on": "2026-03-01"}'), 'applied', 'ended in the past');
select is(t.nights(:'whole'), 'W 2026-01-01..2026-03-01', 'the nights behind it are given back');
select is((select string_agg(domovoi.unit_status(901, id, archived_at, d), ' ' order by code, d) from domovoi.unit, unnest(array[date '2026-06-30', '2026-07-01']) d where company_id = 901 and code in ('H', 'H-1', 'H-1a', 'H-1b')),
  'occupied occupied occupied occupied free occupied occupied occupied', 'a house of which a bed is let is occupied');
select is(t.blocks('H-1b', '2026-08-20', '2026-08-22'), 'applied', 'another bed is blocked');
select is((select string_agg(domovoi.unit_status(901, id, null, '2026-08-20'), ' ' order by code) from domovoi.unit where company_id = 901 and code in ('H', 'H-1a', 'H-1b')), 'occupied occupied blocked', 'it stays occupied');
set domovoi.now = '2026-08-20T09:00:00+05';
select is(t.rows('t_head', $$select u.code, d.status from api.unit_days d join api.units u on u.id = d.unit where u.code in ('H', 'H-1a', 'H-1b', 'U1') order by 1$$),
  '[{"code": "H", "status": "occupied"}, {"code": "H-1a", "status": "occupied"}, {"code": "H-1b", "status": "blocked"}, {"code": "U1", "status": "free"}]', 'all at once, too');
select is(t.val('t_head', $$select string_agg(code || ' ' || status, ', ' order by code) from api.units where code in ('H', 'H-1a', 'H-1b', 'U1')$$), 'H occupied, H-1a occupied, H-1b blocked, U1 free', 'and one by one');
set domovoi.now = '2026-06-16T09:00:00+05';

-- ---- the calendar and what is free -----------------------------------------------------------------------------------------------------------

create function t.spans(p_login text, p_unit text, p_from date, p_to date) returns text language sql as $$
  select string_agg(concat_ws(' ', x ->> 'kind', coalesce(x ->> 'no', '-'), coalesce(x ->> 'status', '-'), coalesce(x ->> 'label', '-'), x ->> 'check_in', x ->> 'check_out'), ', ' order by x ->> 'check_in')
    from jsonb_array_elements(t.rows(p_login, format('select * from report.spans(%L, %L, %L)', p_from, p_to, (select id from domovoi.unit where company_id = 901 and code = p_unit)))) x
$$;
select t.draft('t_head', '{"unit": "U2", "ends_on": "2027-01-01"}') as mine \gset
select is(t.deed('t_head', :'mine', 'sign'), 'applied', 'an owner''s flat is let');
select is(t.spans('t_head', 'U3', '2026-08-20', '2026-09-05'), 'agreement 1 terminated Семёнова Айгерим 2026-06-20 2026-09-01, stay ' || (select no from domovoi.reservation where check_in = '2026-09-01') || ' hold - 2026-09-01 2026-09-02', 'on the calendar');
select is(t.spans('t_head', 'Y', '2031-01-20', '2031-02-20'), 'agreement ' || :'five' || ' terminated Семёнова Айгерим 2030-01-31 2033-07-15', 'one span, whatever its years');
select is(t.spans('t_realtor', 'U1', '2027-01-16', '2027-01-17'), 'agreement ' || :'c' || ' active Семёнова Айгерим 2027-01-15 2027-03-01', 'to an agent his');
select is(t.spans('t_dispatcher', 'U1', '2027-02-13', '2027-02-15'), 'agreement - - - 2027-01-15 2027-03-01', 'to a dispatcher that the unit is let');
select is(t.spans('t_owner', 'U2', '2026-07-16', '2026-07-17'), 'agreement ' || :'mine' || ' active - 2026-07-01 2027-01-01', 'to an owner his, without the tenant');
select alike(t.val('t_head', $$select reason from report.availability('2027-01-16', '2027-01-18', unit => 'U1')$$), 'The unit is let on these dates: 2027-01-15 - %', 'it is not free');
select is(t.val('t_head', $$select string_agg(code, ' ' order by code) from report.availability('2027-01-16', '2027-01-18') where code like 'U%'$$), 'U2 U3', 'nor among what is');
select is(t.val('t_head', $$select string_agg(check_in::text, ' ' order by check_in) from report.alternatives('U1', '2027-02-27', '2027-03-01') where kind = 'dates'$$), '2027-01-08 2027-03-01', 'another time is after it');

-- ---- who sees what ------------------------------------------------------------------------------------------------------------------------------

update domovoi.agreement set agent_id = t.id('t_realtor2') where company_id = 901 and no = :mine;
create table t.seen (login text, agreements int, own boolean);
insert into t.seen select l, case o when 'all' then (select count(*)::int from domovoi.agreement where company_id = 901)
    when 'own' then (select count(*)::int from domovoi.agreement where agent_id = t.id(l)) when 'landlord' then 2 else 0 end, o = 'own'
  from (values ('t_super', 'all'), ('t_support', 'all'), ('t_head', 'all'), ('t_manager', 'all'), ('t_accountant', 'all'), ('t_auditor', 'all'), ('t_realtor', 'own'),
    ('t_realtor2', 'own'), ('t_owner', 'landlord'), ('t_moderator', 'none'), ('t_dispatcher', 'none'), ('t_executor', 'none'), ('t_head_beta', 'none')) v (l, o);
select is(t.count(login, 'api.agreements'), agreements, login || ' sees ' || agreements || ' agreements') from t.seen;
select is(t.count(login, 'api.agreement_lines') > 0, agreements > 0, 'and lines of them: ' || login) from t.seen;
select is(t.count('t_owner', 'api.agreement_lines'), 2, 'an owner those of his flat');
select is(t.val('t_owner', 'select count(*) || '' '' || count(party_label) from api.agreements'), '2 0', 'without the tenant''s name');
select is((select count(*)::int from domovoi.fsm_transition x where x.machine = 'agreement' and x.permission is not null), 7, 'seven transitions of people');
select is(t.err('t_head', 'select count(*) from domovoi.agreement'), '42501', 'the table itself is nobody''s');
select is(t.err(l, 'select domovoi.agreement_do_sign(901, null, null, null)'), '42501', 'nor are the rules: ' || l) from unnest(array['t_head', 't_super']) l;
select is(t.err('t_head', 'select domovoi.expire_agreements(901)'), '42501', 'nor the end of an agreement');

-- the feed tells of them whom the list shows them
select is(t.count(login, 'api.changes where resource = ''agreement''') > 0, agreements > 0, 'the feed of ' || login) from t.seen;
select is(t.val('t_realtor2', format('select count(*) from api.changes where resource = ''agreement'' and record = %L', (t.agr(:'a')).id)), '0', 'nothing of others');

-- where the unit goes, its agreements go
select is(t.said(t.do('t_head', 'unit', 'patch', 'U2', '{"set": {"building": "B1", "agent": "t_realtor"}}')), 'applied', 'a flat moves to another house and agent');
select is((select concat_ws(' ', agent_id = t.id('t_realtor2'), building_id = '00000000-0000-7000-8000-0000000000b1') from t.agr(:'mine')), 't t', 'its agreement goes along, and keeps its agent');
select is((select concat_ws(' ', bool_and(agent_id = t.id('t_realtor2')), bool_and(building_id = '00000000-0000-7000-8000-0000000000b1')) from domovoi.occupancy where source_id = (t.agr(:'mine')).id), 't t', 'and so do its nights');
select is((select concat_ws(' ', bool_and(agent_id = t.id('t_realtor2')), bool_and(building_id = '00000000-0000-7000-8000-0000000000b1')) from domovoi.agreement_line where agreement_id = (t.agr(:'mine')).id), 't t', 'and lines');
select is(t.count('t_realtor2', 'api.agreements'), 2, 'its agent still sees it');

-- ---- doors ------------------------------------------------------------------------------------------------------------------------------------------

select t.draft('t_head', '{"unit": "Y", "starts_on": "2026-07-01", "ends_on": "2026-10-01"}') as door \gset
select is(t.val('t_head', format($$select act.agreement_sign(%L) ->> 'status'$$, :'door')), 'active', 'sign');
select is(t.err('t_head', format($$select act.agreement_sign(%L)$$, :'door')), 'DM001', 'which raises what it refuses');
select is(t.err('t_head', format($$select act.agreement_extend(%L, 1, '2026-11-01')$$, :'door')), 'DM003', 'and knows versions');
select is(t.val('t_head', format($$select act.agreement_extend(%L, until => '2026-11-01') ->> 'ends_on'$$, :'door')), '2026-11-01', 'extend');
select is(t.val('t_head', format($$select act.agreement_index(%L, bp => 1000, "from" => '2026-08-01') ->> 'version'$$, :'door')), '4', 'index');
select is(t.val('t_head', format($$select act.agreement_change_line(%L, kind => 'parking', amount_minor => 100, "from" => '2026-08-01') ->> 'version'$$, :'door')), '5', 'change_line');
select is(t.val('t_head', format($$select act.agreement_add_party(%L, party => '2') ->> 'co_tenants'$$, :'door')), 'CANARY guest of agent two', 'add_party');
select is(t.val('t_head', format($$select act.agreement_remove_party(%L, party => '2') ->> 'co_tenants'$$, :'door')), null, 'remove_party');
select is(t.val('t_head', format($$select act.agreement_give_notice(%L, reason => 'x') ->> 'status'$$, :'door')), 'notice', 'give_notice');
select is(t.val('t_head', format($$select act.agreement_withdraw_notice(%L) ->> 'status'$$, :'door')), 'active', 'withdraw_notice');
select is(t.val('t_head', format($$select act.agreement_terminate(%L, reason => 'x', "on" => '2026-09-01') ->> 'terminated_on'$$, :'door')), '2026-09-01', 'terminate');
select t.draft('t_head', '{"unit": "Y"}') as door \gset
select id as line from domovoi.agreement_line where agreement_id = (t.agr(:'door')).id \gset
select is(t.err('t_head', format($$select act.agreement_line_delete(%L)$$, :'line')), 'ok', 'a line');
select is(t.val('t_head', format($$select act.agreement_void(%L) ->> 'status'$$, :'door')), 'void', 'void');
select is(t.err('t_head', format($$select act.agreement_renew(%L, until => '2030-01-01')$$, :'door')), 'DM001', 'renew');
select is(t.val('t_head', $$select string_agg(resource || ' ' || action, ', ') from (select 'agreement' as resource, x.action from api.actions('agreement_lines', $$ || quote_literal((select id from domovoi.agreement_line where agreement_id = (t.agr(:'mine')).id)) || $$) x where not x.allowed) y$$), 'agreement delete', 'what of a line is not possible');

-- ---- taking back --------------------------------------------------------------------------------------------------------------------------------------

create function t.m(p_login text, p_n int, m jsonb) returns text language sql as $$
  select t.said(t.val(p_login, format('select act.apply_mutation(%L)', m || jsonb_build_object('id', '01900000-0000-7000-8000-0000000' || to_char(p_n, 'FM00000'))))::jsonb) $$;
create function t.back(p_n int, p_of int, p_login text default 't_head') returns text language sql as $$
  select t.m(p_login, p_n, jsonb_build_object('kind', 'undo', 'undo', '01900000-0000-7000-8000-0000000' || to_char(p_of, 'FM00000'))) $$;
select is(t.m('t_head', 1, '{"resource": "agreement", "kind": "create", "set": {"unit": "Y", "party": "1", "starts_on": "2027-01-01", "ends_on": "2027-07-01", "rent": "100000"}}'), 'applied', 'a draft');
select max(no) as u from domovoi.agreement where company_id = 901 \gset
select is(t.m('t_head', 40, jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'u', 'action', 'add_party', 'args', '{"party": "2"}'::jsonb)), 'applied', 'somebody more');
select is(t.back(41, 40), 'DM001 This cannot be taken back any more.', 'is released by hand');
select is(t.m('t_head', 2, jsonb_build_object('resource', 'agreement', 'kind', 'patch', 'record', :'u', 'set', '{"starts_on": "2027-02-01", "rent": "200000", "unit": "Z", "late_fee": ""}'::jsonb)), 'applied', 'is mistyped');
select is(t.lines(:'u'), 'rent 20000000 2027-02-01..2027-07-01', 'with its line');
select is(t.back(3, 2), 'applied', 'and put right');
select is((select concat_ws(' ', starts_on, rent, (select code from domovoi.unit x where x.id = a.unit_id)) || ' ' || t.lines(:'u') from t.agr(:'u') a), '2027-01-01 10000000 Y rent 10000000 2027-01-01..2027-07-01', 'with its line');
select is(t.back(4, 3), 'applied', 'redo');
select is(t.lines(:'u'), 'rent 20000000 2027-02-01..2027-07-01', 'brings it again');
select is(t.back(5, 4), 'applied', 'undo');
select is(t.m('t_head', 6, jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'u', 'action', 'void')), 'applied', 'dropped');
select is(t.back(7, 6) || ' ' || (t.agr(:'u')).status, 'applied draft', 'picked up again');
select is(t.m('t_head', 8, jsonb_build_object('resource', 'agreement_line', 'kind', 'create', 'set', jsonb_build_object('agreement', :'u', 'kind', 'parking', 'amount', '10'))), 'applied', 'a line');
select is(t.back(9, 8) || ' ' || t.lines(:'u'), 'applied rent 10000000 2027-01-01..2027-07-01', 'off');
select is(t.back(10, 9) || ' ' || t.lines(:'u'), 'applied parking 1000 2027-01-01..2027-07-01, rent 10000000 2027-01-01..2027-07-01', 'on');
select is(t.back(11, 10), 'applied', 'and off');
select is(t.m('t_head', 12, jsonb_build_object('resource', 'agreement_line', 'kind', 'patch', 'record', id, 'set', '{"amount": "120000"}'::jsonb)), 'applied', 'another rent') from domovoi.agreement_line where agreement_id = (t.agr(:'u')).id;
select is(t.back(13, 12) || ' ' || (t.agr(:'u')).rent, 'applied 10000000', 'and the old one');
select is(t.m('t_head', 14, jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'u', 'action', 'sign')), 'applied', 'signed');
select is(t.back(15, 14), 'DM001 What was signed is not taken back.', 'that is no draft any more');
select is(t.m('t_head', 16, jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'u', 'action', 'give_notice', 'args', '{"reason": "x"}'::jsonb)), 'applied', 'notice');
select is(t.back(17, 16) || ' ' || (select concat_ws(' ', status, notice_on is null) from t.agr(:'u')), 'applied active t', 'which was a mistake');
select is(t.back(18, 17) || ' ' || (select concat_ws(' ', status, notice_on, status_reason) from t.agr(:'u')), 'applied notice 2026-06-16 x', 'or not');
select is(t.m('t_head', 19, jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'u', 'action', 'withdraw_notice')), 'applied', 'withdrawn');
select is(t.back(20, 19) || ' ' || (t.agr(:'u')).status, 'applied notice', 'or not');
select is(t.back(21, 20), 'applied', 'it runs');
select is(t.m('t_head', 22, jsonb_build_object('resource', 'agreement', 'kind', 'patch', 'record', :'u', 'set', '{"due_day": "20"}'::jsonb)), 'applied', 'another day');
select is(t.back(23, 22) || ' ' || (t.agr(:'u')).due_day, 'applied 1', 'and the old one');
select is(t.m('t_head', 24, jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'u', 'action', 'extend', 'args', '{"until": "2027-08-01"}'::jsonb)), 'applied', 'extended');
select is(t.back(25, 24), 'DM001 What was signed is not taken back.', 'is agreed');
select is(t.m('t_head', 26, jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'u', 'action', 'index', 'args', '{"bp": "100", "from": "2027-06-01"}'::jsonb)), 'applied', 'indexed');
select is(t.back(27, 26), 'DM001 What was signed is not taken back.', 'is agreed');
select is(t.m('t_head', 28, jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'u', 'action', 'terminate', 'args', '{"reason": "x", "on": "2027-03-01"}'::jsonb)), 'applied', 'ended');
select is(t.back(29, 28), 'DM001 What was signed is not taken back.', 'is ended');
select is(t.m('t_head', 30, '{"resource": "agreement", "kind": "create", "set": {"unit": "Y", "party": "1", "starts_on": "2027-01-01", "ends_on": "2027-07-01", "rent": "100000"}}'), 'applied', 'a draft');
select is(t.back(31, 30, 't_manager'), 'DM005 Only who made a change takes it back.', 'that a colleague does not take back');
select is(t.back(31, 30), 'DM008 This mutation id was used for another request.', 'an id is one person''s') where false;
select is(t.back(32, 30), 'applied', 'who made it does');
select is((select concat_ws(' ', status, status_reason) from domovoi.agreement where company_id = 901 order by no desc limit 1), 'void undone', 'it is void');

-- preview changes nothing
select is(t.val('t_head', format($$select string_agg(concat_ws(' ', x.label, x.outcome, x.code), ', ' order by x.n) from act.preview(%L) x$$, jsonb_build_array(
  jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'eur', 'action', 'sign'), jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', :'a', 'action', 'sign')))),
  :'eur' || ' refused DM004, 1 refused DM001', 'what would happen');

-- ---- late fees ----------------------------------------------------------------------------------------------------------------------------------------

create function t.fee(p_login text, p_kind text, p_key text, p_set jsonb) returns text language sql as $$
  select t.said(t.do(p_login, 'late_fee_policy', p_kind, p_key, jsonb_build_object('set', p_set))) $$;
select is(t.fee('t_manager', 'create', null, '{"name": "Mild", "kind": "fixed", "amount": "500"}'), 'DM005 You may not do this. charge.edit', 'a manager makes no fees');
select is(t.fee('t_accountant', 'create', null, '{"name": "Mild", "kind": "fixed"}'), 'DM007 A value is required.', 'how much');
select is(t.fee('t_accountant', 'create', null, '{"name": "Daily", "kind": "bp_per_day"}'), 'DM007 A value is required.', 'of what');
select is(t.fee('t_accountant', 'create', null, '{"kind": "fixed", "amount": "500"}'), 'DM007 A value is required.', 'a name');
select is(t.fee('t_accountant', 'create', null, '{"name": "Mild", "kind": "fixed", "amount": "500", "grace_days": "5"}'), 'applied', 'an accountant does');
select is(t.fee('t_accountant', 'create', null, '{"name": "Mild", "kind": "fixed", "amount": "500"}'), '23505 A record like this exists already.', 'a name once');
select is(t.fee('t_head', 'create', null, '{"name": "Daily", "kind": "bp_per_day", "rate_bp": "10", "cap_bp": "5000", "from_kinds": "rent, utilities"}'), 'applied', 'a tenth of a percent a day');
select is(t.fee('t_head', 'patch', 'Daily', '{"from_kinds": "rent,joy"}'), 'DM007 The value is not valid. rent,joy', 'on charges that there are');
select is(t.fee('t_head', 'patch', 'Daily', '{"rate_bp": "20"}'), 'applied', 'it rises');
select is(t.rows('t_auditor', 'select name, kind, grace_days g, amount_minor a, currency c, rate_bp r, cap_bp m, from_kinds f, version v from api.late_fee_policies order by name'),
  '[{"name": "Daily", "kind": "bp_per_day", "g": 0, "a": 0, "c": "KZT", "r": 20, "m": 5000, "f": "rent,utilities", "v": 2}, {"name": "Mild", "kind": "fixed", "g": 5, "a": 50000, "c": "KZT", "r": 0, "m": 10000, "f": "rent", "v": 1}]', 'as it is seen');
select is(t.count('t_realtor', 'api.late_fee_policies'), 0, 'by who works for the whole company');
select is(t.edit('t_head', :'b', '{"late_fee": "Daily"}'), 'applied', 'an agreement takes one');
select is(t.val('t_head', 'select late_fee_label from api.agreements where no = ' || :'b'), 'Daily', 'by name');
select is(t.edit('t_head', :'b', '{"late_fee": ""}'), 'applied', 'and lets it go');

-- no night is used twice after all of this
select is((select count(*)::int from domovoi.occupancy a join domovoi.occupancy b on a.company_id = b.company_id and a.unit_id = b.unit_id and a.ctid < b.ctid and a.period && b.period), 0, 'no night is used twice');
select is((select string_agg(a.no::text, ' ') from domovoi.agreement a where a.company_id = 901 and not exists (select from domovoi.unit k where k.parent_id = a.unit_id) and a.unit_id <> (select id from domovoi.unit where code = 'W')
  and (select coalesce(sum(o.check_out - o.check_in), 0) from domovoi.occupancy o where o.source_id = a.id) <>
    case when domovoi.agreement_used(a.status) then coalesce(a.terminated_on, a.ends_on) - a.starts_on else 0 end), null, 'each agreement in force has its nights, and no other has any');
select is((select string_agg(a.no::text, ' ') from domovoi.agreement a where a.company_id = 901 and domovoi.agreement_used(a.status) and exists (
  select from domovoi.agreement_line l where l.agreement_id = a.id and (l.from_on < a.starts_on or l.to_on > coalesce(a.terminated_on, a.ends_on)))), null, 'no line outlives its agreement');

-- ---- random histories -----------------------------------------------------------------------------------------------------------------------------------

-- Hundreds of steps of drafts, signatures, ends, extensions, blocks, rooms coming and going, days passing; what must hold is looked at
-- after each.
select t.unit('Q', daterange(null, null)) as q \gset
create function t.broken() returns text language sql as $$
  select string_agg(x, ', ') from (
    select 'night used twice' from domovoi.unit u, domovoi.occupancy a join domovoi.occupancy b on a.company_id = b.company_id and a.unit_id = b.unit_id and a.ctid < b.ctid and a.period && b.period where u.id = a.unit_id and u.code like 'Q%'
    union all select 'nights of ' || a.no from domovoi.agreement a join domovoi.unit u on u.id = a.unit_id where u.code like 'Q%' and not domovoi.agreement_used(a.status) and exists (select from domovoi.occupancy o where o.source_id = a.id)
    -- as many nights as agreed, on each leaf, whatever became of the tree
    union all select 'nights of ' || a.no || ' are not its days' from domovoi.agreement a join domovoi.unit u on u.id = a.unit_id where u.code like 'Q%' and domovoi.agreement_used(a.status)
      and (select count(distinct d) from domovoi.occupancy o, generate_series(0, o.check_out - o.check_in - 1) i, lateral (select o.check_in + i) x (d) where o.source_id = a.id)
        <> coalesce(a.terminated_on, a.ends_on) - a.starts_on
    union all select 'free part of ' || a.no from domovoi.agreement a join domovoi.unit u on u.id = a.unit_id, unnest(domovoi.leaves(901, a.unit_id)) leaf where u.code like 'Q%' and domovoi.agreement_used(a.status)
      and coalesce(a.terminated_on, a.ends_on) > greatest(a.starts_on, domovoi.company_today(901))
      and not exists (select from domovoi.occupancy o where o.source_id = a.id and o.unit_id = leaf and o.check_out = coalesce(a.terminated_on, a.ends_on))
    union all select 'line of ' || a.no from domovoi.unit u join domovoi.agreement a on a.unit_id = u.id join domovoi.agreement_line l on l.agreement_id = a.id where u.code like 'Q%' and (l.from_on < a.starts_on or l.to_on > coalesce(a.terminated_on, a.ends_on))
    union all select 'rent of ' || a.no from domovoi.agreement a join domovoi.unit u on u.id = a.unit_id where u.code like 'Q%'
      and coalesce((select sum(l.to_on - l.from_on) from domovoi.agreement_line l where l.agreement_id = a.id and l.kind = 'rent'), 0) <> coalesce(a.terminated_on, a.ends_on) - a.starts_on
  ) y (x) $$;
create function t.history(p_steps int) returns text language plpgsql as $$
declare
  done jsonb := '{}'; x text; m jsonb; day date := '2026-06-16'; k text; what text; rooms int := 0; u text; said text;
begin
  for i in 1 .. p_steps loop
    u := (array['Q', 'Q', 'Q-1', 'Q-2'])[1 + floor(random() * 3.999)::int];
    what := (array['draft', 'draft', 'sign', 'sign', 'sign', 'terminate', 'extend', 'renew', 'notice', 'index', 'line', 'block', 'room', 'part', 'day', 'expire'])[1 + floor(random() * 15.999)::int];
    k := (select a.no from domovoi.agreement a join domovoi.unit v on v.id = a.unit_id where a.company_id = 901 and v.code like 'Q%'
      and a.status = any (case what when 'sign' then '{draft}' when 'renew' then '{expired}' when 'terminate' then '{active,notice}' when 'draft' then '{}' else '{active}' end::text[])
      order by random() limit 1);
    continue when k is null and what not in ('draft', 'block', 'room', 'part', 'day', 'expire') or what = 'room' and rooms = 3;
    m := case what
      when 'draft' then jsonb_build_object('resource', 'agreement', 'kind', 'create', 'set', jsonb_build_object('unit', u, 'party', '1', 'rent', '1000',
        'starts_on', day - 30 + floor(random() * 400)::int, 'ends_on', day + 371 + floor(random() * 900)::int * (random() < 0.3)::int - floor(random() * 360)::int * (random() < 0.5)::int))
      when 'block' then jsonb_build_object('resource', 'block', 'kind', 'create', 'set', jsonb_build_object('unit', u, 'reason', 'repair', 'check_in', day + (i % 90) * 7, 'check_out', day + (i % 90) * 7 + 3))
      when 'room' then jsonb_build_object('resource', 'unit', 'kind', 'create', 'set', jsonb_build_object('code', 'Q-' || 1 + rooms, 'title', 'Room', 'parent', 'Q'))
      when 'part' then jsonb_build_object('resource', 'unit', 'kind', 'patch', 'record', 'Q-' || 1 + i % 2, 'set', jsonb_build_object('parent', case when i % 3 = 0 then '' else 'Q' end))
      when 'day' then null when 'expire' then null
      else jsonb_build_object('resource', 'agreement', 'kind', 'action', 'record', k, 'action', case what when 'notice' then 'give_notice' when 'line' then 'change_line' else what end,
        'args', jsonb_build_object('reason', 'x', 'until', day + 500 + i, 'amount', 5000 + i, 'kind', 'rent', 'bp', 100 + i)
          || case what when 'terminate' then jsonb_build_object('on', day + floor(random() * 200)::int) when 'index' then jsonb_build_object('from', greatest(day, (t.agr(k)).starts_on) + 1 + i % 20) else '{}' end) end;
    if what = 'day' then
      day := day + floor(random() * 60)::int;
      perform set_config('domovoi.now', day || 'T09:00:00+05', false);
      said := 'applied';
    elsif what = 'expire' then
      said := case when domovoi.expire_agreements(901) > 0 then 'applied' else 'nothing' end;
    else
      said := split_part(t.said(t.mutate('t_head', m)), ' ', 1);
      if what = 'room' and said = 'applied' then rooms := rooms + 1; end if;
    end if;
    done := jsonb_set(done, array[what || ' ' || said], to_jsonb(coalesce((done ->> (what || ' ' || said))::int, 0) + 1));
    continue when said <> 'applied';
    x := t.broken();
    if x is not null then return 'step ' || i || ' ' || what || ' ' || said || ': ' || x || ' ' || coalesce(m::text, ''); end if;
  end loop;
  perform set_config('t.done', done::text, false);
  return null;
end $$;
select setseed(0.4);
select is(t.history(350), null, 'whatever the order of things, what must hold holds');
select diag(current_setting('t.done'));
select ok((select bool_and(current_setting('t.done')::jsonb ? x) from unnest(array['sign applied', 'sign DM004', 'terminate applied', 'room applied', 'part applied', 'line applied']) x), 'and much of it has happened');
set domovoi.now = '2026-06-16T09:00:00+05';
select * from finish();
