-- The money of stays: holds, prepayment, refunds by policy to the second, no-shows, early departure, what is booked once
-- more, commissions; and after random histories everything still adds up.
\ir fixtures/start.sql
select * from no_plan();

create function t.new(p_resource text, p_set jsonb, p_login text default 't_head') returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'record') || coalesce(' ' || (x ->> 'field'), '') from t.mutate(p_login,
    jsonb_build_object('resource', p_resource, 'kind', 'create', 'set', p_set)) x
$$;
create function t.patch(p_resource text, p_id text, p_set jsonb, p_login text default 't_head') returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') || coalesce(' ' || (x ->> 'field'), '') from t.mutate(p_login,
    jsonb_build_object('resource', p_resource, 'kind', 'patch', 'record', p_id, 'set', p_set)) x
$$;
\set guest '00000000-0000-7000-8000-000000000201'
create function t.book(p_in date, p_out date, p_more jsonb default '{}', p_unit text default 'U3') returns text language sql as $$
  select t.new('reservation', jsonb_build_object('unit', p_unit, 'check_in', p_in, 'check_out', p_out,
    'party', '00000000-0000-7000-8000-000000000201') || p_more)
$$;
create function t.status(p text) returns text language sql as $$ select status from domovoi.reservation where id = p::uuid $$;
-- money that arrives and is there
create function t.pay(p_stay text, p_amount bigint, p_method text default 'kaspi') returns uuid language sql as $$
  select domovoi.record_payment(jsonb_populate_record(null::domovoi.payment, jsonb_build_object('company_id', 901,
    'reservation_id', p_stay, 'amount', p_amount, 'method', p_method, 'booked_on', domovoi.company_today(901))), true)
$$;
create function t.charges(p_stay text) returns text language sql as $$
  select coalesce(string_agg(kind || ' ' || amount || '/' || allocated, ', ' order by no), 'none') from domovoi.charge
   where reservation_id = p_stay::uuid and voided_on is null
$$;
create function t.refunds(p_stay text) returns text language sql as $$
  select coalesce(string_agg(reason || ' ' || amount || ' ' || status, ', ' order by no), 'none') from domovoi.refund
   where reservation_id = p_stay::uuid
$$;
create function t.account(p_kind text) returns bigint language sql as $$
  select coalesce(sum(e.amount), 0)::bigint from domovoi.ledger_entry e join domovoi.account a on a.company_id = e.company_id
    and a.id = e.account_id where e.company_id = 901 and a.kind = p_kind
$$;
create function t.at(p text) returns void language sql as $$ select set_config('domovoi.now', p, false) $$;

create function t.set(p_key text, p_value jsonb) returns void language sql as $$ insert into domovoi.setting (company_id, key, value, version)
  select 901, p_key, p_value, coalesce(max(x.version), 0) + 1 from domovoi.setting x where x.company_id = 901 and x.key = p_key $$;

-- ---- holds: by channel, swept, paid
select t.at('2026-01-05T12:00:00+05');
select t.book('2026-01-10', '2026-01-12', '{"channel": "web"}') as web \gset
select is((select hold_until from domovoi.reservation where id = :'web'), timestamptz '2026-01-05T12:15:00+05', 'a guest at a screen has 15 minutes');
select is((select payment_plan from domovoi.reservation where id = :'web'), 'prepaid', 'and pays first');
select t.book('2026-01-10', '2026-01-12', '{"channel": "phone"}', 'U1') as phone \gset
select is((select hold_until::text || payment_plan from domovoi.reservation where id = :'phone'), timestamptz '2026-01-06T12:00:00+05' || 'on_arrival', 'a caller a day, and pays at the desk');
select t.set('hold_minutes', '20');
select t.book('2026-01-20', '2026-01-22', '{"channel": "telegram"}') as tg \gset
select is((select hold_until from domovoi.reservation where id = :'tg'), timestamptz '2026-01-05T12:20:00+05', 'the company may say how long');
select t.set('hold_minutes', 'null');
select is(t.charges(:'web'), 'none', 'a hold owes nothing');
select is(t.act('t_head', :'web', 'confirm'), 'DM011', 'a prepaid one is not confirmed without money');
select is(t.val('t_head', format('select reason || '' '' || detail from api.actions(''reservations'', %L) where action = ''confirm''', :'web')),
  'The prepayment has not arrived. 20000.00 KZT', 'and it is said how much is missing');
