-- The registry of people: where somebody lives now and what is open with him. Nothing is kept twice: both follow from
-- agreements in force, stays that have checked in and the books. A page of a list asks for its rows alone; subqueries of
-- columns that are not chosen are not run. Who lives in a unit is asked by its code (api.party_home): the units' words
-- beside those of people in one search cost 400 ms a key at 50,000 people, for its plan no longer walks the names.

set local role domovoi_owner;

create index reservation_inside on domovoi.reservation (company_id, party_id) where status = 'checked_in';
create index agreement_inside on domovoi.agreement (company_id, party_id) where status in ('active', 'notice');

-- Who is in which unit now: what home=A02-1 finds. One row a person and unit.
create view api.party_home with (security_invoker) as
  select a.company_id as company, a.party_id as id, u.code as value, a.unit_id as unit
    from domovoi.agreement a join domovoi.unit u on u.company_id = a.company_id and u.id = a.unit_id
   where a.status in ('active', 'notice') and a.kind <> 'management'
     and a.starts_on <= (select domovoi.my_today()) and a.ends_on > (select domovoi.my_today())
  union all
  select r.company_id, r.party_id, u.code, r.unit_id
    from domovoi.reservation r join domovoi.unit u on u.company_id = r.company_id and u.id = r.unit_id
   where r.status = 'checked_in' and r.party_id is not null;

