-- Who asks, found out once a request.
--
-- Every policy asks who the caller is and what they may see, each as a statement of its own; on a list of stays that was
-- two thirds of its time. act.begin_request has just found it out, so it says it for the rest of its transaction, and
-- the functions of the policies believe it: of the API's login only, as they always believed the name of the person
-- from nobody else. A login of one's own, and whoever looks with the eyes of somebody else, are looked up as before.

-- What a role holds, as one text: ' party.view unit.view ', kept by the trigger below.
alter table domovoi.role add column held text not null default ' ';

set local role domovoi_rules;
create function domovoi.role_held() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.role r set held = h.held
    from (select x.code, coalesce(' ' || string_agg(g.permission, ' ' order by g.permission) || ' ', ' ') as held
      from domovoi.role x left join domovoi.role_permission g on g.role = x.code group by x.code) h
   where h.code = r.code and h.held <> r.held;
  return null;
end $$;
reset role;
create trigger held after insert or update or delete or truncate on domovoi.role_permission
  for each statement execute function domovoi.role_held();
update domovoi.role r set held = h.held
  from (select g.role, ' ' || string_agg(g.permission, ' ' order by g.permission) || ' ' as held
    from domovoi.role_permission g group by g.role) h
 where h.role = r.code;

set local role domovoi_rules;

create or replace view domovoi.standing as
  select m.id, m.user_id, m.company_id, m.role, m.is_default, r.scope, r.sort, c.tz, r.held
    from domovoi.membership m
    join domovoi.app_user u on u.id = m.user_id and u.status = 'active'
    join domovoi.role r on r.code = m.role
    join domovoi.company c on c.id = m.company_id and (c.status = 'active' or r.scope = 'platform')
   where m.active;

-- domovoi.standing is 'scope role home zone', domovoi.granted what is held, less what a key leaves out.
create function domovoi.standing_known() returns boolean
  language sql stable
  as $$ select coalesce(current_setting('domovoi.standing', true), '') <> ''
    and coalesce(current_setting('domovoi.look', true), '') = '' and pg_has_role(session_user, 'domovoi_api', 'member') $$;
create function domovoi.known(p_part int) returns text
  language sql stable
  as $$ select split_part(current_setting('domovoi.standing', true), ' ', p_part) $$;
create function domovoi.known_company() returns int
  language sql stable
  as $$ select nullif(current_setting('domovoi.company', true), '')::int $$;
create function domovoi.granted(p_permission text) returns boolean
  language sql stable
  as $$ select strpos(current_setting('domovoi.granted', true), ' ' || p_permission || ' ') > 0 $$;

-- ---- the functions that policies and views ask ------------------------------------------------------------------------

-- As in 0034 where it is not known.
create or replace function domovoi.me(out user_id uuid, out membership_id uuid, out company_id int, out role text,
  out scope text, out home int)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_generic_plan
  as $$
declare
  form constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  spoken_for text := current_setting('domovoi.user', true);
  wanted text := current_setting('domovoi.membership', true);
  look text := current_setting('domovoi.look', true);
  person uuid;
  chosen text;
begin
  if domovoi.standing_known() then
    user_id := spoken_for::uuid; membership_id := wanted::uuid; company_id := domovoi.known_company();
    scope := domovoi.known(1); role := domovoi.known(2); home := domovoi.known(3)::int;
    return;
  end if;
  person := case when exists (select from domovoi.api_role a where a.rolname = session_user)
    then case when spoken_for ~ form then spoken_for::uuid end
    else (select l.user_id from domovoi.db_login l where l.rolname = session_user and l.enabled) end;
  if look <> '' then
    select s.user_id, s.id, s.company_id, s.role, s.scope, s.company_id
      into user_id, membership_id, company_id, role, scope, home
      from domovoi.look l join domovoi.standing s on s.id = l.membership_id
     where l.id = case when look ~ form then look::uuid end and l.seer_id = person and l.until > domovoi.now()
       and s.scope <> 'platform' and domovoi.may_see_as(person);
    return;
  end if;
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

create or replace function domovoi.my_user() returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if domovoi.standing_known() then return current_setting('domovoi.user')::uuid; end if;
  return (domovoi.me()).user_id;
end $$;

-- As in 0036, but for a person who is known.
create or replace function domovoi.has_permission(p_permission text) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record;
begin
  if domovoi.standing_known() then return domovoi.granted(p_permission); end if;
  m := domovoi.me();
  return domovoi.in_rights(p_permission) and coalesce(
    (select u.granted from domovoi.user_permission u where u.user_id = m.user_id and u.company_id = m.home
      and u.permission = p_permission),
    exists (select from domovoi.role_permission g where g.role = m.role and g.permission = p_permission));