select is(t.patch('reservation', :'tg', '{"payment_plan": "on_arrival"}'), 'applied', 'unless he may pay on arrival');
select is(t.act('t_head', :'tg', 'confirm'), 'applied', 'then it is');
select is(t.charges(:'tg'), 'stay 2000000/0', 'and owes the stay');
select is((select due_on from domovoi.charge where reservation_id = :'tg'), date '2026-01-20', 'on the day of arrival');
select t.pay(:'web', 500000);
select is(t.status(:'web'), 'hold', 'a part does not confirm');
select is(t.charges(:'web'), 'stay 2000000/500000', 'but covers a charge of its own');
select t.pay(:'web', 1500000);
select is(t.status(:'web'), 'confirmed', 'the rest does, by itself');
select is(t.charges(:'web'), 'stay 2000000/2000000', 'and everything is covered');
select is((select by_user from domovoi.status_event where record_id = :'web' and to_state = 'confirmed'), null, 'nobody did it by hand');

-- the sweep goes by the clock that the data were made for
set domovoi.now = '';
select is(domovoi.tick(), 0, 'a demo of another day is not swept by today''s clock');
select is(t.status(:'phone'), 'hold', 'its holds stay');
select t.at('2026-01-05T12:00:00+05');

-- by hand: recorded by one, confirmed by another
select t.book('2026-01-13', '2026-01-14', '{"channel": "web"}') as byhand \gset
select t.new('payment', jsonb_build_object('reservation', :'byhand', 'method', 'transfer', 'amount', '10000'), 't_manager') as pay1 \gset
select is(length(:'pay1'), 36, 'a manager records a transfer');
select is(t.status(:'byhand'), 'hold', 'which is only said to have come');
select is((select x ->> 'status' from t.mutate('t_head', jsonb_build_object('resource', 'payment', 'kind', 'action', 'record', :'pay1', 'action', 'confirm')) x), 'applied', 'the head has seen it');
select is(t.status(:'byhand'), 'confirmed', 'and the stay is confirmed with it');

-- §6 item 13: paid at 12:16
select t.at('2026-01-05T12:00:00+05');
select t.book('2026-03-10', '2026-03-12', '{"channel": "web"}') as late \gset
select t.at('2026-01-05T12:14:59+05');
select is(domovoi.tick(), 0, 'a second before its end nothing happens');
select t.at('2026-01-05T12:15:00+05');
select is(domovoi.tick(), 1, 'at 12:15 the hold has run out');
select is(t.status(:'late'), 'expired', 'without anybody wanting its nights');
select is(domovoi.tick(), 0, 'once');
select t.book('2026-03-11', '2026-03-13', '{"channel": "console", "party": ""}') as rival \gset
select t.at('2026-01-05T12:16:00+05');
select t.pay(:'late', 2000000) as latepay \gset
select is(t.status(:'late'), 'expired', 'money that comes too late does not book what is sold');
select is((select count(*)::int from domovoi.reservation where check_in = '2026-03-10' and company_id = 901), 1, 'nor a second time');
select is(t.refunds(:'late'), 'dates_taken 2000000 requested', 'it is asked back for the guest');
select is((select allocated from domovoi.payment where id = :'latepay'), 0::bigint, 'and kept in advance until then, whatever else he owes');
select t.act('t_head', :'rival', 'cancel', '{"reason": "other"}');
select t.at('2026-01-05T12:00:00+05');
select t.book('2026-03-10', '2026-03-12', '{"channel": "web"}') as late2 \gset
select t.at('2026-01-05T12:20:00+05');
select domovoi.tick();
select t.pay(:'late2', 2000000);
select is((select status || ' ' || (replaces_id = :'late2')::text from domovoi.reservation where replaces_id = :'late2'), 'confirmed true', 'if the nights are free the stay is booked once more');
select is(t.charges((select id::text from domovoi.reservation where replaces_id = :'late2')), 'stay 2000000/2000000', 'and paid');
select t.at('2026-01-05T12:00:00+05');
select t.book('2026-04-10', '2026-04-12', '{"channel": "web"}') as unswept \gset
select t.at('2026-01-05T12:20:00+05');
select t.pay(:'unswept', 2000000);
select is(t.status(:'unswept'), 'confirmed', 'a hold that ran out and that nobody took is confirmed in time');