-- As in 0018, and where he lives and what is open with him (in the company's currency if he has an account in it).
create or replace view api.parties with (security_invoker) as
  select p.id, p.company_id as company, p.no, p.kind, p.name,
    case when (select domovoi.has_permission('party.contacts')) then p.phone end as phone,
    case when (select domovoi.has_permission('party.contacts')) then p.email end as email,
    p.language, p.country, p.status, p.note, p.agent_id as agent, a.display_name as agent_label, p.external_id,
    p.version, p.updated_at, p.status_reason, p.contact_by, p.marketing, p.rating,
    p.referrer_id as referrer, f.name as referrer_label, p.merged_into, s.name as merged_into_label,
    (select string_agg(x.role, ' ' order by x.role) from domovoi.party_role x where x.company_id = p.company_id
      and x.party_id = p.id and x.until is null) as roles,
    (select string_agg(distinct h.value, ' ' order by h.value) from api.party_home h where h.company = p.company_id
      and h.id = p.id) as home,
    (select sum(domovoi.balance_of(x.company_id, x.id, x.kind))::bigint from domovoi.account x
      where x.company_id = p.company_id and x.party_id = p.id and x.kind = 'receivable'
      group by x.currency order by x.currency <> (select c.currency from domovoi.company c where c.id = p.company_id),
        x.currency limit 1) as balance_minor,
    (select x.currency from domovoi.account x where x.company_id = p.company_id and x.party_id = p.id
      and x.kind = 'receivable'
      order by x.currency <> (select c.currency from domovoi.company c where c.id = p.company_id), x.currency
      limit 1) as currency
  from domovoi.party p
  left join domovoi.app_user a on a.id = p.agent_id
  left join domovoi.party f on f.company_id = p.company_id and f.id = p.referrer_id
  left join domovoi.party s on s.company_id = p.company_id and s.id = p.merged_into;

grant select on api.party_home to domovoi_staff;
reset role;

-- ---- a merge changes whose a stay is, and nothing else ---------------------------------------------------------

set local role domovoi_rules;

-- Two records of one person: a merge of them stands, is being made or is being taken back.
create function domovoi.one_person(p_company int, p_a uuid, p_b uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return exists (select from domovoi.party_merge x where x.company_id = p_company and x.undone_at is null
    and (x.merged_id = p_a and x.survivor_id = p_b or x.merged_id = p_b and x.survivor_id = p_a)); end $$;

-- As in 0018, but the merge is written down before the rows move, so that what follows them knows of it.
create or replace function domovoi.merge_now(p_company int, p_id uuid, p_into uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a domovoi.party; b domovoi.party; moved jsonb; rows jsonb := '{}'; ref record; had jsonb; money jsonb;
  merge bigint; all_moved jsonb;
begin
  select * into a from domovoi.party p where p.company_id = p_company and p.id = p_into;
  select * into b from domovoi.party p where p.company_id = p_company and p.id = p_id;
  if a.id is null then perform domovoi.no_record(p_into::text); end if;
  if a.status in ('merged', 'erased') then perform domovoi.say_gone(a.status); end if;
  if b.status in ('merged', 'erased') then perform domovoi.say_gone(b.status); end if;
  had := (select coalesce(jsonb_agg(jsonb_build_array(x.role, x.since)), '[]') from domovoi.party_role x
    where x.company_id = p_company and x.party_id = p_into and x.until is null);
  insert into domovoi.party_role (company_id, party_id, role, since, agent_id)
    select p_company, p_into, x.role, x.since, a.agent_id from domovoi.party_role x where x.company_id = p_company
      and x.party_id = p_id and x.until is null
    on conflict do nothing;
  moved := jsonb_build_object('was', b.status, 'into_was', a.status) || domovoi.fill_person(p_company, p_id, p_into);
  money := domovoi.join_accounts(p_company, p_id, p_into);
  insert into domovoi.party_merge (company_id, survivor_id, merged_id, moved, by_user, at)
    values (p_company, p_into, p_id, moved, domovoi.my_user(), domovoi.now()) returning id into merge;
  for ref in select * from domovoi.party_refs() loop
    rows := rows || jsonb_build_object(ref.tab || '.' || ref.col, domovoi.move_refs(p_company, ref.tab, ref.col,
      ref.keys, p_id, p_into, null, array(select (x ->> 0)::uuid from jsonb_array_elements(money -> 'accounts') x)));
  end loop;
  update domovoi.party p set status = 'merged', merged_into = p_into where p.company_id = p_company and p.id = p_id;
  perform domovoi.put_tokens(p) from domovoi.party p where p.company_id = p_company and p.id = p_into;
  all_moved := moved || jsonb_build_object('rows', rows, 'money', money, 'roles', (select coalesce(jsonb_agg(
      jsonb_build_array(x.role, x.since)), '[]') from domovoi.party_role x where x.company_id = p_company
      and x.party_id = p_into and x.until is null
      and not had @> jsonb_build_array(jsonb_build_array(x.role, x.since))));
  update domovoi.party_merge x set moved = all_moved where x.company_id = p_company and x.id = merge;
end $$;

-- As in 0022, but a stay that comes to another record of the same person keeps its charges, which have come along: what
-- was never charged (before the books were kept here) is not charged now.
create or replace function domovoi.stay_changed(was domovoi.reservation, r domovoi.reservation) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  back text := case when r.status is not distinct from was.status then null
    when r.status = 'cancelled' then 'stay_cancelled' when r.status = 'expired' then 'hold_expired'
    when r.status = 'no_show' then 'no_show' when r.status = 'completed' and r.check_out < was.check_out then 'left_early' end;
begin
  if r.imported or r.party_id is null and was.party_id is null then return; end if;
  if (r.status, r.total, r.cleaning_fee, r.service_fee, r.party_id, r.currency) is not distinct from
     (was.status, was.total, was.cleaning_fee, was.service_fee, was.party_id, was.currency) then
    return;
  end if;
  if (r.status, r.total, r.cleaning_fee, r.service_fee, r.currency) is not distinct from
     (was.status, was.total, was.cleaning_fee, was.service_fee, was.currency)
     and domovoi.one_person(r.company_id, was.party_id, r.party_id) then
    return;
  end if;
  if was.status = 'hold' and r.status in ('hold', 'cancelled', 'expired') and not exists (select from domovoi.payment p
      where p.company_id = r.company_id and p.reservation_id = r.id) then
    return; -- the usual end of a hold: there was no money in it
  end if;
  if was.status in ('cancelled', 'expired', 'no_show', 'completed') and r.status in ('hold', 'confirmed', 'checked_in') then
    update domovoi.refund x set status = 'rejected', status_reason = 'undone' where x.company_id = r.company_id
      and x.reservation_id = r.id and x.status = 'requested'
      and x.reason in ('stay_cancelled', 'hold_expired', 'no_show', 'left_early');
  end if;
  perform domovoi.sync_stay(r, back);
  if r.status in ('completed', 'no_show', 'cancelled') or was.status in ('completed', 'no_show', 'cancelled') then
    perform domovoi.settle_commission(r);
  end if;
end $$;

reset role;
