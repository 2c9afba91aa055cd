-- Reservations and blocks. Each unit gets one line of stays, one after another with gaps, so two of them never
-- meet; season, weekday and the distance from today decide which of them really happen. Those that do not become
-- cancellations, lapsed holds and a few blocks.

create or replace function domovoi.demo_candidates(back int, ahead int, seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 400;
begin
  create temp table demo_stay on commit drop as
  with line as (
    select u.n, u.c, k, u.n * 1000 + k as key, u.n - coalesce(u.bed, 0) as room, u.shape, u.pop, u.opened, u.closed, u.today,
           (array[0,0,0,0,0,0,1,1,1,2])[1 + floor(domovoi.demo_rnd(u.n * 1000 + k, s) * 10)::int] as gap,
           case when r < 0.004 then 21 + (r * 2500)::int
                else (array[1,1,1,1,1,2,2,2,2,2,2,3,3,3,3,4,4,5,5,7,7,6,10,14])[1 + floor((r - 0.004) / 0.996 * 24)::int] end as nights
      from demo_unit u
     cross join generate_series(1, (back + ahead) / 4 + 20) k
     cross join lateral (select domovoi.demo_rnd(u.n * 1000 + k, s + 1)) f (r)
  ), placed as (
    select *, today - back + (sum(gap + nights) over (partition by n order by k))::int - nights as check_in from line
  ), dated as (
    select *, check_in + nights as check_out, greatest(0, check_in - today)::float8 / greatest(ahead, 1) as far,
           domovoi.demo_rnd(room * 1000 + (extract(year from check_in)::int % 50) * 12 + extract(month from check_in)::int, s + 2) < 0.22 as whole
      from placed
  )
  select n, c, key, check_in, nights, check_out, far,
         domovoi.demo_rnd(key, s + 3) < pop * (1 - 0.8 * far)
           * (array[.70,.68,.74,.80,.88,.97,1,.98,.90,.80,.74,.88])[extract(month from check_in)::int]
           * (array[.95,.97,.98,.98,1,1,.93])[extract(isodow from check_in)::int] as happens
    from dated
   where check_in < today + ahead
     and (opened is null or check_in >= opened) and (closed is null or check_out <= closed)
     -- a hostel room is sold whole or by the bed, a month at a time
     and (shape = 'flat' or (shape = 'room') = whole
          and date_trunc('month', check_in) = date_trunc('month', check_out - 1));
end $$;

-- Exactly `wanted` reservations: what happens, up to 80 %, the rest did not come to be.
create or replace function domovoi.demo_fates(wanted int, seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 400;
begin
  create temp table demo_fate on commit drop as
  with share as (
    select c, round(wanted * sum(share) over (order by c))::int - round(wanted * (sum(share) over (order by c) - share))::int as many
      from demo_co
  ), tried as (          -- several guests may have wanted, and given up, the same dates
    select t.c, t.n, t.key + 300 * again as key, check_in, nights, check_out, far, happens, again
      from demo_stay t cross join generate_series(0, 2) again
     where again = 0 or not happens
  ), ranked as (
    select t.*, many, row_number() over (partition by c, happens order by again, domovoi.demo_rnd(key, s + 4), key) as rank,
           count(*) filter (where happens) over (partition by c) as stays
      from tried t join share using (c)
     where happens or domovoi.demo_rnd(key, s + 5) < 1 - 0.8 * far
  )
  select n, c, key, check_in, nights, check_out, happens,
         happens and rank <= many * 0.8 or not happens and rank <= many - least(stays, floor(many * 0.8)) as reserved,
         again = 0 and not happens and domovoi.demo_rnd(key, s + 6) < 0.03 as blocked
    from ranked;
end $$;

-- The reservation's columns, still without its number.
create or replace function domovoi.demo_reservations(seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 400;
begin
  create temp table demo_reservation on commit drop as
  with base as (
    select f.*, u.id as unit_id, u.offering_id, u.building_id, u.agent_id, u.agent_k, u.owner_id, u.price, u.step, u.currency, u.today,
           u.shape, u.rooms, domovoi.demo_rnd(f.key, s + 10) as r,
           floor(domovoi.demo_rnd(f.key, s + 11) ^ 2.5 * 75)::int as lead
      from demo_fate f join demo_unit u using (c, n)
     where reserved
  ), state as (
    select *, case
             when not happens then case when r < 0.12 and check_in - lead < today - 1 then 'expired' else 'cancelled' end
             when check_out < today then case when r < 0.013 then 'no_show' else 'completed' end
             when check_out = today then case when r < 0.4 then 'completed' else 'checked_in' end
             when check_in < today then case when r < 0.02 and check_in >= today - 3 then 'confirmed' else 'checked_in' end
             when check_in = today then case when r < 0.3 then 'checked_in' else 'confirmed' end
             when check_in <= today + 45 and r < 0.08 then 'hold'
             else 'confirmed' end as status
      from base
  ), booked as (
    select *, case when status = 'hold' then today
                   else least(check_in - lead, today - case when status = 'expired' then 2 else 0 end
                              - floor(domovoi.demo_rnd(key, s + 12) * 12)::int) end as booked_on
      from state
  )
  select *, case status when 'completed' then least(check_out, today) when 'checked_in' then check_in
                        when 'no_show' then check_in + 1 when 'expired' then booked_on + 1
                        when 'cancelled' then booked_on + floor(domovoi.demo_rnd(key, s + 13)
                                                * (greatest(least(check_in, today) - booked_on, 0) + 1))::int
                        when 'hold' then booked_on
                        else least(booked_on + floor(domovoi.demo_rnd(key, s + 13) * 2)::int, today) end as status_on,
         case when domovoi.demo_rnd(key, s + 14) < 0.003 then 0
              else round(price * (array[.85,.85,.9,.95,1,1.15,1.2,1.15,1.05,.95,.9,1.1])[extract(month from check_in)::int]
                         * case when extract(isodow from check_in) in (5, 6) then 1.12 else 1 end / step) * step end as per_night,
         case when domovoi.demo_rnd(key, s + 15) < 0.62 then 'guest' when domovoi.demo_rnd(key, s + 15) < 0.84 then 'agent'
              when domovoi.demo_rnd(key, s + 15) < 0.98 then 'company' else 'platform' end as initiator
    from booked;
end $$;

create or replace function domovoi.demo_store(agents int, seed int) returns void
language plpgsql as $$
declare s bigint := seed * 1000 + 400; t timestamptz := domovoi.now();
begin
  insert into domovoi.reservation (
    company_id, id, no, unit_id, offering_id, party_id, agent_id, building_id, owner_id, check_in, check_out, status,
    status_reason, cancelled_by, hold_until, booked_on, status_on, price_per_night, total, currency, adults, children, channel,
    country, comment, created_at, created_by, updated_at)
  select d.c, domovoi.demo_uuid('reservation', d.key, seed), row_number() over (partition by d.c order by d.booked_on, d.key),
         d.unit_id, d.offering_id, p.id, d.agent_id, d.building_id, d.owner_id, d.check_in, d.check_out, d.status,
         case d.status when 'no_show' then 'no_arrival' when 'cancelled' then case d.initiator
           when 'guest' then domovoi.demo_pick('{plans_changed,plans_changed,plans_changed,found_cheaper,trip_cancelled,trip_cancelled,terms,other}', domovoi.demo_rnd(d.key, s + 16))
           when 'agent' then domovoi.demo_pick('{guest_request,guest_request,unit_problem,double_booking,house_rules}', domovoi.demo_rnd(d.key, s + 16))
           when 'company' then domovoi.demo_pick('{technical,unavailable,unit_problem}', domovoi.demo_rnd(d.key, s + 16))
           else 'force_majeure' end end,
         case when d.status = 'cancelled' then d.initiator when d.status = 'no_show' then 'guest' when d.status = 'expired' then 'system' end,
         case when d.status = 'hold' then t + make_interval(mins => 20 + floor(domovoi.demo_rnd(d.key, s + 17) * 2000)::int)
              when d.status = 'expired' then d.booked_on + time '20:00' end,
         d.booked_on, d.status_on, d.per_night, d.per_night * (d.check_out - d.check_in), d.currency,
         case d.shape when 'bed' then 1 when 'room' then 4 else 1 + floor(domovoi.demo_rnd(d.key, s + 18) * d.rooms * 2)::int end,
         case when d.shape = 'flat' and domovoi.demo_rnd(d.key, s + 19) < 0.2 then 1 + floor(domovoi.demo_rnd(d.key, s + 20) * 2)::int else 0 end,
         domovoi.demo_pick('{console,phone,phone,web,web,web,telegram,telegram,agency,corporate}', domovoi.demo_rnd(d.key, s + 21)),
         case p.culture when 'uz' then 'UZ' when 'ru' then case when d.c = 5 then 'RU' else 'KZ' end else 'KZ' end,
         case when domovoi.demo_rnd(d.key, s + 22) < 0.04 then domovoi.demo_pick(domovoi.demo_phrases('comment'), domovoi.demo_rnd(d.key, s + 23)) end,
         d.booked_on + time '09:00' + make_interval(mins => floor(domovoi.demo_rnd(d.key, s + 24) * 600)::int), d.agent_id,
         greatest(d.status_on, d.booked_on) + time '20:00'
    from demo_reservation d
    join (select c, count(*) / agents as turns from demo_party group by c) q using (c)
    join demo_party p on p.c = d.c and p.k = d.agent_k + agents * floor(q.turns * domovoi.demo_rnd(d.key, s + 25) ^ 1.25)::int
   order by d.c, d.check_in, d.key;

  insert into domovoi.block (company_id, id, unit_id, check_in, check_out, reason, building_id, agent_id, owner_id, created_by)
  select f.c, domovoi.demo_uuid('block', f.key, seed), u.id, f.check_in, f.check_out,
         domovoi.demo_pick('{maintenance,repair,cleaning,personal,outside}', domovoi.demo_rnd(f.key, s + 30)),
         u.building_id, u.agent_id, u.owner_id, u.agent_id
    from demo_fate f join demo_unit u using (c, n)
   where f.blocked;
end $$;