-- ---- §6 item 1: to the second, 40 000 ₸
create function t.tier(p_id text, p_at text, p_by text default 'guest') returns bigint language sql as $$
  select domovoi.share_bp(4000000, (domovoi.refund_share(r, p_by, p_at::timestamptz)).bp) from domovoi.reservation r where r.id = p_id::uuid
$$;
select t.at('2026-01-02T12:00:00+05');
update domovoi.offering set price = 2000000 where company_id = 901;
select t.book('2026-01-10', '2026-01-12', '{}', 'U2') as ref \gset
select t.pay(:'ref', 4000000);
select is(t.tier(:'ref', '2026-01-09T14:00:00+05'), 4000000::bigint, '24 hours before: everything');
select is(t.tier(:'ref', '2026-01-09T14:00:01+05'), 2000000::bigint, 'a second later half');
select is(t.tier(:'ref', '2026-01-10T02:00:00+05'), 2000000::bigint, '12 hours before: half');
select is(t.tier(:'ref', '2026-01-10T02:00:01+05'), 0::bigint, 'a second later nothing');
select is(t.tier(:'ref', '2026-01-10T13:59:59+05', 'company'), 4000000::bigint, 'if we cancel, everything at any time');
select is(t.tier(:'ref', '2026-01-10T02:00:01+05', 'platform'), 4000000::bigint, 'also the platform');
update domovoi.reservation set policy = jsonb_build_object('tiers', '72:100,24:50', 'host_cancel_bp', 10000) where id = :'ref';
select is((select string_agg(t.tier(:'ref', d)::text, ' ') from unnest('{2026-01-07T14:00:00+05,2026-01-07T14:00:01+05,2026-01-09T14:00:00+05,2026-01-09T14:00:01+05}'::text[]) d),
  '4000000 2000000 2000000 0', 'moderate');
update domovoi.reservation set policy = jsonb_build_object('tiers', '168:100') where id = :'ref';
select is((select string_agg(t.tier(:'ref', d)::text, ' ') from unnest('{2026-01-03T14:00:00+05,2026-01-03T14:00:01+05}'::text[]) d), '4000000 0', 'strict');
-- the clocks go forward in Berlin in the night to 2026-03-29: 24 hours before 14:00 is 13:00
select domovoi.company_today(902) \gset
select t.new('reservation', '{"unit": "X1", "check_in": "2026-03-29", "check_out": "2026-03-30"}', 't_head_beta') as dst \gset
update domovoi.reservation set status = 'confirmed' where id = :'dst';
select is((select string_agg(t.tier(:'dst', d)::text, ' ') from unnest('{2026-03-28T13:00:00+01,2026-03-28T13:00:01+01,2026-03-29T01:00:00+01,2026-03-29T03:00:01+02}'::text[]) d),
  '4000000 2000000 2000000 0', 'hours are real hours, also in the night when the clock jumps');
select t.new('reservation', '{"unit": "X1", "check_in": "2026-10-25", "check_out": "2026-10-26"}', 't_head_beta') as dst2 \gset
update domovoi.reservation set status = 'confirmed' where id = :'dst2';
select is((select string_agg(t.tier(:'dst2', d)::text, ' ') from unnest('{2026-10-24T15:00:00+02,2026-10-24T15:00:01+02}'::text[]) d), '4000000 2000000', 'and when it is set back');

-- a cancellation asks back what the policy gives, and keeps the rest
select t.at('2026-01-02T12:00:00+05');
select t.book('2026-02-10', '2026-02-12', '{}', 'U2') as half \gset
select t.pay(:'half', 4000000);
select t.at('2026-02-10T02:00:00+05');
select is(t.val('t_head', format('select paid_minor || '' '' || refund_bp || '' '' || refund_minor || '' '' || kept_minor || '' '' || to_char(until at time zone ''Asia/Almaty'', ''MM-DD HH24:MI'') from report.refund_preview(%L)', :'half')),
  '4000000 5000 2000000 2000000 02-10 02:00', 'the desk knows before what comes back');
