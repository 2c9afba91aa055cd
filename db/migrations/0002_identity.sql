-- Who is asking, and what every rule stands on: words, errors, the clock, the identity of a session, the keys of the
-- change feed. Everything here belongs to domovoi_rules, runs with its rights (SECURITY DEFINER: it sees every row)
-- under a fixed search_path, and is not executable by PUBLIC.

-- The rules see and write every row; what has happened they only add to.
do $$
declare t regclass;
begin
  for t in select c.oid from pg_class c where c.relnamespace = 'domovoi'::regnamespace and c.relkind = 'r' loop
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
    execute format('create policy rules on %s to domovoi_rules using (true) with check (true)', t);
  end loop;
  -- what `domovoi db seed` and `domovoi db user` keep, on servers whose migrator is no superuser
  foreach t in array array['domovoi.server', 'domovoi.currency', 'domovoi.company', 'domovoi.app_user',
    'domovoi.db_login',
      'domovoi.api_role', 'domovoi.permission', 'domovoi.role', 'domovoi.role_permission', 'domovoi.membership',
      'domovoi.membership_building', 'domovoi.setting', 'domovoi.dict_item', 'domovoi.fsm_state',
      'domovoi.fsm_transition']::regclass[] loop
    execute format('create policy owner on %s to domovoi_owner using (true) with check (true)', t);
  end loop;
end $$;
revoke update, delete, truncate on domovoi.status_event, domovoi.change_log, domovoi.mutation from domovoi_rules;

set local role domovoi_rules;

-- ---- words, errors, clock ------------------------------------------------------------------------------------

-- Small functions are plpgsql where they are called from triggers: a function in SQL is planned anew each time.

-- How text is compared in a search: composed, lower case, Ё is Е. The client folds the same way.
create function domovoi.fold(p text) returns text
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$ begin return translate(lower(normalize(p, nfc) collate "und-x-icu"), 'ё', 'е'); end $$;

-- What a search finds a text by: every word, and words with inner punctuation also as they stand ("c-001").
create function domovoi.words(p text) returns setof text
  language plpgsql immutable parallel safe set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare f text collate "und-x-icu" := domovoi.fold(p);
begin
  return query
    select distinct left(w, 64) from (
      select regexp_split_to_table(f, '[^[:alnum:]]+') as w
      union all
      select trim(both '.,;:!?«»"()' from regexp_split_to_table(f, '\s+'))
    ) b where w <> '';
end $$;

-- What a telephone is found by: digits from any place of its tail on (the tails of at least three of the last
-- ten digits, each of them a prefix range), and the number from its start.
create function domovoi.phone_tails(p text) returns setof text
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
declare d text := regexp_replace(p, '\D', '', 'g');
begin
  if d is null then return; end if;
  return query select right(d, n) from generate_series(3, least(length(d), 10)) n;
  if length(d) > 10 then return next d; end if;
end $$;

create function domovoi.fail(p_code text, p_message text, p_field text default null, p_detail text default null,
    p_remedy text default null) returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
begin
  raise exception using errcode = p_code, message = p_message, column = coalesce(p_field, ''),
    detail = coalesce(p_detail, ''), hint = coalesce(p_remedy, '');
end $$;

-- The rules' clock. Demo and test databases may be told another instant; a live one follows the server.
create function domovoi.now() returns timestamptz
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare wanted text := nullif(current_setting('domovoi.now', true), '');
begin
  if wanted is not null and exists (select from domovoi.server s where s.kind in ('demo', 'test')) then
    return wanted::timestamptz;
  end if;
  return pg_catalog.now();
end $$;

create function domovoi.today(p_tz text) returns date
  language plpgsql stable set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (domovoi.now() at time zone p_tz)::date; end $$;

create function domovoi.company_today(p_company int) returns date
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select domovoi.today(c.tz) from domovoi.company c where c.id = p_company); end $$;

-- A setting as of now: the company's, else the platform's, else null.
create function domovoi.setting_of(p_company int, p_key text) returns jsonb
  language sql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
    select s.value from domovoi.setting s
     where s.key = p_key and (s.company_id = p_company or s.company_id is null) and s.valid_from <= domovoi.now()
     order by s.company_id is null, s.valid_from desc limit 1
  $$;