end $$;

create or replace function domovoi.my_company(p_scope text, p_permission text default null) returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record;
begin
  if domovoi.standing_known() then
    return case when domovoi.known(1) = p_scope and (p_permission is null or domovoi.granted(p_permission))
      then domovoi.known_company() end;
  end if;
  m := domovoi.me();
  if m.scope = p_scope and (p_permission is null or domovoi.has_permission(p_permission)) then
    return m.company_id;
  end if;
  return null;
end $$;

create or replace function domovoi.is_platform(p_permission text default null) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return coalesce((domovoi.me()).scope = 'platform', false)
    and (p_permission is null or domovoi.has_permission(p_permission));
end $$;

create or replace function domovoi.my_today() returns date
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record;
begin
  if domovoi.standing_known() then return domovoi.today(domovoi.known(4)); end if;
  m := domovoi.me();
  return domovoi.company_today(coalesce(m.company_id, m.home));
end $$;

-- ---- a request --------------------------------------------------------------------------------------------------------

-- As in 0006, with what else there is to know of the standing that was picked: exceptions are permissions given to or
-- taken from the person alone.
drop function domovoi.pick_membership(uuid, int, text);
create function domovoi.pick_membership(p_user uuid, p_company int, p_role text, out membership uuid, out company int,
  out role text, out scope text, out home int, out tz text, out held text, out exceptions boolean)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_generic_plan
  as $$
begin
  select s.id, case when s.scope = 'platform' then p_company else s.company_id end, s.role, s.scope, s.company_id,
      case when s.company_id <> p_company then (select c.tz from domovoi.company c where c.id = p_company) else s.tz end,
      s.held, exists (select from domovoi.user_permission e where e.company_id = s.company_id and e.user_id = p_user)
    into membership, company, role, scope, home, tz, held, exceptions
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

-- As in 0035, and it says what it found.
create or replace function act.assume("user" uuid, company int, role text, login uuid, key uuid, trace text) returns text
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_generic_plan
  as $$
declare at timestamptz := domovoi.now(); a record; p record; granted text; held text[];
begin
  -- By itself: the API's own work, where it may. Without a person who is active there is no session of theirs either.
  select r.trusted and $4 is null and $5 is null as by_itself, (s.id is not null) <> (k.id is not null) as live, s.must_change,
      coalesce(k.permissions::text, '') as rights, k.company_id into a
    from domovoi.api_role r
    left join domovoi.app_user u on u.id = $1 and u.status = 'active'
    left join domovoi.login_session s on s.id = $4 and s.user_id = u.id and s.closed_at is null and s.until > at
    left join domovoi.access_key k on k.id = $5 and k.user_id = u.id and k.revoked_at is null
      and coalesce(k.expires_at > at, true)
   where r.rolname = session_user;
  if not found then
    raise exception using errcode = '42501', message = 'Only the API server may speak for others.';
  elsif not (a.live or a.by_itself) or ($4 is not null and $5 is not null) then
    perform domovoi.fail('DM015', 'The session is over.', null, null, 'Log in again.');
  elsif a.must_change then
    perform domovoi.fail('DM017', 'Choose a password first.', null, null, 'The one you were given is good for that alone.');
  elsif a.company_id <> $2 then
    perform domovoi.fail('DM009', 'This login has no such active membership.', 'company', $2::text,
      'The key is of another company.');
  end if;
  p := domovoi.pick_membership($1, coalesce($2, a.company_id), $3);
  granted := p.held;
  if p.exceptions or a.rights <> '' then
    held := domovoi.permissions_of(p.home, $1, array[p.role]);
    granted := coalesce((select ' ' || string_agg(h, ' ') || ' ' from unnest(held) h
      where a.rights = '' or h = any (a.rights::text[])), ' ');
  end if;
  perform set_config('domovoi.user', $1::text, true), set_config('domovoi.membership', p.membership::text, true),
    set_config('domovoi.company', coalesce(p.company::text, ''), true), set_config('domovoi.login', coalesce($4::text, ''), true),
    set_config('domovoi.key', coalesce($5::text, ''), true), set_config('domovoi.rights', a.rights, true),
    set_config('domovoi.trace', coalesce($6, ''), true), set_config('TimeZone', p.tz, true),
    set_config('domovoi.standing', concat_ws(' ', p.scope, p.role, p.home, p.tz), true),
    set_config('domovoi.granted', granted, true);
  return p.scope;
end $$;
reset role;