select is(t.act('t_head', :'half', 'cancel', '{"reason": "plans_changed"}'), 'applied', 'the guest has other plans');
select is((select cancelled_by || refund_bp from domovoi.reservation where id = :'half'), 'guest5000', 'a guest''s reason is the guest''s');
select is(t.refunds(:'half'), 'stay_cancelled 2000000 requested', 'half is asked back');
select is(t.charges(:'half'), 'penalty 2000000/2000000', 'half is kept, and covered');
select is(t.act('t_head', :'half', 'rebook'), 'applied', 'it is booked once more');
select is((select status || total || (policy ->> 'code') from domovoi.reservation where replaces_id = :'half'), 'hold4000000default_24_12', 'on the same terms');
select is(t.act('t_head', :'half', 'rebook'), 'DM011', 'once');
select is(t.act('t_realtor', :'half', 'rebook'), 'DM006', 'by who may see it');
select t.act('t_head', (select id::text from domovoi.reservation where replaces_id = :'half'), 'cancel', '{"reason": "other"}');
-- §6 item 2, in the ledger
select is((select (r.commission_bp, r.provider_fee_bp)::text from domovoi.reservation r where r.id = :'half'), '(1000,250)', 'commissions are those of the day');
select is((select -sum(e.amount)::bigint from domovoi.ledger_tx x join domovoi.ledger_entry e on e.tx_id = x.id join domovoi.account a on a.id = e.account_id
  where x.ref_id = :'half' and a.kind = 'platform_fee'), 200000::bigint, 'commission of what was kept: 2 000');
select is((select -sum(e.amount)::bigint from domovoi.ledger_tx x join domovoi.ledger_entry e on e.tx_id = x.id join domovoi.account a on a.id = e.account_id
  join domovoi.payment p on p.id = x.ref_id where p.reservation_id = :'half' and a.kind = 'provider_fee'), 100000::bigint, 'the provider keeps his fee of all: 1 000');

select t.at('2026-01-02T12:00:00+05');
select t.book('2026-02-20', '2026-02-22', '{}', 'U2') as full1 \gset
select t.pay(:'full1', 4000000);
select t.at('2026-02-20T12:00:00+05');
select is(t.act('t_head', :'full1', 'cancel', '{"reason": "technical"}'), 'applied', 'our fault on the day');
select is(t.refunds(:'full1') || ', ' || t.charges(:'full1'), 'stay_cancelled 4000000 requested, none', 'everything comes back');
select is((select coalesce(-sum(e.amount), 0)::bigint from domovoi.ledger_tx x join domovoi.ledger_entry e on e.tx_id = x.id join domovoi.account a on a.id = e.account_id
  where x.ref_id = :'full1' and a.kind = 'platform_fee'), 0::bigint, 'no commission');

select t.at('2026-01-02T12:00:00+05');
select t.book('2026-02-24', '2026-02-26', '{}', 'U2') as done1 \gset
select t.pay(:'done1', 4000000);
select t.at('2026-02-24T15:00:00+05');
select t.act('t_head', :'done1', 'check_in');
select t.at('2026-02-26T11:00:00+05');
select t.act('t_head', :'done1', 'check_out');
create function t.commission(p text) returns bigint language sql as $$ select coalesce(-sum(e.amount), 0)::bigint from domovoi.ledger_tx x
  join domovoi.ledger_entry e on e.tx_id = x.id join domovoi.account a on a.id = e.account_id where x.ref_id = p::uuid and a.kind = 'platform_fee' $$;
select is(t.commission(:'done1'), 400000::bigint, 'a stay of 40 000 that is over: 4 000');
select domovoi.ask_refund(901, (select id from domovoi.payment where reservation_id = :'done1'), 2000000, 'goodwill', null, :'done1') as rf \gset
update domovoi.refund set status = 'approved' where id = :'rf';
select domovoi.pay_refund(901, :'rf');
select is(t.commission(:'done1'), 200000::bigint, 'after half is given back 2 000');

-- who may say what
select t.book('2026-05-10', '2026-05-12') as why \gset
select t.act('t_head', :'why', 'confirm');
select is(t.act('t_head', :'why', 'cancel', '{"reason": "technical", "by": "guest"}'), 'DM007', 'a guest has no technical problems');
select is(t.act('t_head', :'why', 'cancel', '{"reason": "found_cheaper", "by": "company"}'), 'DM007', 'nor did we find it cheaper');
select is(t.act('t_accountant', :'why', 'cancel', '{"reason": "other"}'), 'DM005', 'an accountant cancels nothing');
select is(t.act('t_head', :'why', 'cancel', '{"reason": "a reason of one''s own", "by": "guest"}'), 'applied', 'a reason that is not in the list is anybody''s');