-- ---- who is asking -------------------------------------------------------------------------------------------

-- The memberships that count now: active, of an active person, in an active company (a platform role outlives one).
create view domovoi.standing as
  select m.id, m.user_id, m.company_id, m.role, m.is_default, r.scope, r.sort
    from domovoi.membership m
    join domovoi.app_user u on u.id = m.user_id and u.status = 'active'
    join domovoi.role r on r.code = m.role
    join domovoi.company c on c.id = m.company_id and (c.status = 'active' or r.scope = 'platform')
   where m.active;

-- The person behind this session and the membership he acts under; no row's worth of nulls for a stranger.
-- The person follows from session_user, which a client cannot change; only a login registered in api_role may
-- name somebody else, and only through the transaction-local setting of act.begin_request. domovoi.membership
-- chooses among the person's own memberships, domovoi.company narrows a platform session: neither can widen.
-- company_id is null in a platform session that has not chosen a company; home is the membership's company.
-- The chosen membership is found by its id alone, which is what nearly every call does: policies ask a few times a query.
create function domovoi.me(out user_id uuid, out membership_id uuid, out company_id int, out role text, out scope text,
  out home int)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_generic_plan -- planned once a session, not five times: it is asked first by everything
  as $$
declare
  form constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  spoken_for text := current_setting('domovoi.user', true);
  wanted text := current_setting('domovoi.membership', true);
  person uuid := case when exists (select from domovoi.api_role a where a.rolname = session_user)
    then case when spoken_for ~ form then spoken_for::uuid end
    else (select l.user_id from domovoi.db_login l where l.rolname = session_user and l.enabled) end;
  chosen text;
begin
  if wanted ~ form then
    select s.user_id, s.id, s.company_id, s.role, s.scope, s.company_id
      into user_id, membership_id, company_id, role, scope, home
      from domovoi.standing s where s.id = wanted::uuid and s.user_id = person;
  end if;
  if membership_id is null then
    select s.user_id, s.id, s.company_id, s.role, s.scope, s.company_id
      into user_id, membership_id, company_id, role, scope, home
      from domovoi.standing s where s.user_id = person order by s.is_default desc, s.company_id, s.sort limit 1;
  end if;
  if scope = 'platform' then
    chosen := current_setting('domovoi.company', true);
    company_id := case when chosen ~ '^\d{1,9}$' then chosen::int end;
  end if;
end $$;

-- The forms that policies use, each as (select …) so that it runs once a query. With a permission they answer
-- only if the active role holds it.
create function domovoi.my_company(p_scope text, p_permission text default null) returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if m.scope = p_scope and (p_permission is null or exists (select from domovoi.role_permission g
      where g.role = m.role and g.permission = p_permission)) then
    return m.company_id;
  end if;
  return null;
end $$;

create function domovoi.my_user() returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (domovoi.me()).user_id; end $$;

create function domovoi.is_platform(p_permission text default null) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return coalesce(m.scope = 'platform', false) and (p_permission is null or exists (select
    from domovoi.role_permission g
    where g.role = m.role and g.permission = p_permission));
end $$;

create function domovoi.has_permission(p_permission text) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r text := (domovoi.me()).role;
begin
  return exists (select from domovoi.role_permission g where g.role = r and g.permission = p_permission);
end $$;

create function domovoi.require(p_permission text) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if not domovoi.has_permission(p_permission) then
    perform domovoi.fail('DM005', 'You may not do this.', null, p_permission,
      'Ask the head of your company for the permission.');
  end if;
end $$;

