-- The machine of a stay: where records start, which moves exist, reasons, guards, history, versions.
\ir fixtures/start.sql
select plan(50);

create function t.book(p_in date, p_out date, p_unit text default 'U3', p_login text default 't_head')
  returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'record') from t.mutate(p_login, jsonb_build_object('resource',
    'reservation', 'kind', 'create',
    'set', jsonb_build_object('unit', p_unit, 'check_in', p_in, 'check_out', p_out))) x
$$;
create function t.status(p text) returns text language sql as $$ select status from domovoi.reservation
  where company_id = 901 and id = p::uuid $$;
select t.book('2026-06-16', '2026-06-19') as r \gset

select is(t.status(:'r'), 'hold', 'a new stay is a hold');
select is((select hold_until from domovoi.reservation where id = :'r'), timestamptz '2026-06-17T09:00:00+05',
  'for a day');
select is((select (booked_on, status_on) from domovoi.reservation where id = :'r'), (date '2026-06-16',
  date '2026-06-16'), 'booked today');
select is(t.act('t_head', :'r', 'check_in'), 'DM001', 'a hold is not checked in');
select is(t.act('t_head', :'r', 'check_out'), 'DM001', 'nor out');
select is(t.act('t_head', :'r', 'expire'), 'DM005', 'expiry is the system''s');
select is(t.act('t_head', :'r', 'dance'), 'DM005', 'what is not a move is nobody''s');
select is(t.act('t_head', :'r', 'confirm'), 'applied', 'confirmed');
select is(t.act('t_head', :'r', 'confirm'), 'DM001', 'once');
select is(t.act('t_head', :'r', 'no_show', '{"reason": "no_arrival"}'), 'DM011', 'no no-show on the arrival day');
select is(t.act('t_head', :'r', 'cancel'), 'DM002', 'a cancellation says why');
select is(t.act('t_head', :'r', 'cancel', '{"reason": "  "}'), 'DM002', 'in letters');
select is(t.act('t_head', :'r', 'check_in'), 'applied', 'checked in');
select is(t.act('t_head', :'r', 'cancel', '{"reason": "other"}'), 'DM001', 'who is in is not cancelled');
select is((select sum(check_out - check_in) from domovoi.occupancy where source_id = :'r'), 3::bigint,
  'three nights');
set domovoi.now = '2026-06-17T09:00:00+05';
select is(t.act('t_head', :'r', 'check_out'), 'applied', 'leaves two nights early');
select is((select check_out from domovoi.reservation where id = :'r'), date '2026-06-17',
  'and the stay ends that day');
select is((select sum(check_out - check_in) from domovoi.occupancy where source_id = :'r' and sold), 1::bigint,
  'the nights left are free');
select is(t.act('t_head', :'r', 'cancel', '{"reason": "other"}'), 'DM001', 'final is final');
set domovoi.now = '2026-06-16T09:00:00+05';

-- history
select is((select string_agg(coalesce(from_state, '-') || '>' || to_state, ' ' order by id)
  from domovoi.status_event where record_id = :'r'),
  '->hold hold>confirmed confirmed>checked_in checked_in>completed', 'each change left a row');
select is((select count(distinct by_user)::int from domovoi.status_event where record_id = :'r'
  and by_user = t.id('t_head')), 1, 'with its author');
select throws_ok('update domovoi.status_event set reason = ''x''', '55000', null, 'history is not edited');
select throws_ok('delete from domovoi.status_event', '55000', null, 'nor deleted');
select throws_ok('truncate domovoi.status_event', '55000', null, 'nor emptied');
select throws_ok('delete from domovoi.change_log', '55000', null, 'nor is the change log');
select throws_ok('update domovoi.mutation set result = ''{}''', '55000', null, 'nor the record of requests');

-- holds
select t.book('2026-07-01', '2026-07-03') as h \gset
select is(t.act('t_head', :'h', 'extend_hold', '{"until": "2026-06-15T00:00:00Z"}'), 'DM007',
  'a hold is not extended into the past');
select is(t.act('t_head', :'h', 'extend_hold', '{"until": "2026-06-18T09:00:00+05"}'), 'applied',
  'but into the future');
select is(t.act('t_head', :'h', 'extend_hold'), 'applied', 'or by a day');
select is((select hold_until from domovoi.reservation where id = :'h'), timestamptz '2026-06-19T09:00:00+05',
  'from where it was');
select is(t.book('2026-07-02', '2026-07-04'), 'DM004', 'a hold holds');
set domovoi.now = '2026-06-19T09:00:00+05';
select is(t.act('t_head', :'h', 'confirm'), 'DM011', 'a hold that ran out is not confirmed');
select isnt(t.book('2026-07-02', '2026-07-04'), 'DM004', 'and stands in nobody''s way');
select is(t.status(:'h'), 'expired', 'it has expired');
select is((select count(*)::int from domovoi.occupancy where source_id = :'h'), 0, 'and left the table');
set domovoi.now = '2026-06-16T09:00:00+05';