-- snapshots (K1, K5)
select t.book('2026-05-20', '2026-05-22') as snap \gset
select is(t.new('cancel_policy', '{"code": "default_24_12", "name": "Ours", "tiers": "48:100", "no_show_bp": 5000}') ~ '^[0-9a-f-]{36}$', true, 'the company makes the policy its own');
select t.set('provider_fee_bp', '300');
select is((select (policy ->> 'tiers') || ' ' || provider_fee_bp from domovoi.reservation where id = :'snap'), '24:100,12:50 250', 'what is booked stays as it was agreed');
select t.book('2026-05-25', '2026-05-27') as snap2 \gset
select is((select (policy ->> 'tiers') || ' ' || provider_fee_bp from domovoi.reservation where id = :'snap2'), '48:100 300', 'what comes after has the new terms');
select is(t.new('cancel_policy', '{"code": "bad", "name": "Bad", "tiers": "12:50,24:100"}'), 'DM007 tiers', 'tiers are in order');
select is(t.new('cancel_policy', '{"code": "bad", "name": "Bad", "tiers": "24:120"}'), 'DM007 tiers', 'and shares no more than all');
select is(left(t.new('cancel_policy', '{"code": "bad", "name": "Bad", "tiers": "soon"}'), 5), 'DM007', 'and numbers');
select is(t.new('cancel_policy', '{"code": "mine", "name": "Mine", "tiers": "24:100"}', 't_realtor'), 'DM005', 'an agent makes no policies');
select is(t.count('t_realtor', 'api.cancel_policies'), 5, 'he sees them');
select is(t.count('t_head_beta', 'api.cancel_policies'), 4, 'another company sees the shipped ones');
select t.set('provider_fee_bp', 'null');

-- ---- changes of a stay
select t.at('2026-06-16T09:00:00+05');
select t.book('2026-07-01', '2026-07-04') as ch \gset
select t.act('t_head', :'ch', 'confirm');
select t.pay(:'ch', 6000000, 'cash');
select is(t.charges(:'ch'), 'stay 6000000/6000000', 'paid');
select is(t.val('t_head', format($$select act.reservation_extend(%L, null, '2026-07-05') ->> 'nights'$$, :'ch')), '4', 'a night more');
select is(t.charges(:'ch'), 'stay 8000000/6000000', 'is owed, what was paid stays paid');
select is(t.act('t_head', :'ch', 'extend', '{"check_out": "2026-07-05"}'), 'DM007', 'longer means later');
select is(t.act('t_head', :'ch', 'extend', '{"check_out": "someday"}'), 'DM007', 'on a day');
select is(t.patch('reservation', :'ch', '{"unit": "U1"}'), 'applied', 'he moves');
select is(t.charges(:'ch'), 'stay 8000000/6000000', 'his money with him');
select is(t.patch('reservation', :'ch', '{"unit": "U2"}', 't_manager'), 'DM005', 'which takes a right');
select is((select count(*)::int from domovoi.charge where reservation_id = :'ch' and voided_on is not null), 1, 'what was charged before is void, not gone');
select t.at('2026-07-01T15:00:00+05');
select t.act('t_head', :'ch', 'check_in');
select t.at('2026-07-02T11:00:00+05');
select is(t.act('t_head', :'ch', 'check_out'), 'applied', 'he leaves three nights early');
select is(t.charges(:'ch'), 'stay 2000000/2000000, adjustment 6000000/4000000', 'and pays for them, as the company has it');
select is((select sum(check_out - check_in)::int from domovoi.occupancy where source_id = :'ch'), 1, 'the nights are free at once');
select t.set('refund_unused_bp', '10000');
select t.at('2026-06-16T09:00:00+05');
select t.book('2026-07-10', '2026-07-14') as early \gset
select t.act('t_head', :'early', 'confirm'), t.pay(:'early', 8000000, 'cash');
select t.at('2026-07-10T15:00:00+05');
select t.act('t_head', :'early', 'check_in');
select t.at('2026-07-11T11:00:00+05');
select t.act('t_head', :'early', 'check_out');
select is(t.charges(:'early') || '; ' || t.refunds(:'early'), 'stay 2000000/2000000; left_early 6000000 requested', 'a company may give them back');
select t.set('refund_unused_bp', 'null');