-- The buildings of an assigned scope; for an owner of property those in which he owns something.
create function domovoi.my_buildings() returns uuid[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if m.scope = 'assigned' then
    return array(select b.building_id from domovoi.membership_building b
      where b.company_id = m.company_id and b.user_id = m.user_id);
  elsif m.scope = 'landlord' then
    return array(select distinct u.building_id from domovoi.unit u
      where u.company_id = m.company_id and u.owner_id = m.user_id and u.building_id is not null);
  end if;
  return '{}';
end $$;

-- Whose names the session may read: its company's people; an owner of property only his agents'.
create function domovoi.my_colleagues() returns uuid[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if m.scope = 'landlord' then
    return array(select distinct u.agent_id from domovoi.unit u where u.company_id = m.company_id
      and u.owner_id = m.user_id and u.agent_id is not null union select m.user_id);
  end if;
  return array(select distinct x.user_id from domovoi.membership x where x.company_id = m.company_id);
end $$;

create function domovoi.my_today() returns date
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return domovoi.company_today(coalesce(m.company_id, m.home));
end $$;

-- ---- keys of the change feed -----------------------------------------------------------------------------------

-- Whom a row concerns, from the same columns that its policy compares: c: the company, a: an agent, b: a
-- building, o: an owner. One function a table; '*' stands for "every agent (building, owner) of the company".
create function domovoi.keys(p_company int, p_agent uuid, p_building uuid, p_owner uuid) returns text[]
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return array_remove(array['c:' || p_company, 'a:' || p_agent, 'b:' || p_building, 'o:' || p_owner],
    null); end $$;
create function domovoi.keys_of(r domovoi.unit) returns text[] language plpgsql immutable
  set search_path = pg_catalog, domovoi, pg_temp as $$ begin return domovoi.keys(r.company_id, r.agent_id,
    r.building_id, r.owner_id); end $$;
create function domovoi.keys_of(r domovoi.offering) returns text[] language plpgsql immutable
  set search_path = pg_catalog, domovoi, pg_temp as $$ begin return domovoi.keys(r.company_id, r.agent_id,
    r.building_id, r.owner_id); end $$;
create function domovoi.keys_of(r domovoi.block) returns text[] language plpgsql immutable
  set search_path = pg_catalog, domovoi, pg_temp as $$ begin return domovoi.keys(r.company_id, r.agent_id,
    r.building_id, r.owner_id); end $$;
create function domovoi.keys_of(r domovoi.reservation) returns text[] language plpgsql immutable
  set search_path = pg_catalog, domovoi, pg_temp as $$ begin return domovoi.keys(r.company_id, r.agent_id,
    r.building_id, r.owner_id); end $$;
create function domovoi.keys_of(r domovoi.party) returns text[] language plpgsql immutable
  set search_path = pg_catalog, domovoi, pg_temp as $$ begin return domovoi.keys(r.company_id, r.agent_id, null,
    null) || 'b:*'::text; end $$;
create function domovoi.keys_of(r domovoi.building) returns text[] language plpgsql immutable
  set search_path = pg_catalog, pg_temp as $$ begin return array['c:' || r.company_id, 'h:' || r.id, 'a:*']; end $$;

-- The keys that the session owns, and the resources it may read at all.
create function domovoi.my_keys() returns text[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return case m.scope
    when 'company' then array['c:' || m.company_id]
    when 'own' then array['a:' || m.user_id, 'a:*']
    when 'assigned' then array(select k || b from unnest(domovoi.my_buildings()) b, unnest(array['b:',
      'h:']) k) || 'b:*'::text
    when 'landlord' then array(select 'h:' || b from unnest(domovoi.my_buildings()) b) || ('o:' || m.user_id)
    else '{}' end;
end $$;

create function domovoi.my_resources() returns text[]
  language sql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
    select coalesce(array_agg(r.resource), '{}') from (values ('unit', 'unit.view'), ('building', 'unit.view'),
      ('offering', 'price.view'), ('block', 'calendar.view'), ('party', 'party.view'), ('reservation',
        'reservation.view'))
      r(resource, permission)
    join domovoi.role_permission g on g.permission = r.permission and g.role = (domovoi.me()).role
  $$;

create function domovoi.log_change(p_company int, p_resource text, p_id uuid, p_op text, p_version int,
    p_old text[], p_new text[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.change_log (company_id, resource, record_id, op, version, keys_old, keys_new)
  values (p_company, p_resource, p_id, lower(p_op), p_version, p_old, p_new);
end $$;

reset role;
