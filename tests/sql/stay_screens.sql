-- What the desk asks about stays: their bill, what a change would mean, who needs somebody, and units that are free as
-- booking sees it.
\ir fixtures/start.sql
\ir fixtures/report.sql
select * from no_plan();

create function t.mut(p_login text, p jsonb) returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'record', x ->> 'status') from t.mutate(p_login, p) x
$$;
create function t.book(p_in date, p_out date, p_unit text default 'U3', p_more jsonb default '{}') returns text language sql as $$
  select t.mut('t_head', jsonb_build_object('resource', 'reservation', 'kind', 'create', 'set',
    jsonb_build_object('unit', p_unit, 'check_in', p_in, 'check_out', p_out) || p_more))
$$;
create function t.deed(p_id text, p_action text, p_args jsonb default '{}') returns text language sql as $$
  select t.mut('t_head', jsonb_build_object('resource', 'reservation', 'kind', 'action', 'record', p_id, 'action', p_action, 'args', p_args))
$$;
create function t.foresee(p_id text, p_more text, p_login text default 't_head') returns text language sql as $$
  select t.val(p_login, format($q$select concat_ws(' ', code, status, nights_was || '>' || nights, total_was_minor || '>' || total_minor,
    'kept ' || nullif(kept_minor, 0), 'fee ' || nullif(fee_minor, 0), 'back ' || nullif(refund_minor, 0), 'owed ' || nullif(owed_minor, 0),
    nullif(unready, '')) from report.stay_foresight(%L, %s)$q$, p_id, p_more))
$$;
create function t.bill(p_id text, p_login text default 't_head') returns text language sql as $$
  select t.val(p_login, format($q$select string_agg(kind || coalesce(' ' || nights || 'x' || price_minor, '') || coalesce(' ' || amount_minor, '')
    || coalesce(' ' || note, ''), ', ') from report.stay_bill(%L)$q$, p_id))
$$;
create function t.today() returns date language sql as $$ select domovoi.company_today(901) $$;
-- money that arrives and is there
create function t.pay(p_stay text, p_amount bigint) returns uuid language sql as $$
  select domovoi.record_payment(jsonb_populate_record(null::domovoi.payment, jsonb_build_object('company_id', 901,
    'reservation_id', p_stay, 'amount', p_amount, 'method', 'cash', 'booked_on', domovoi.company_today(901))), true)
$$;
create function t.needs(p_id text) returns text language sql as $$
  select coalesce(t.val('t_head', format('select attention from api.reservations where id = %L', p_id)), '-')
$$;

select t.mut('t_head', '{"resource": "party", "kind": "create", "set": {"name": "Guest of the desk"}}') as guest \gset
select t.book(t.today() + 3, t.today() + 6, 'U3', jsonb_build_object('party', :'guest')) as stay \gset
select is(length(:'stay'), 36, 'a stay');

-- the bill
select is(t.bill(:'stay'), 'night 3x1000000 3000000, total 3000000, policy default_24_12 24:100,12:50, host_cancel 100 %, '
  || 'no_show 100 %, commission 10 %, charged 0, paid 0, open 0', 'the bill: nights, terms, money');
select t.deed(:'stay', 'confirm') \g /dev/null
select t.pay(:'stay', 1200000) \g /dev/null
select matches(t.bill(:'stay'), 'charged 3000000, paid 1200000, open 1800000$', 'what is paid and left');
select is((select string_agg(x ->> 'kind', ' ') from jsonb_array_elements(t.rows('t_head', format('select * from report.stay_bill(%L)', :'stay'))) x
  where x ->> 'kind' in ('charged', 'open') and x ->> 'resource' = 'charges' and (x ->> 'amount_minor')::numeric <> t.val('t_head', format(
    'select coalesce(sum(%I), 0) from api.charges where %s', case x ->> 'kind' when 'open' then 'open_minor' else 'amount_minor' end,
    t.where_of(x ->> 'filter')))::numeric), null, 'what is charged and open are the sums of what they open');
select matches(t.bill(:'stay', 't_manager'), '^night.*no_show 100 %, charged', 'a share is not for everybody');

-- foresight, and that nothing happens by it
create table t.was as select to_jsonb(r) as stay, (select count(*) from domovoi.refund) as refunds, (select count(*) from domovoi.charge) as charges,
  (select count(*) from domovoi.change_log) as log from domovoi.reservation r where r.id = :'stay';
select is(t.foresee(:'stay', $$action => 'cancel', reason => 'plans_changed', by => 'guest'$$),
  'cancelled 3>3 3000000>3000000 back 1200000', 'three days before all comes back');