-- ---- no-shows
select t.at('2026-06-16T09:00:00+05');
select t.book('2026-08-01', '2026-08-04', '{"channel": "web"}') as ns \gset
select t.pay(:'ns', 6000000), t.at('2026-08-02T09:00:00+05');
select is(t.act('t_head', :'ns', 'no_show', '{"reason": "no_arrival"}'), 'applied', 'a prepaid guest does not come');
select is((select no_show_fee from domovoi.reservation where id = :'ns'), 3000000::bigint, 'the policy has half');
select is(t.charges(:'ns') || '; ' || t.refunds(:'ns'), 'no_show 3000000/3000000; no_show 3000000 requested', 'half is charged, half asked back');
select is((select sum(price * (check_out - check_in))::text || bool_and(sold) from domovoi.occupancy where source_id = :'ns'), '3000000true', 'and the nights are sold for that');
select t.at('2026-06-16T09:00:00+05');
select t.book('2026-08-10', '2026-08-12') as ns2 \gset
select t.act('t_head', :'ns2', 'confirm'), t.at('2026-08-11T09:00:00+05');
select t.act('t_head', :'ns2', 'no_show', '{"reason": "no_arrival"}');
select is(t.charges(:'ns2') || ' ' || (select count(*) from domovoi.occupancy where source_id = :'ns2'), 'none 0', 'who was to pay on arrival owes nothing, and his nights are free');

-- ---- taking back
select t.at('2026-06-16T09:00:00+05');
select t.book('2026-09-01', '2026-09-03') as un \gset
select t.act('t_head', :'un', 'confirm'), t.pay(:'un', 4000000);
select x ->> 'status' from t.mutate('t_head', jsonb_build_object('id', '01900000-0000-7000-8000-00000000abcd', 'resource', 'reservation', 'kind', 'action', 'record', :'un', 'action', 'cancel', 'args', '{"reason": "other"}'::jsonb)) x;
select is(t.charges(:'un') || '; ' || t.refunds(:'un'), 'none; stay_cancelled 4000000 requested', 'a wrong click');
select is((select coalesce(x ->> 'message', x ->> 'status') from t.mutate('t_head', '{"kind": "undo", "undo": "01900000-0000-7000-8000-00000000abcd"}') x), 'applied', 'is taken back');
select is(t.status(:'un') || ' ' || t.charges(:'un') || '; ' || t.refunds(:'un'), 'confirmed stay 4000000/4000000; stay_cancelled 4000000 rejected', 'with its money');

-- ---- house rules
select is(t.act('t_head', :'un', 'accept_rules'), 'DM001', 'no rules, nothing to accept');
update domovoi.offering set house_rules = 'No smoking.' where company_id = 901;
select is(t.act('t_head', :'un', 'accept_rules'), 'applied', 'the guest accepts them');
select is((select (rules_accepted_at, rules_accepted_by, rules_hash)::text from domovoi.reservation where id = :'un'),
  (select (timestamptz '2026-06-16T09:00:00+05', t.id('t_head'), encode(sha256('No smoking.'), 'hex'))::text), 'when, who heard it, and which rules');
select is(t.act('t_auditor', :'un', 'accept_rules'), 'DM005', 'an auditor writes nothing');

-- ---- readiness
select t.new('readiness_check', jsonb_build_object('reservation', :'un', 'kind', 't24', 'cleaned', true, 'linen', 'true')) as rc \gset
select is(length(:'rc'), 36, 'somebody has looked a day before');
select is(t.val('t_head', format('select (cleaned, linen, codes, amenities, ready, problem)::text from api.readiness_checks where id = %L', :'rc')), '(t,t,f,f,f,)', 'and found some of it');
select is(t.patch('readiness_check', :'rc', '{"codes": true, "amenities": true, "problem": "access"}'), 'applied', 'the rest later');
select is(t.val('t_head', format('select ready from api.readiness_checks where id = %L', :'rc')), 'false', 'with a problem it is not ready');
select is(t.patch('readiness_check', :'rc', '{"problem": ""}'), 'applied', 'which is solved');
select is(t.val('t_head', format('select ready from api.readiness_checks where id = %L', :'rc')), 'true', 'now it is');
select is(left(t.new('readiness_check', jsonb_build_object('reservation', :'un', 'kind', 't24')), 5), '23505', 'one list a time');
select is(left(t.new('readiness_check', jsonb_build_object('reservation', :'un', 'kind', 'maybe')), 5), 'DM007', 'of a known kind');
select is(left(t.new('readiness_check', jsonb_build_object('reservation', :'un', 'cleaned', 'perhaps')), 5), 'DM007', 'with a yes or a no');
select is(t.new('readiness_check', jsonb_build_object('reservation', :'un'), 't_realtor'), 'DM007 reservation', 'of a stay that one may see');
select is(t.new('readiness_check', jsonb_build_object('reservation', :'un'), 't_auditor'), 'DM005', 'an auditor looks only');
select is(t.count('t_realtor', 'api.readiness_checks'), 0, 'a colleague''s are not shown');

