-- To see as somebody else (domain.md §3.6 row 103, §5.13): whoever holds user.see_as reads with the identity and the
-- rights of a person of a company, changes nothing, and the trail says so before the first row is shown.
--
-- The identity stays what 0002 says it is: it follows from session_user. A session that looks has the id of an open row
-- of `look` in a setting; the setting alone is worth nothing, because the row must be of this very person.

set local role domovoi_owner;
create table domovoi.look (
  id            uuid primary key default gen_random_uuid(),
  seer_id       uuid not null references domovoi.app_user,
  membership_id uuid not null references domovoi.membership (id),
  since         timestamptz not null,
  until         timestamptz not null check (until > since)
);
create index on domovoi.look (seer_id, membership_id, until);
select domovoi.protect('domovoi.look', 'closed');
reset role;

set local role domovoi_rules;

-- As in 0002, but a session that looks as somebody else is that person. A look that is over is nobody's: it never
-- turns back into the rights of the one who looks.
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
  person uuid := case when exists (select from domovoi.api_role a where a.rolname = session_user)
    then case when spoken_for ~ form then spoken_for::uuid end
    else (select l.user_id from domovoi.db_login l where l.rolname = session_user and l.enabled) end;
  chosen text;
begin
  if look <> '' then
    select s.user_id, s.id, s.company_id, s.role, s.scope, s.company_id
      into user_id, membership_id, company_id, role, scope, home
      from domovoi.look l join domovoi.standing s on s.id = l.membership_id
     where l.id = case when look ~ form then look::uuid end and l.seer_id = person and l.until > domovoi.now()
       and s.scope <> 'platform';
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

-- Where somebody looks, nothing is written: no change, no revealed secret, no import, whatever door it came through.
create function domovoi.only_look() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if current_setting('domovoi.look', true) <> '' then
    perform domovoi.fail('DM005', 'You see as somebody else: nothing can be changed.', null, null,
      'Stop seeing as that person first.');
  end if;
  return null;
end $$;
grant execute on function domovoi.only_look to domovoi_owner;

