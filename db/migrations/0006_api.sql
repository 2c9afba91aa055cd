-- The surface: who sees which rows (policies), views and functions of api, the doors of act, grants. Staff have
-- SELECT on tables but no USAGE on schema domovoi: the views work, naming a table does not.

-- ---- policies: one a table and scope role, plain columns against (select …) -------------------------------

do $$
declare
  t record;
  usual constant text := 'unit unit_token offering unit_stock block reservation occupancy';
begin
  for t in select * from (values
      ('unit', 'unit.view'), ('unit_token', 'unit.view'), ('offering', 'price.view'), ('unit_stock', 'unit.view'),
      ('block', 'calendar.view'), ('reservation', 'reservation.view'), ('occupancy', 'reservation.view'),
      ('party', 'party.view'), ('party_token', 'party.view'), ('building', 'unit.view')) v (name, may) loop
    execute format('create policy platform on domovoi.%I for select to domovoi_platform
      using ((select domovoi.is_platform(%L)))', t.name, t.may);
    execute format('create policy company on domovoi.%I for select to domovoi_company
      using (company_id = (select domovoi.my_company(''company'', %L)))', t.name, t.may);
    execute format('create policy own on domovoi.%I for select to domovoi_own
      using (company_id = (select domovoi.my_company(''own'', %L))%s)', t.name, t.may,
      case t.name when 'building' then '' else ' and agent_id = (select domovoi.my_user())' end);
    execute format('create policy assigned on domovoi.%I for select to domovoi_assigned
      using (company_id = (select domovoi.my_company(''assigned'', %L))%s)', t.name, t.may,
      case when t.name = any (string_to_array(usual, ' '))
        then ' and building_id = any ((select domovoi.my_buildings())::uuid[])'
        when t.name = 'building' then ' and id = any ((select domovoi.my_buildings())::uuid[])' else '' end);
    if t.name not in ('party', 'party_token') then -- an owner of property sees no guests
      execute format('create policy landlord on domovoi.%I for select to domovoi_landlord
        using (company_id = (select domovoi.my_company(''landlord'', %L))%s)', t.name, t.may,
        case t.name when 'building' then ' and id = any ((select domovoi.my_buildings())::uuid[])'
          else ' and owner_id = (select domovoi.my_user())' end);
    end if;
  end loop;

  -- the company itself, its people by name, its part of the change feed
  for t in select * from (values ('platform'), ('company'), ('own'), ('assigned'), ('landlord')) v (scope) loop
    if t.scope = 'platform' then
      execute 'create policy platform on domovoi.company for select to domovoi_platform using ((select domovoi.is_platform()))';
      execute 'create policy platform on domovoi.membership for select to domovoi_platform using ((select domovoi.is_platform()))';
      execute 'create policy platform on domovoi.app_user for select to domovoi_platform using ((select domovoi.is_platform()))';
      execute 'create policy platform on domovoi.change_log for select to domovoi_platform using ((select domovoi.is_platform())
        and resource = any ((select domovoi.my_resources())::text[]))';
      continue;
    end if;
    execute format('create policy %1$I on domovoi.company for select to domovoi_%1$s using (id = (select domovoi.my_company(%1$L)))', t.scope);
    execute format('create policy %1$I on domovoi.membership for select to domovoi_%1$s
      using (company_id = (select domovoi.my_company(%1$L))
        and user_id = any ((select domovoi.my_colleagues())::uuid[]))', t.scope);
    execute format('create policy %1$I on domovoi.app_user for select to domovoi_%1$s
      using (id = any ((select domovoi.my_colleagues())::uuid[]))', t.scope);
    execute format('create policy %1$I on domovoi.change_log for select to domovoi_%1$s
      using (company_id = (select domovoi.my_company(%1$L))
        and resource = any ((select domovoi.my_resources())::text[])
        and (keys_old && (select domovoi.my_keys())::text[]
          or keys_new && (select domovoi.my_keys())::text[]))', t.scope);
  end loop;

  for t in select unnest(array['currency', 'permission', 'role', 'role_permission', 'dict_item', 'fsm_state',
    'fsm_transition']) as name loop
    execute format('create policy staff on domovoi.%I for select to domovoi_staff using (true)', t.name);
  end loop;
end $$;

set local role domovoi_owner;

grant select on domovoi.unit, domovoi.unit_token, domovoi.offering, domovoi.unit_stock, domovoi.block,
  domovoi.reservation,
  domovoi.occupancy, domovoi.party, domovoi.party_token, domovoi.building, domovoi.company, domovoi.membership,
    domovoi.change_log,
  domovoi.currency, domovoi.permission, domovoi.role, domovoi.role_permission, domovoi.dict_item, domovoi.fsm_state,
  domovoi.fsm_transition to domovoi_staff;
grant select (id, login, display_name, status) on domovoi.app_user to domovoi_staff;

reset role;
set local role domovoi_rules;

-- free, occupied, blocked or archived on that day, whoever made the stay: a seller must not read "free" where a
-- colleague has sold. A divided unit is occupied when a part of it is.
create function domovoi.unit_status(p_company int, p_unit uuid, p_archived timestamptz, p_day date) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s text;
begin
  if p_archived is not null then return 'archived'; end if;
  -- uses do not overlap: only the one that began last can reach this day
  select o.source into s from (select u.source, u.check_out from domovoi.occupancy u where u.company_id = p_company
    and u.unit_id = p_unit and u.check_in <= p_day order by u.check_in desc limit 1) o where o.check_out > p_day;
  if not found and exists (select from domovoi.unit k where k.company_id = p_company and k.parent_id = p_unit) then
    select o.source into s from domovoi.occupancy o where o.company_id = p_company
      and o.unit_id = any (domovoi.leaves(p_company, p_unit))
       and o.check_in <= p_day and o.check_in > p_day - 367 and o.check_out > p_day order by o.source desc limit 1;
  end if;
  return case s when 'block' then 'blocked' when 'reservation' then 'occupied' else 'free' end;
end $$;

grant execute on function domovoi.my_company, domovoi.my_user, domovoi.is_platform, domovoi.has_permission,
  domovoi.my_buildings,
  domovoi.my_colleagues, domovoi.my_today, domovoi.my_keys, domovoi.my_resources,
    domovoi.unit_status to domovoi_staff;

reset role;
set local role domovoi_owner;

-- ---- views ------------------------------------------------------------------------------------------------

create view api.units with (security_invoker) as
  select u.id, u.company_id as company, u.code, u.title, u.kind, u.class, u.parent_id as parent,
    p.title as parent_label,
    u.building_id as building, b.name as building_label, u.agent_id as agent, a.display_name as agent_label,
      u.floor, u.rooms, u.capacity,
    domovoi.unit_status(u.company_id, u.id, u.archived_at, (select domovoi.my_today())) as status,
    o.price as price_minor, o.currency, u.external_id, u.version, u.updated_at
  from domovoi.unit u
  left join domovoi.unit p on p.company_id = u.company_id and p.id = u.parent_id
  left join domovoi.building b on b.company_id = u.company_id and b.id = u.building_id
  left join domovoi.app_user a on a.id = u.agent_id
  left join domovoi.offering o on o.company_id = u.company_id and o.unit_id = u.id and o.mode = 'short_stay';

create view api.buildings with (security_invoker) as
  select b.id, b.company_id as company, b.code, b.name, b.address, b.district, b.city, b.floors, b.year_built,
    b.version, b.updated_at
  from domovoi.building b;

create view api.offerings with (security_invoker) as
  select o.id, o.company_id as company, o.unit_id as unit, u.title as unit_label, o.mode, o.status,
    o.price as price_minor, o.currency,
    o.price_per, o.min_stay, o.max_stay, o.version, o.updated_at
  from domovoi.offering o left join domovoi.unit u on u.company_id = o.company_id and u.id = o.unit_id;

create view api.parties with (security_invoker) as
  select p.id, p.company_id as company, p.no, p.kind, p.name,
    case when (select domovoi.has_permission('party.contacts')) then p.phone end as phone,
    case when (select domovoi.has_permission('party.contacts')) then p.email end as email,
    p.language, p.country, p.status, p.note, p.agent_id as agent, a.display_name as agent_label, p.external_id,
      p.version, p.updated_at
  from domovoi.party p left join domovoi.app_user a on a.id = p.agent_id;

create view api.reservations with (security_invoker) as
  select r.id, r.company_id as company, r.no, r.external_id, r.unit_id as unit, u.title as unit_label,
    r.party_id as party,
    p.name as party_label, r.agent_id as agent, a.display_name as agent_label, r.building_id as building,
      b.name as building_label,
    r.check_in, r.check_out, r.nights, r.status, r.status_reason, r.cancelled_by, r.hold_until, r.booked_on,
      r.status_on,
    r.price_per_night as price_per_night_minor, r.total as total_minor, r.currency, r.adults, r.children,
      r.channel, r.country,
    r.comment, r.version, r.updated_at
  from domovoi.reservation r
  left join domovoi.unit u on u.company_id = r.company_id and u.id = r.unit_id
  left join domovoi.party p on p.company_id = r.company_id and p.id = r.party_id
  left join domovoi.app_user a on a.id = r.agent_id
  left join domovoi.building b on b.company_id = r.company_id and b.id = r.building_id;

create view api.blocks with (security_invoker) as
  select k.id, k.company_id as company, k.unit_id as unit, u.title as unit_label, k.check_in, k.check_out,
    k.reason, k.comment,
    k.version, k.updated_at
  from domovoi.block k left join domovoi.unit u on u.company_id = k.company_id and u.id = k.unit_id;

-- The people of a company by name, each under the first of his roles there; the platform's own only among themselves.
create view api.users with (security_invoker) as
  select a.id, m.company_id as company, a.login, a.display_name as name, m.role, r.scope, a.status, 1 as version
  from domovoi.membership m
  join domovoi.app_user a on a.id = m.user_id
  join domovoi.role r on r.code = m.role
  where m.active and (r.scope <> 'platform' or (select domovoi.is_platform()))
    and not exists (select from domovoi.membership x join domovoi.role y on y.code = x.role
      where x.company_id = m.company_id
      and x.user_id = m.user_id and x.active and (y.sort, y.code) < (r.sort, r.code));

create view api.companies with (security_invoker) as
  select c.id, c.id as company, c.slug as code, c.name, c.kind, c.currency, c.tz, c.country, c.status, c.version
  from domovoi.company c;

create view api.unit_tokens with (security_invoker) as
  select t.company_id as company, t.token, t.unit_id as id from domovoi.unit_token t;

create view api.party_tokens with (security_invoker) as
  select t.company_id as company, t.token, t.party_id as id from domovoi.party_token t
  where not t.contact or (select domovoi.has_permission('party.contacts'));

-- What reports count: nights by leaf unit, and when a unit is on offer.
create view api.nights with (security_invoker) as
  select o.company_id as company, o.unit_id as unit, o.source, o.source_id as record, o.check_in, o.check_out, o.sold,
    o.price as price_minor, o.currency, o.building_id as building, o.agent_id as agent, o.owner_id as owner
  from domovoi.occupancy o;

create view api.stock with (security_invoker) as
  select s.company_id as company, s.unit_id as unit, s.mode, s.in_stock, s.building_id as building,
    s.agent_id as agent, s.owner_id as owner
  from domovoi.unit_stock s;

-- The feed below the horizon: order by xid, seq and remember the last pair. xid stays an xid8, as text it sorts
-- wrongly.
create view api.changes with (security_invoker) as
  select l.xid, l.seq, l.company_id as company, l.resource, l.record_id as record, l.op, l.version, l.at
  from domovoi.change_log l where l.xid < pg_snapshot_xmin(pg_current_snapshot());

grant usage on schema api, act, report to domovoi_staff;
grant usage on schema api, act to public; -- for api.enter, api.whoami and act.begin_request, which know strangers
grant select on all tables in schema api to domovoi_staff;

reset role;
set local role domovoi_rules;

-- ---- entering ---------------------------------------------------------------------------------------------

-- The membership of a person that fits; a platform role fits any company.
create function domovoi.pick_membership(p_user uuid, p_company int, p_role text, out membership uuid,
  out company int, out role text, out scope text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  select s.id, case when s.scope = 'platform' then p_company else s.company_id end, s.role, s.scope
    into membership, company, role, scope
    from domovoi.standing s
   where s.user_id = p_user and (p_role is null or s.role = p_role)
     and (p_company is null or s.company_id = p_company
       or (s.scope = 'platform' and exists (select from domovoi.company x where x.id = p_company)))
   order by s.company_id = p_company desc, s.is_default desc, s.company_id, s.sort limit 1;
  if membership is null then
    perform domovoi.fail('DM009', 'This login has no such active membership.', null, concat_ws(' ', p_role,
      p_company),
      'Ask the head of the company, or leave out company and role.');
  end if;
end $$;

-- Choose the session's membership. The client then does SET ROLE domovoi_<scope>; until then nothing is visible.
create function api.enter(out membership uuid, inout company int default null, inout role text default null,
  out scope text)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p record := domovoi.pick_membership((select l.user_id from domovoi.db_login l
  where l.rolname = session_user and l.enabled
  and not exists (select from domovoi.api_role a where a.rolname = session_user)), company, role);
begin
  perform set_config('domovoi.membership', p.membership::text, false);
  perform set_config('domovoi.company', coalesce(p.company::text, ''), false);
  membership := p.membership; company := p.company; role := p.role; scope := p.scope;
end $$;

-- API mode: speak for a person until the end of the transaction, in the role of his scope. Only for logins of
-- api_role.
create function act.assume("user" uuid, company int, role text) returns text
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p record;
begin
  if not exists (select from domovoi.api_role a where a.rolname = session_user) then
    raise exception using errcode = '42501', message = 'Only the API server may speak for others.';
  end if;
  p := domovoi.pick_membership($1, $2, $3);
  perform set_config('domovoi.user', $1::text, true);
  perform set_config('domovoi.membership', p.membership::text, true);
  perform set_config('domovoi.company', coalesce(p.company::text, ''), true);
  return p.scope;
end $$;

create function act.begin_request("user" uuid, company int default null, role text default null) returns text
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare scope text := act.assume($1, $2, $3);
begin
  perform set_config('role', 'domovoi_' || scope, true); -- not allowed to a definer, hence the two functions
  return scope;
end $$;

-- Who am I here, and what may I do: one row a permission. company is null in a platform session over all companies;
-- currency, tz and today are then those of the membership's company.
create function api.whoami() returns table (user_id uuid, user_name text, role text, scope text, company int,
  company_name text,
    currency text, tz text, today date, permission text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if m.user_id is null then perform domovoi.fail('DM009', 'This login has no active membership.'); end if;
  return query
    select m.user_id, u.display_name, m.role, m.scope, m.company_id, case when m.company_id is not null then c.name
      end,
        c.currency::text, c.tz, domovoi.today(c.tz), g.permission
      from domovoi.app_user u
      join domovoi.company c on c.id = coalesce(m.company_id, m.home)
      left join domovoi.role_permission g on g.role = m.role
     where u.id = m.user_id order by g.permission;
end $$;

-- ---- what can be done, what has changed -------------------------------------------------------------------

create function api.actions(resource text, key text)
  returns table (action text, allowed boolean, code text, reason text, remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare what text := domovoi.singular($1); at record; r domovoi.reservation; archived boolean;
begin
  at := domovoi.locate(what, (domovoi.me()).company_id, $2);
  if at.id is null then perform domovoi.no_record($2); end if;
  perform domovoi.check_reach(what, at.company_id, at.id);
  if what = 'reservation' then
    select * into r from domovoi.reservation x where x.company_id = at.company_id and x.id = at.id;
    return query
      select a.action, n.code is null, n.code, n.reason, n.remedy
        from (select t.action, min(f.sort) as sort, min(t.to_state) as to_state from domovoi.fsm_transition t
                join domovoi.fsm_state f on f.machine = t.machine and f.state = t.to_state
               where t.machine = r.machine and t.permission is not null group by t.action
              union all select 'extend_hold', 9, null) a
        cross join lateral domovoi.stay_refusal(r, a.action) n order by a.sort, a.action;
  elsif what = 'unit' then
    select u.archived_at is not null into archived from domovoi.unit u where u.company_id = at.company_id
      and u.id = at.id;
    return query
      select a.action, n.code is null, n.code, case n.code when 'DM005' then 'You may not do this.' when 'DM001' then
          'This is not possible in the present state.' when 'DM010' then 'The unit is still in use.' end,
          case n.code when 'DM005' then 'Ask the head of your company for the permission.' when 'DM010' then
          'Move or end its stays, blocks and parts first.' end
        from (values ('archive'), ('restore')) a (action) cross join lateral (select case
          when not domovoi.has_permission('unit.archive') then 'DM005'
          when (a.action = 'archive') = archived then 'DM001'
          when a.action = 'archive' and domovoi.unit_in_use(at.company_id, at.id) then 'DM010' end as code) n;
  elsif what = 'block' then
    return query select 'delete'::text, p.may, case when not p.may then 'DM005' end, case when not p.may
      then 'You may not do this.' end,
        case when not p.may then 'Ask the head of your company for the permission.' end
      from (select domovoi.has_permission('block.manage') as may) p;
  end if;
end $$;

-- The feed's tip below the horizon ("xid.seq"), and whether a notifier leads; without one a client polls.
create function api.feed() returns table (tip text, live boolean)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return query select
    (select l.xid || '.' || l.seq from domovoi.change_log l where l.xid < pg_snapshot_xmin(pg_current_snapshot())
      order by l.xid desc, l.seq desc limit 1),
    exists (select from pg_locks k where k.locktype = 'advisory' and k.classid = 7241 and k.objid = 1
      and k.objsubid = 2
      and k.granted and k.database = (select d.oid from pg_database d where d.datname = current_database()));
end $$;

-- ---- doors ------------------------------------------------------------------------------------------------

-- The row of an outcome, read again under the caller's own rights: hence no definer. Volatile, to see what
-- mutate did.
create function act.with_row(p_resource text, p_outcome jsonb) returns jsonb
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
declare r jsonb;
begin
  if p_outcome ->> 'status' = 'applied' and p_resource in ('unit', 'building', 'offering', 'party', 'reservation',
    'block') then
    execute format('select to_jsonb(v) from api.%I v where v.company = $1 and v.id = $2',
      case p_resource when 'party' then 'parties' else p_resource || 's' end)
      into r using (p_outcome ->> 'company')::int, (p_outcome ->> 'record')::uuid;
  end if;
  return p_outcome - 'company' || case when r is null then '{}' else jsonb_build_object('row', r) end;
end $$;

-- The one write of the console, the API and the offline replay. In: {id, resource, kind: create|patch|action, record,
-- base_version, set, action, args, at}. Out: {status: applied, replayed, record, version, row} or {status: rejected,
-- replayed, code, field, message, detail, remedy}.
create function act.apply_mutation(m jsonb) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$
    select act.with_row(case m ->> 'resource' when 'parties' then 'party' else rtrim(m ->> 'resource', 's')
      end, act.mutate(m))
  $$;

-- Named doors raise what apply_mutation would record, and return the row.
create function act.call(resource text, key text, version int, action text, args jsonb) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$
    select act.with_row($1, act.mutate(jsonb_build_object('id', gen_random_uuid(), 'resource', $1, 'kind',
      'action', 'record', $2,
      'base_version', $3, 'action', $4, 'args', jsonb_strip_nulls($5)), true)) -> 'row'
  $$;
create function act.reservation_confirm(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('reservation', id, version, 'confirm',
    '{}') $$;
create function act.reservation_check_in(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('reservation', id, version, 'check_in',
    '{}') $$;
create function act.reservation_check_out(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('reservation', id, version, 'check_out',
    '{}') $$;
create function act.reservation_cancel(id text, version int default null, reason text default null,
  by text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('reservation', id, version, 'cancel', jsonb_build_object('reason', reason, 'by', by)) $$;
create function act.reservation_no_show(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('reservation', id, version, 'no_show', jsonb_build_object('reason', reason)) $$;
create function act.reservation_extend_hold(id text, version int default null, until timestamptz default null)
  returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('reservation', id, version, 'extend_hold', jsonb_build_object('until', until)) $$;
create function act.unit_archive(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('unit', id, version, 'archive', '{}') $$;
create function act.unit_restore(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('unit', id, version, 'restore', '{}') $$;
create function act.block_delete(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('block', id, version, 'delete', '{}') $$;

grant execute on all functions in schema act to domovoi_staff;
grant execute on all functions in schema api to domovoi_staff;
grant execute on function api.enter, api.whoami, act.assume, act.begin_request to public;

reset role;