-- ---- the policy of a unit
create function t.offer(p_unit text) returns text language sql as $$ select o.id::text from domovoi.offering o join domovoi.unit u on u.id = o.unit_id
  where u.company_id = 901 and u.code = p_unit and o.mode = 'short_stay' $$;
select is(t.patch('offering', t.offer('U3'), '{"cancel_policy": "strict"}'), 'applied', 'a unit has a policy of its own');
select is(t.patch('offering', t.offer('U3'), '{"cancel_policy": "none"}'), 'DM007 cancel_policy', 'that there is');
select t.book('2026-10-20', '2026-10-22') as strict \gset
select is((select policy ->> 'tiers' from domovoi.reservation where id = :'strict'), '168:100', 'and its stays with it');
select is(t.patch('offering', t.offer('U3'), '{"cancel_policy": ""}'), 'applied', 'or the company''s again');

-- ---- every move by every role: what the permissions say, and nothing else
create function t.may(p_login text, p_action text, p_status text) returns text language plpgsql as $$
declare made uuid := gen_random_uuid(); seen text; who uuid := t.id('t_realtor');
begin
  begin

    insert into domovoi.reservation (company_id, id, unit_id, agent_id, check_in, check_out, status, hold_until, price_per_night, currency, imported)
      select 901, made, u.id, who, '2026-06-15', '2026-06-20', p_status, '2027-01-01', 0, 'KZT', true from domovoi.unit u where u.company_id = 901 and u.code = 'U1';
    seen := t.act(p_login, made::text, p_action, '{"reason": "other", "check_out": "2026-06-22"}');
    raise exception using errcode = 'DMTRY', message = seen;
  exception when sqlstate 'DMTRY' then return seen;
  end;
end $$;
select t.at('2026-06-16T09:00:00+05');
update domovoi.reservation set status = 'cancelled', status_reason = 'other' where company_id = 901 and status in ('hold', 'confirmed')
  and unit_id = (select id from domovoi.unit where company_id = 901 and code = 'U1') and check_in < '2026-06-23' and check_out > '2026-06-10';
select is((select string_agg(a || ' ' || s || ' ' || l || ': ' || got, '; ') from (
  select a.a, s.s, l.login as l, t.may(l.login, a.a, s.s) as got,
    case when not exists (select from domovoi.role_permission g where g.role = l.role and g.permission = 'reservation.view') and l.role <> 'executor' or l.role = 'owner' then 'DM006'
      when not exists (select from domovoi.role_permission g where g.role = l.role and g.permission = a.p) then 'DM005'
      when s.s <> all (a.from_states) then 'DM001' else 'applied' end as want
    from (values ('confirm', 'reservation.confirm', '{hold}'::text[]), ('check_in', 'reservation.checkin', '{confirmed}'), ('check_out', 'reservation.checkout', '{checked_in}'),
      ('cancel', 'reservation.cancel', '{hold,confirmed}'), ('no_show', 'reservation.no_show', '{confirmed}'), ('extend_hold', 'reservation.edit', '{hold}'),
      ('extend', 'reservation.edit', '{hold,confirmed,checked_in}'), ('rebook', 'reservation.create', '{cancelled,expired,no_show}')) a (a, p, from_states),
    unnest('{hold,confirmed,checked_in,completed,cancelled,no_show,expired}'::text[]) s (s), t.staff l where l.company = 901 and l.login <> 't_realtor2') x
  where got is distinct from want), null, 'eight actions from seven states by twelve people: only what may be');

-- ---- by itself
select t.set('auto_check_in', 'true'), t.set('auto_check_out', 'true');
select t.at('2026-09-02T00:00:00+05');
select domovoi.tick();
select is(t.status(:'un'), 'checked_in', 'a guest is checked in by itself, also a day late');
select t.at('2026-09-03T11:59:00+05');
select domovoi.tick();
select is(t.status(:'un'), 'checked_in', 'before noon he may still be there');
select t.at('2026-09-03T12:00:00+05');
select domovoi.tick();
select is(t.status(:'un'), 'completed', 'at noon he has left');
select is((select check_out from domovoi.reservation where id = :'un'), date '2026-09-03', 'on his last day');
select t.set('auto_check_in', 'null'), t.set('auto_check_out', 'null');