-- time zones: 23:30 in Almaty on the 20th is still the 20th; 18:30 UTC
select t.book('2026-06-21', '2026-06-22') as z \gset
select is(t.act('t_head', :'z', 'confirm'), 'applied', 'confirmed');
set domovoi.now = '2026-06-20T23:30:00+05';
select is(t.act('t_head', :'z', 'check_in'), 'DM011', 'half an hour before the day in the company''s zone');
set domovoi.now = '2026-06-21T00:30:00+05';
select is(t.act('t_head', :'z', 'check_in'), 'applied', 'and half an hour into it, although it is the 20th in UTC');
set domovoi.now = '2026-06-16T09:00:00+05';
select t.book('2026-06-14', '2026-06-18', 'U2') as l \gset
select is(t.status(:'l'), 'hold', 'a head may book into the past');
select is(t.book('2026-06-10', '2026-06-12', 'U1', 't_realtor'), 'DM007', 'an agent may not');
select is(t.act('t_head', :'l', 'confirm'), 'applied', 'confirmed late');
select is(t.act('t_head', :'l', 'no_show', '{"reason": "no_arrival"}'), 'applied', 'the day after he did not come');
select is((select count(*)::int from domovoi.occupancy where source_id = :'l'), 0, 'a no-show sells nothing');

-- the table itself holds, whoever writes
select throws_ok(format('update domovoi.reservation set status = ''hold'' where id = %L', :'r'), 'DM001', null,
  'a move that does not exist, by the owner');
select throws_ok($$insert into domovoi.reservation (company_id, unit_id, check_in, check_out, status, currency)
  values (901,
  '00000000-0000-7000-8000-000000000103', '2026-09-01', '2026-09-02', 'confirmed', 'KZT')$$, 'DM001', null,
    'a start in the middle');
update domovoi.reservation set version = 99, no = 99, imported = true where id = :'z';
select is((select (version, no > 99 or no < 99, imported) from domovoi.reservation where id = :'z'), (4, true,
  false), 'version, number and origin are the database''s');

-- random walks: whatever is tried, every recorded change is a row of fsm_transition
create function t.walk(p_seed float8, p_steps int) returns int language plpgsql as $$
declare ids text[] := '{}'; a text; bad int;
begin
  perform setseed(p_seed);
  for i in 1 .. p_steps loop
    perform set_config('domovoi.now', (timestamptz '2026-06-16T09:00:00+05' + random() * interval '40 days')::text,
      false);
    if random() < 0.3 or cardinality(ids) = 0 then
      a := t.book(date '2026-06-16' + (random() * 40)::int, date '2026-06-16' + (random() * 45)::int, (array['U3',
        'H', 'H-1', 'H-1a', 'H-1b'])[1 + (random() * 4.99)::int]);
      if length(a) = 36 then ids := ids || a; end if;
    else
      perform t.act('t_head', ids[1 + floor(random() * cardinality(ids))::int],
        (array['confirm', 'check_in', 'check_out', 'cancel', 'no_show', 'expire',
          'extend_hold'])[1 + (random() * 6.99)::int],
        case when random() < 0.7 then '{"reason": "other"}' else '{}' end::jsonb);
    end if;
  end loop;
  select count(*) into bad from domovoi.status_event e where e.from_state is not null and not exists (select
    from domovoi.fsm_transition t
    where t.machine = e.machine and t.from_state = e.from_state and t.to_state = e.to_state);
  return bad;
end $$;
select is(t.walk(0.42, 400), 0, '400 random steps make no impossible move');
select is((select count(*)::int from domovoi.reservation r where r.company_id = 901 and (r.status in ('hold',
  'confirmed', 'checked_in', 'completed'))
  <> exists (select from domovoi.occupancy o where o.company_id = 901 and o.source_id = r.id)), 0,
    'occupancy has exactly the stays that use a unit');
select is((select count(*)::int from domovoi.reservation r join lateral (select sum(o.price) as price,
  bool_and(o.sold) as sold, min(o.check_in) as i, max(o.check_out) as x
    from domovoi.occupancy o where o.company_id = 901 and o.source_id = r.id having count(*) > 0) o on true
  where r.company_id = 901 and (o.price, o.sold, o.i, o.x) is distinct from (r.price_per_night,
    r.status in ('confirmed', 'checked_in', 'completed'), r.check_in, r.check_out)), 0,
  'with its price, its dates and whether it is sold');
select is((select string_agg(distinct status, ' ' order by status) from domovoi.reservation where company_id = 901),
  'cancelled checked_in completed confirmed expired hold no_show', 'and the walk came through every state');
select * from finish();