select is(t.foresee(:'stay', $$action => 'cancel', reason => 'plans_changed', by => 'agent'$$), 'DM007', 'a refusal is told') ;
select is(t.foresee(:'stay', format('check_out => %L', t.today() + 8)), 'confirmed 3>5 3000000>5000000 owed 3800000', 'two nights more');
select is(t.foresee(:'stay', format('check_out => %L', t.today() + 4)), 'confirmed 3>1 3000000>1000000', 'two nights less');
select is(t.foresee(:'stay', $$unit => 'U2'$$), 'confirmed 3>3 3000000>3000000 owed 1800000', 'another unit at the price that was agreed');
select is(t.foresee(:'stay', $$action => 'check_in'$$), 'DM011 none', 'not before the day, and nobody has looked');
select is((select count(*)::int from domovoi.reservation r, t.was w where to_jsonb(r) = w.stay
  and (select count(*) from domovoi.refund) = w.refunds and (select count(*) from domovoi.charge) = w.charges
  and (select count(*) from domovoi.change_log) = w.log), 1, 'nothing has happened');
select is((select count(*)::int from pg_locks where locktype = 'advisory'), 0, 'nor is anything locked');
select is(t.deed(:'stay', 'cancel', '{"reason": "plans_changed", "by": "guest"}'), :'stay', 'called off');
select is((select (r.kept, (select sum(x.amount) from domovoi.refund x where x.reservation_id = r.id))::text from domovoi.reservation r
  where r.id = :'stay'), '(0,1200000)', 'and what was told is what came');

-- the tiers
select t.book(t.today(), t.today() + 2, 'U3', jsonb_build_object('party', :'guest')) as soon \gset
select t.deed(:'soon', 'confirm') \g /dev/null
select t.pay(:'soon', 2000000) \g /dev/null
select is(t.foresee(:'soon', $$action => 'cancel', reason => 'plans_changed', by => 'guest'$$),
  'cancelled 2>2 2000000>2000000 kept 2000000', 'on the day itself nothing');
select is(t.foresee(:'soon', $$action => 'check_in'$$), 'checked_in 2>2 2000000>2000000 none', 'he may come');

-- readiness and attention
select is(t.needs(:'soon'), 'unready', 'arrives today, paid, and nobody has looked');
select t.mut('t_head', jsonb_build_object('resource', 'readiness_check', 'kind', 'create', 'set', jsonb_build_object('reservation', :'soon',
  'kind', 't24', 'cleaned', true, 'linen', true))) as look \gset
select is(t.foresee(:'soon', $$action => 'check_in'$$), 'checked_in 2>2 2000000>2000000 codes,amenities', 'what is missing is named');
select t.mut('t_head', jsonb_build_object('resource', 'readiness_check', 'kind', 'patch', 'record', :'look', 'set',
  '{"codes": true, "amenities": true}'::jsonb)) \g /dev/null
select is(t.needs(:'soon'), '-', 'ready: nobody is needed');
select t.mutate('t_head', jsonb_build_object('id', '01900000-0000-7000-8000-00000000aa01', 'resource', 'readiness_check', 'kind', 'patch',
  'record', :'look', 'set', '{"linen": false, "problem": "other"}'::jsonb)) \g /dev/null
select is(t.needs(:'soon'), 'unready', 'something was found');
select t.mut('t_head', '{"kind": "undo", "undo": "01900000-0000-7000-8000-00000000aa01"}') \g /dev/null
select is(t.needs(:'soon'), '-', 'taken back');
select t.book(t.today() + 1, t.today() + 3, 'U2', jsonb_build_object('party', :'guest')) as twice \gset
select is(t.needs(:'twice'), 'twice', 'the same guest in two units');
select is(t.needs(:'soon'), 'twice', 'on either of them');
update domovoi.reservation set hold_until = domovoi.now() - interval '1 minute' where id = :'twice';
select is(t.needs(:'twice'), 'hold_over,twice', 'its hold has run out');
update domovoi.reservation set hold_until = domovoi.now() + interval '2 hours' where id = :'twice';
select is(t.needs(:'twice'), 'hold_soon,twice', 'or will soon');

-- free, as booking sees it
create function t.free(p_login text, p_in date) returns text language sql as $$
  select t.val(p_login, format($q$select concat_ws(' ', free, split_part(reason, ':', 1)) from report.availability(%L, %L, unit => 'U1')$q$,
    p_in, p_in + 2))
$$;
update domovoi.offering o set cta_weekdays = to_char(t.today() + 10, 'dy'), advance_notice_h = 72 from domovoi.unit u
  where u.company_id = o.company_id and u.id = o.unit_id and u.code = 'U1' and o.mode = 'short_stay' and u.company_id = 901;
select is(t.free('t_realtor', t.today() + 10), 'f Nobody arrives on this day of the week', 'a day when nobody arrives');
select is(t.free('t_realtor', t.today() + 11), 't', 'the next one is free');
select is(t.free('t_realtor', t.today() + 2), 'f The arrival is too soon', 'too soon');
select is(t.free('t_head', t.today() + 10), 't', 'who may override it sees it free');
select is(t.val('t_realtor', format($q$select bool_or(to_char(check_in, 'dy') = to_char(%L::date, 'dy'))
  from report.alternatives('U1', %L, %L) where kind = 'dates'$q$, t.today() + 10, t.today() + 10, t.today() + 12)), 'false',
  'no other dates begin on such a day');
select * from finish();