-- ---- random histories
create function t.history(p_seed float8, p_steps int) returns void language plpgsql as $$
declare r record; a date; now_at timestamptz := '2027-03-01T09:00:00+05';
begin
  perform setseed(p_seed);
  for i in 1 .. p_steps loop
    now_at := now_at + random() * interval '9 hours';
    perform t.at(now_at::text);
    a := (now_at at time zone 'Asia/Almaty')::date + floor(random() * 12)::int;
    select x.id::text as id, x.check_in, x.check_out, x.status into r from domovoi.reservation x where x.company_id = 901
      and not x.imported and (x.check_out > a - 15) order by random() limit 1;
    case floor(random() * 10)::int
      when 0, 1 then perform t.book(a, a + 1 + floor(random() * 6)::int, jsonb_build_object('channel',
        (array['web', 'console', 'telegram'])[1 + floor(random() * 3)::int]), (array['U1', 'U2', 'U3', 'H-1', 'H-1a'])[1 + floor(random() * 5)::int]);
      when 2, 3 then if r.id is not null then perform t.pay(r.id, 100000 + floor(random() * 12e6)::int, (array['cash', 'kaspi'])[1 + floor(random() * 2)::int]); end if;
      when 4 then perform domovoi.tick();
      when 5 then if r.id is not null then perform t.patch('reservation', r.id, jsonb_build_object('check_in', r.check_in, 'check_out', r.check_out + floor(random() * 5)::int - 2)); end if;
      else if r.id is not null then perform t.act('t_head', r.id, (array['confirm', 'check_in', 'check_out', 'cancel', 'no_show', 'rebook'])[1 + floor(random() * 6)::int],
        jsonb_build_object('reason', (array['other', 'plans_changed', 'technical'])[1 + floor(random() * 3)::int])); end if;
    end case;
  end loop;
end $$;
select t.new('price_rule', '{"kind": "weekday", "name": "Weekend", "weekdays": "5,6", "change_bp": 1250, "priority": 1}');
select lives_ok('select t.history(0.11, 300)', '300 random steps');
select is((select count(*)::int from domovoi.reservation r where r.company_id = 901 and not r.imported and r.status in ('hold', 'confirmed', 'checked_in', 'completed')
  and r.total is distinct from (select sum(o.price * (o.check_out - o.check_in)) from domovoi.occupancy o where o.source_id = r.id)), 0, 'the nights of every stay sum to its total');
select is((select count(*)::int from domovoi.reservation r where r.company_id = 901 and r.status = 'no_show'
  and r.no_show_fee is distinct from (select coalesce(sum(o.price * (o.check_out - o.check_in)), 0) from domovoi.occupancy o where o.source_id = r.id)), 0, 'and of every no-show to its charge');
select is((select count(*)::int from domovoi.occupancy a join domovoi.occupancy b on a.company_id = b.company_id and a.unit_id = b.unit_id
  and a.period && b.period and (a.source_id, a.check_in) < (b.source_id, b.check_in)), 0, 'nothing is used twice');
select is((select count(*)::int from domovoi.reservation r where r.company_id = 901 and not r.imported and r.party_id is not null and r.status in ('confirmed', 'checked_in', 'completed')
  and r.total + r.cleaning_fee + r.service_fee + r.unused_fee is distinct from (select sum(c.amount) from domovoi.charge c where c.reservation_id = r.id and c.voided_on is null)), 0, 'every stay owes what it costs');
select is((select count(*)::int from domovoi.account a where a.company_id = 901 and a.kind = 'receivable'
  and domovoi.open_of(901, a.id) <> (select coalesce(sum(e.amount), 0) from domovoi.ledger_entry e where e.account_id = a.id)), 0, 'balances are the ledger''s');
select is((select count(*)::int from domovoi.payment p where p.allocated + p.refunded + coalesce((select sum(x.amount) from domovoi.refund x
  where x.payment_id = p.id and x.status = 'requested'), 0) > p.amount), 0, 'nothing is asked back that covers something');
select is((select sum(amount) from domovoi.ledger_entry), 0::numeric, 'the ledger sums to zero');
select is((select count(distinct to_state) from domovoi.status_event where company_id = 901 and machine = 'reservation.stay'), 7::bigint, 'through every state');
select cmp_ok((select count(*) from domovoi.refund), '>', 15::bigint, 'with many refunds');
select * from finish();