-- The person by login or id. His membership: the one in the company that the session is in, else his default one.
create function domovoi.whom_to_see(p_who text, p_company int, out membership_id uuid, out user_id uuid,
  out company_id int, out role text, out scope text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  select s.id, s.user_id, s.company_id, s.role, s.scope into membership_id, user_id, company_id, role, scope
    from domovoi.standing s join domovoi.app_user u on u.id = s.user_id
   where (u.login = p_who or u.id::text = lower(p_who)) and s.scope <> 'platform'
     and (p_company is null or s.company_id = p_company)
   order by s.is_default desc, s.company_id, s.sort limit 1;
end $$;

create function api.see_as(who text, out look uuid, out company int, out role text, out scope text)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  m record; w record;
  for_others boolean := exists (select from domovoi.api_role a where a.rolname = session_user);
begin
  perform set_config('domovoi.look', '', for_others);
  m := domovoi.me();
  perform domovoi.require('user.see_as');
  w := domovoi.whom_to_see(who, m.company_id);
  if w.user_id is null then
    perform domovoi.fail('DM006', 'There is no such person to see as.', 'user', left(who, 60),
      'Name a person who works in a company: domovoi list users');
  elsif not pg_has_role(session_user, 'domovoi_' || w.scope, 'member') then
    perform domovoi.fail('DM005', 'This login cannot enter that scope.', 'user', w.scope,
      'Ask the administrator to run domovoi db user reset');
  end if;
  select l.id into look from domovoi.look l where l.seer_id = m.user_id and l.membership_id = w.membership_id
    and l.until > domovoi.now() limit 1;
  if look is null then
    insert into domovoi.look (seer_id, membership_id, since, until)
      values (m.user_id, w.membership_id, domovoi.now(), domovoi.now() + interval '8 hours') returning id into look;
    perform domovoi.audit(w.company_id, 'user', w.user_id, 'see_as', null,
      jsonb_build_object('role', w.role, 'until', domovoi.now() + interval '8 hours'));
  end if;
  perform set_config('domovoi.look', look::text, for_others);
  company := w.company_id; role := w.role; scope := w.scope;
end $$;
grant execute on function api.see_as to domovoi_staff;

-- Who can give a permission that somebody lacks: those of his company who may manage permissions and have this one
-- themselves (nobody gives what he does not have); without such a person, the platform's.
create function api.givers(permission text) returns table (id uuid, name text, role text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return query
    with s as (
      select u.display_name as name, x.role, x.scope, x.user_id as id, r.sort
        from domovoi.standing x join domovoi.app_user u on u.id = x.user_id join domovoi.role r on r.code = x.role
       where x.company_id = coalesce(m.company_id, m.home) and x.user_id <> m.user_id
         and domovoi.permissions_of(x.company_id, x.user_id, array[x.role]) @> array['role.manage', givers.permission])
    select s.id, s.name, s.role from s
     where (s.scope = 'platform') = not exists (select from s o where o.scope <> 'platform') order by s.sort, s.name limit 5;
end $$;
grant execute on function api.givers to domovoi_staff;
reset role;

-- Tables that are protected from now on have the guard, too.
set local role domovoi_owner;
create or replace function domovoi.protect(p_table regclass, p_reach text, p_permission text default null) returns void
  language plpgsql set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s text;
  own constant text := ' and agent_id = (select domovoi.my_user())';
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('alter table %s force row level security', p_table);
  execute format('create policy rules on %s to domovoi_rules using (true) with check (true)', p_table);
  execute format('create trigger only_look before insert or update or delete or truncate on %s
    execute function domovoi.only_look()', p_table);
  if p_reach = 'closed' then return; end if;
  execute format('create policy platform on %s for select to domovoi_platform using ((select domovoi.is_platform(%L)))',
    p_table, p_permission);
  foreach s in array case p_reach when 'company' then '{company}' when 'party' then '{company,own,assigned}'
      else '{company,own,assigned,landlord}' end::text[] loop
    execute format('create policy %1$I on %2$s for select to domovoi_%1$s using (company_id = (select domovoi.my_company(%1$L, %3$L))%4$s)',
      s, p_table, p_permission, case when s = 'own' then own when p_reach = 'party' then ''
        when s = 'assigned' then ' and building_id = any ((select domovoi.my_buildings())::uuid[])'
        when s = 'landlord' then ' and owner_id = (select domovoi.my_user())' else '' end);
  end loop;
  execute format('grant select on %s to domovoi_staff', p_table);
end $$;

do $$
declare t regclass;
begin
  for t in select c.oid from pg_class c where c.relnamespace = 'domovoi'::regnamespace and c.relkind = 'r' loop
    execute format('create trigger only_look before insert or update or delete or truncate on %s
      execute function domovoi.only_look()', t);
  end loop;
end $$;

create function report.givers(permission text) returns table (permission text, name text, role text, key uuid)
  language sql stable as $$
    select givers.permission, g.name, g.role, g.id from (select) one left join api.givers(givers.permission) g on true
  $$;
reset role;
grant execute on function report.givers to domovoi_staff;
revoke execute on function report.givers from public;

-- The groups that a login is in: the scopes of his roles. Somebody of the platform is in all of them, to see as others;
-- that alone shows nothing, because a policy of a scope asks for a session of that scope.
set local role domovoi_rules;
create function domovoi.groups_of(p_login text) returns setof text
  language sql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
    select distinct 'domovoi_' || x.scope from domovoi.db_login l
      join domovoi.membership m on m.user_id = l.user_id and m.active join domovoi.role r on r.code = m.role
      join domovoi.role x on r.scope in ('platform', x.scope)
     where l.rolname = p_login order by 1
  $$;
grant execute on function domovoi.groups_of to domovoi_owner;
reset role;

do $$
declare l record;
begin
  for l in select p.rolname, g from domovoi.db_login d join pg_roles p on p.rolname = d.rolname,
      domovoi.groups_of(d.rolname) g where not pg_has_role(p.oid, g, 'member') loop
    execute format('grant %I to %I', l.g, l.rolname);
  end loop;
end $$;
