-- What a key may do, when somebody has to prove again who he is, and the records of it: sessions, API keys, roles and
-- permissions to be read, and what is done to the access of a person.
--
-- DM016 "Prove who you are first.": a change whose permission is dangerous, or a code or personal data revealed, from a
-- session whose person showed longer than five minutes ago who he is. Logins of the database are not asked, nor are keys:
-- those may only do what is dangerous if their scopes name that very permission. Previews are not asked either.

-- ---- a key cuts rights -----------------------------------------------------------------------------------------------

set local role domovoi_rules;

-- Is it within what the key may do that this request came with? act.begin_request says what that is. Whoever sets it
-- himself takes rights from himself and gets none.
create function domovoi.in_rights(p_permission text) returns boolean
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
declare r text := current_setting('domovoi.rights', true);
begin return coalesce(r, '') = '' or p_permission = any (r::text[]); end $$;

-- As in 0016, within those.
create or replace function domovoi.my_company(p_scope text, p_permission text default null) returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if m.scope = p_scope and (p_permission is null or domovoi.in_rights(p_permission) and coalesce(
      (select u.granted from domovoi.user_permission u where u.user_id = m.user_id and u.company_id = m.home
        and u.permission = p_permission),
      exists (select from domovoi.role_permission g where g.role = m.role and g.permission = p_permission))) then
    return m.company_id;
  end if;
  return null;
end $$;

create or replace function domovoi.is_platform(p_permission text default null) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return coalesce(m.scope = 'platform', false) and (p_permission is null or domovoi.in_rights(p_permission) and coalesce(
    (select u.granted from domovoi.user_permission u where u.user_id = m.user_id and u.company_id = m.home
      and u.permission = p_permission),
    exists (select from domovoi.role_permission g where g.role = m.role and g.permission = p_permission)));
end $$;

create or replace function domovoi.has_permission(p_permission text) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return domovoi.in_rights(p_permission) and coalesce(
    (select u.granted from domovoi.user_permission u where u.user_id = m.user_id and u.company_id = m.home
      and u.permission = p_permission),
    exists (select from domovoi.role_permission g where g.role = m.role and g.permission = p_permission));
end $$;

create or replace function domovoi.my_permissions() returns text[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return array(select p from unnest(domovoi.permissions_of(m.home, m.user_id, array[m.role])) p where domovoi.in_rights(p));
end $$;

-- What scopes come to: a permission by its name; unit.*, *.view or * for those that are not dangerous.
create function domovoi.scope_permissions(p_scopes text[]) returns text[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return array(select p.code from domovoi.permission p where p.code = any (p_scopes) or not p.dangerous
    and exists (select from unnest(p_scopes) s where p.code like replace(replace(s, '_', '\_'), '*', '%')) order by p.code);
end $$;

-- What concerns how somebody comes in is for himself to do, not for a key of his.
create function domovoi.not_by_key() returns void
  language plpgsql stable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if current_setting('domovoi.key', true) <> '' then
    perform domovoi.fail('DM005', 'A key may not do this.', null, null, 'Log in yourself.');
  end if;
end $$;

-- ---- proving it again --------------------------------------------------------------------------------------------------

create function domovoi.prove(p_permission text) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare login text := current_setting('domovoi.login', true);
begin
  if login <> '' and exists (select from domovoi.permission p where p.code = p_permission and p.dangerous)
      and exists (select from domovoi.login_session s where s.id = login::uuid
        and s.proved_at < domovoi.now() - interval '5 minutes')
      and exists (select from domovoi.api_role a where a.rolname = session_user) then
    perform domovoi.fail('DM016', 'Prove who you are first.', null, p_permission, 'Give your password or a code once more.');
  end if;
end $$;

-- act.mutate is at it: what is tried for a preview is not done.
create function domovoi.doing() returns boolean
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$ begin return coalesce(current_setting('domovoi.doing', true), '') <> ''; end $$;

-- As in 0002; what is done, or imported, may have to be proved.
create or replace function domovoi.require(p_permission text) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if not domovoi.has_permission(p_permission) then
    perform domovoi.fail('DM005', 'You may not do this.', null, p_permission,
      'Ask the head of your company for the permission.');
  end if;
  if domovoi.doing() or p_permission like '%.import' then perform domovoi.prove(p_permission); end if;
end $$;

-- As in 0015, and the same.
create or replace function domovoi.act_on_record(p_resource text, p_company int, p_id uuid, p_base int, p_action text,
    p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare no record;
begin
  perform domovoi.check_version(p_base, (p_was ->> 'version')::int);
  no := domovoi.refusal(p_resource, p_was, p_action);
  if no.code is not null then
    perform domovoi.fail(no.code, no.reason, case no.code when 'DM001' then 'status' end, no.detail, no.remedy);
  end if;
  if domovoi.doing() then
    perform domovoi.prove(domovoi.permission_for(p_resource, 'action', p_action, p_was ->> 'status'));
  end if;
  if coalesce(trim(p_args ->> 'reason'), '') = '' and (
      exists (select from domovoi.record_action a where a.resource = p_resource and a.action = p_action and a.needs_reason)
      or exists (select from domovoi.fsm_transition t join domovoi.record_kind k on k.machine = t.machine
        where k.resource = p_resource and t.action = p_action and t.from_state = p_was ->> 'status' and t.needs_reason)) then
    perform domovoi.fail('DM002', 'A reason is required.', 'reason', p_action, 'Give reason=…');
  end if;
  execute format('select domovoi.%I($1, $2, $3, $4, $5)', p_resource || '_act')
    using p_company, p_id, p_action, p_args, p_was;
end $$;

-- As in 0017, and the same.
create or replace function act.unit_reveal_code(id text, version int default null, kind text default null,
    reason text default null, reservation text default null) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  m record := domovoi.me(); at record; u domovoi.unit; no jsonb; line uuid := gen_random_uuid();
begin
  if m.user_id is null then perform domovoi.fail('DM009', 'This login has no active membership.'); end if;
  at := domovoi.locate('unit', m.company_id, unit_reveal_code.id);
  if at.id is null then perform domovoi.no_record(unit_reveal_code.id); end if;
  select * into u from domovoi.unit x where x.company_id = at.company_id and x.id = at.id;
  no := domovoi.code_refusal(u, unit_reveal_code.kind, unit_reveal_code.reason, unit_reveal_code.reservation);
  if no is null then perform domovoi.prove('secret.view'); end if;
  perform domovoi.log_code(u, line, unit_reveal_code.kind, 'reveal', unit_reveal_code.reason,
    (domovoi.locate('reservation', u.company_id, unit_reveal_code.reservation)).id, no is null);
  return coalesce(no || '{"status": "rejected"}', jsonb_build_object('status', 'applied', 'view', line));
end $$;

-- As in 0016. What has still to be proved is no outcome: the same mutation is sent again after it.
create or replace function act.mutate(m jsonb, p_strict boolean default false) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  here record := domovoi.me();
  mid uuid; h bytea; old domovoi.mutation; res jsonb; image jsonb; trail jsonb; company int;
  st text; msg text; col text; det text; hint text; con text;
begin
  if here.user_id is null then
    perform domovoi.fail('DM009', 'This login has no active membership.');
  end if;
  if m ->> 'id' is null or m ->> 'id' !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    perform domovoi.fail('DM007', 'The mutation has no id.', 'id');
  end if;
  mid := (m ->> 'id')::uuid;
  h := sha256(convert_to((m - 'id')::text, 'UTF8'));
  perform pg_advisory_xact_lock(7243, hashtext(mid::text));
  select * into old from domovoi.mutation x where x.id = mid;
  if found then
    if old.request_hash <> h or old.user_id <> here.user_id then
      perform domovoi.fail('DM008', 'This mutation id was used for another request.', 'id', mid::text,
        'Make a new id.');
    end if;
    return old.result || '{"replayed": true}';
  end if;
  if m ->> 'kind' = 'create' and m ->> 'resource' = 'reservation' and domovoi.has_permission('reservation.create') then
    res := domovoi.too_late(here.company_id, here.scope, here.role, here.user_id, m -> 'set');
  end if;
  if res is null then
    begin
      perform set_config('domovoi.doing', 'on', true);
      res := domovoi.apply(m) || '{"status": "applied"}';
      image := res -> 'image'; trail := res -> 'trail';
      res := res - '{image,trail}'::text[];
      perform set_config('domovoi.doing', '', true);
    exception when others then
      if p_strict or sqlstate = 'DM016' then raise; end if;
      get stacked diagnostics st = returned_sqlstate, msg = message_text, col = column_name,
        det = pg_exception_detail,
        hint = pg_exception_hint, con = constraint_name;
      res := domovoi.verdict(st, msg, col, det, hint, con) || '{"status": "rejected"}';
      if res is null then raise; end if;
    end;
  end if;
  company := coalesce((res ->> 'company')::int, here.company_id, here.home);
  insert into domovoi.mutation (id, company_id, user_id, request_hash, resource, record_id, kind, status, result,
    claimed_at)
  values (mid, company, here.user_id, h, coalesce(res ->> 'resource', m ->> 'resource', ''),
    (res ->> 'record')::uuid, coalesce(m ->> 'kind', ''), res ->> 'status', res,
      case when m ->> 'at' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d' then (m ->> 'at')::timestamptz end);
  if image is not null then
    perform domovoi.keep_image(mid, company, here.user_id, (res ->> 'record')::uuid, image);
  end if;
  if trail is not null then
    insert into domovoi.audit_log (company_id, at, user_id, role, membership_id, resource, record_id, what, before,
        after, reason, mutation_id)
      select company, domovoi.now(), here.user_id, here.role, here.membership_id, trail ->> 'resource',
          (res ->> 'record')::uuid, coalesce(m ->> 'action', m ->> 'kind'), d.before, d.after,
          nullif(trim(m #>> '{args,reason}'), ''), mid
        from domovoi.audit_diff(trail ->> 'resource', nullif(trail -> 'old', 'null'), nullif(trail -> 'new', 'null')) d;
  end if;
  return res || '{"replayed": false}';
end $$;
reset role;

-- ---- records -------------------------------------------------------------------------------------------------------------

set local role domovoi_owner;
-- private: <kind>_row has nothing that the session may not reach; otherwise a row's columns say
alter table domovoi.record_kind add column private boolean not null default false;
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import) values
  ('api_key', 1, 'name', 'name', 'text', true, false, false),
  ('api_key', 2, 'scopes', 'scopes', 'text', true, false, false),
  ('api_key', 3, 'expires_at', 'expires_at', 'time', true, false, false),
  ('api_key', 4, 'secret_hash', 'secret_hash', 'text', true, false, false);
reset role;

set local role domovoi_rules;
insert into domovoi.record_kind (resource, plural, reads, creates, patches, virtual, of_platform, private) values
  ('session', 'sessions', 'session.view', null, null, true, true, true),
  ('api_key', 'api_keys', 'key.manage', 'key.manage', null, true, true, true);
insert into domovoi.record_action (resource, action, permission, states, guard, sort) values
  ('session', 'revoke', 'session.view', '{open}', 'session', 1),
  ('api_key', 'revoke', 'key.manage', '{live}', null, 1),
  ('user', 'reset_password', 'user.manage', '{invited,active,locked}', 'colleague', 10),
  ('user', 'end_sessions', 'user.manage', null, 'colleague', 11);

-- As in 0015, and private kinds.
create or replace function domovoi.check_reach(p_resource text, p_company int, p_id uuid) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare ok boolean; m record := domovoi.me(); r jsonb;
begin
  case p_resource
    when 'building' then select case m.scope when 'own' then x.company_id = m.company_id
        when 'landlord' then x.company_id = m.company_id and x.id = any (domovoi.my_buildings())
        else domovoi.reaches(x.company_id, null, x.id, null) end
      into ok from domovoi.building x where x.company_id = p_company and x.id = p_id;
    when 'party' then select case m.scope when 'assigned' then x.company_id = m.company_id
        else domovoi.reaches(x.company_id, x.agent_id, null, null) end
      into ok from domovoi.party x where x.company_id = p_company and x.id = p_id;
    else
      r := domovoi.row_of(p_resource, p_company, p_id);
      ok := r is not null and (p_company is null and m.scope = 'platform' or (domovoi.kind_of(p_resource)).private
        or domovoi.reaches((r ->> 'company_id')::int, (r ->> 'agent_id')::uuid, (r ->> 'building_id')::uuid,
          (r ->> 'owner_id')::uuid));
  end case;
  if not coalesce(ok, false) then perform domovoi.no_record(p_id::text); end if;
end $$;

-- Whose sessions and keys the session sees: its own; with the permission those of the people of its company, the
-- platform's people excepted; in the scope of the platform all.
create function domovoi.my_people(p_permission text) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return query select m.user_id where m.user_id is not null;
  if m.scope in ('platform', 'company') and domovoi.has_permission(p_permission) then
    return query
      select distinct x.user_id from domovoi.membership x where x.user_id <> m.user_id and x.company_id = coalesce(m.company_id, x.company_id)
         and (m.scope = 'platform' or not exists (select from domovoi.membership y join domovoi.role z on z.code = y.role
           where y.user_id = x.user_id and y.active and z.scope = 'platform'));
  end if;
end $$;

create function domovoi.my_sessions()
  returns table (id uuid, company int, user_id uuid, opened_at timestamptz, seen_at timestamptz, until timestamptz,
    proved_at timestamptz, address text, agent text, amr text, status text, closed_at timestamptz, closed_why text, this boolean)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if not domovoi.has_permission('session.view') then return; end if;
  return query
    select s.id, m.company_id, s.user_id, s.opened_at, s.seen_at, s.until, s.proved_at, host(s.address), s.agent,
        array_to_string(s.amr, ', '), case when s.closed_at is not null then 'closed' when s.until <= domovoi.now()
          then 'expired' else 'open' end, s.closed_at, s.closed_why, s.id::text = current_setting('domovoi.login', true)
      from domovoi.my_people('user.manage') p join domovoi.login_session s on s.user_id = p;
end $$;

create function domovoi.session_locate(p_company int, p_key text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select s.id from domovoi.my_sessions() s where s.id::text = lower(p_key)); end $$;

create function domovoi.session_row(p_company int, p_id uuid) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return (select jsonb_build_object('id', s.id, 'company_id', p_company, 'user_id', s.user_id, 'address', s.address,
      'agent', s.agent, 'status', s.status, 'closed_why', s.closed_why, 'version', 1)
    from domovoi.my_sessions() s where s.id = p_id);
end $$;

create function domovoi.session_label(r jsonb) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return concat_ws(' ', (select u.login from domovoi.app_user u where u.id = (r ->> 'user_id')::uuid), r ->> 'address'); end $$;

-- One's own is ended by anybody; a colleague's by who could also take his rights.
create function domovoi.session_guard(p_guard text, r jsonb, out reason text, out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if (r ->> 'user_id')::uuid <> domovoi.my_user() then
    select g.reason, g.detail, g.remedy into reason, detail, remedy from domovoi.user_guard('colleague',
      jsonb_build_object('id', r -> 'user_id', 'company_id', coalesce(r -> 'company_id', to_jsonb((domovoi.me()).home)))) g;
  end if;
end $$;

create function domovoi.session_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.not_by_key();
  perform domovoi.close_logins((p_was ->> 'user_id')::uuid, p_id, null, 'revoked', domovoi.my_user());
end $$;

create function domovoi.my_api_keys()
  returns table (id uuid, company int, user_id uuid, name text, scopes text, created_at timestamptz, expires_at timestamptz,
    last_used_at timestamptz, last_address text, status text, revoked_at timestamptz, version int)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if not domovoi.has_permission('key.manage') then return; end if;
  return query
    select k.id, coalesce(k.company_id, m.company_id), k.user_id, k.name, array_to_string(k.scopes, ' '), k.created_at, k.expires_at, k.last_used_at,
        host(k.last_address), case when k.revoked_at is not null then 'revoked' when k.expires_at <= domovoi.now() then 'expired'
          else 'live' end, k.revoked_at, k.version
      from domovoi.my_people('key.manage') p join domovoi.access_key k on k.user_id = p
     where m.company_id is null or k.company_id = m.company_id or k.company_id is null and m.scope = 'platform';
end $$;

create function domovoi.api_key_locate(p_company int, p_key text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select k.id from domovoi.my_api_keys() k where k.id::text = lower(p_key)); end $$;

create function domovoi.api_key_row(p_company int, p_id uuid) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return (select jsonb_build_object('id', k.id, 'company_id', k.company, 'user_id', k.user_id, 'name', k.name, 'scopes', k.scopes,
      'expires_at', k.expires_at, 'status', k.status, 'version', k.version) from domovoi.my_api_keys() k where k.id = p_id);
end $$;

create function domovoi.api_key_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$ begin return r ->> 'name'; end $$;

-- Nobody gives a key what he does not have; the secret was made elsewhere, only its hash comes here.
create function domovoi.api_key_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s jsonb := domovoi.read_set('api_key', p_company, p_set, 'create', null); scope text; wanted text[];
  mine text[] := domovoi.my_permissions();
begin
  perform domovoi.not_by_key();
  perform domovoi.must_have(s, 'name', 'scopes', 'secret_hash');
  wanted := array(select distinct w from regexp_split_to_table(lower(s ->> 'scopes'), '[\s,]+') w where w <> '' order by w);
  foreach scope in array wanted loop
    if scope !~ '^([a-z_]+|\*)(\.([a-z_]+|\*))?$' or domovoi.scope_permissions(array[scope]) = '{}' then
      perform domovoi.fail('DM007', 'This value is not known.', 'scopes', left(scope, 60), 'Like unit.view, unit.*, *.view or *');
    elsif scope !~ '\*' and scope <> all (mine) then
      perform domovoi.fail('DM005', 'Nobody gives what he does not have.', 'scopes', scope);
    end if;
  end loop;
  if length(s ->> 'name') > 80 then perform domovoi.fail('DM007', 'The value is not valid.', 'name', left(s ->> 'name', 80));
  elsif cardinality(wanted) = 0 then perform domovoi.fail('DM007', 'A value is required.', 'scopes');
  elsif s ->> 'secret_hash' !~ '^[0-9a-f]{64}$' then perform domovoi.fail('DM007', 'The value is not valid.', 'secret_hash');
  elsif (s ->> 'expires_at')::timestamptz <= domovoi.now() then
    perform domovoi.fail('DM007', 'The day has gone by.', 'expires_at', s ->> 'expires_at');
  end if;
  insert into domovoi.access_key (id, user_id, company_id, name, scopes, permissions, secret_hash, created_at, expires_at)
    values (p_id, domovoi.my_user(), case when (domovoi.me()).scope <> 'platform' then p_company end, s ->> 'name', wanted,
      array(select p from unnest(domovoi.scope_permissions(wanted)) p where p = any (mine)), decode(s ->> 'secret_hash', 'hex'),
      domovoi.now(), (s ->> 'expires_at')::timestamptz);
end $$;

create function domovoi.api_key_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.not_by_key();
  update domovoi.access_key k set revoked_at = domovoi.now(), revoked_by = domovoi.my_user(), version = k.version + 1
    where k.id = p_id;
end $$;

-- Out, everywhere: nothing that he has opens a door any more.
create function domovoi.shut_out(p_user uuid, p_by uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  delete from domovoi.user_password p where p.user_id = p_user;
  update domovoi.access_key k set revoked_at = domovoi.now(), revoked_by = p_by, version = k.version + 1
    where k.user_id = p_user and k.revoked_at is null;
  perform domovoi.close_logins(p_user, null, null, 'revoked', p_by);
end $$;

-- As in 0016; his access: a one-time password that the server made (its hash comes here), his sessions, and who is
-- blocked loses them for good.
create or replace function domovoi.user_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  case p_action
    when 'change_role' then perform domovoi.change_role(p_company, p_id, p_args);
    when 'assign' then perform domovoi.assign_buildings(p_company, p_id, p_args ->> 'buildings');
    when 'grant' then perform domovoi.put_permission(p_company, p_id, p_args, true);
    when 'deny' then perform domovoi.put_permission(p_company, p_id, p_args, false);
    when 'inherit' then perform domovoi.put_permission(p_company, p_id, p_args, null);
    when 'deactivate' then
      perform domovoi.hand_over(p_company, p_id, p_args ->> 'hand_over_to');
      update domovoi.membership m set active = false, is_default = false, deactivated_at = domovoi.now(),
          deactivated_by = domovoi.my_user(), deactivate_reason = trim(p_args ->> 'reason'),
          deactivate_comment = p_args ->> 'comment'
        where m.company_id = p_company and m.user_id = p_id and m.active;
    when 'activate' then -- in the role that he had last
      perform domovoi.must_hold(m.role) from domovoi.membership m where m.company_id = p_company and m.user_id = p_id
        order by m.deactivated_at desc nulls last limit 1;
      update domovoi.membership m set active = true, deactivated_at = null, deactivated_by = null, deactivate_reason = null,
          deactivate_comment = null
        where m.id = (select x.id from domovoi.membership x where x.company_id = p_company and x.user_id = p_id
          order by x.deactivated_at desc nulls last limit 1);
    when 'block' then
      update domovoi.app_user u set status = 'blocked', block_reason = trim(p_args ->> 'reason') where u.id = p_id;
      perform domovoi.close_logins(p_id, null, null, 'revoked', domovoi.my_user());
    when 'unblock' then
      update domovoi.app_user u set block_reason = null, status = case when exists (select from domovoi.db_login l
        where l.user_id = u.id) or exists (select from domovoi.user_password p where p.user_id = u.id) then 'active'
        else 'invited' end where u.id = p_id;
    when 'reset_password' then perform domovoi.reset_password(p_id, p_args ->> 'password_hash');
    when 'end_sessions' then
      perform domovoi.not_by_key();
      perform domovoi.close_logins(p_id, null, null, 'revoked', domovoi.my_user());
  end case;
  update domovoi.app_user u set updated_at = domovoi.now() where u.id = p_id; -- what belongs to him has changed
end $$;

create function domovoi.reset_password(p_user uuid, p_hash text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.not_by_key();
  if p_hash is null then
    perform domovoi.fail('DM007', 'A value is required.', 'password_hash', null,
      'The API server makes the password; beside it, the owner of the database: domovoi db user reset');
  elsif p_hash !~ '^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$' then
    perform domovoi.fail('DM007', 'The value is not valid.', 'password_hash');
  end if;
  perform domovoi.put_password(p_user, p_hash, true, domovoi.my_user());
  update domovoi.app_user u set status = 'active' where u.id = p_user and u.status = 'invited';
end $$;

grant execute on function domovoi.my_sessions, domovoi.my_api_keys to domovoi_staff;
grant execute on function domovoi.shut_out to domovoi_owner;
reset role;

set local role domovoi_owner;
create view api.sessions with (security_invoker) as
  select s.id, s.company, s.user_id as "user", a.display_name as user_label, s.status, s.opened_at, s.seen_at, s.until,
    s.proved_at, s.address, s.agent, s.amr, s.this, s.closed_at, s.closed_why, 1 as version
  from domovoi.my_sessions() s left join domovoi.app_user a on a.id = s.user_id;
create view api.api_keys with (security_invoker) as
  select k.id, k.company, k.name, k.user_id as "user", a.display_name as user_label, k.scopes, k.status, k.created_at,
    k.expires_at, k.last_used_at, k.last_address, k.revoked_at, null::text as secret_hash, k.version
  from domovoi.my_api_keys() k left join domovoi.app_user a on a.id = k.user_id;
-- The rights that can be given, and the roles that have them: the same in every company.
create view api.roles with (security_invoker) as
  select md5('role ' || r.code)::uuid as id,
    (select coalesce(domovoi.my_company('company'), domovoi.my_company('own'), domovoi.my_company('assigned'),
      domovoi.my_company('landlord'), domovoi.my_company('platform'))) as company, r.code, r.name, r.scope, r.sort::int as sort,
    (select string_agg(g.permission, ' ' order by g.permission) from domovoi.role_permission g where g.role = r.code) as permissions,
    1 as version
  from domovoi.role r where (select domovoi.has_permission('user.view'));
create view api.permissions with (security_invoker) as
  select md5('permission ' || p.code)::uuid as id,
    (select coalesce(domovoi.my_company('company'), domovoi.my_company('own'), domovoi.my_company('assigned'),
      domovoi.my_company('landlord'), domovoi.my_company('platform'))) as company, p.code, p.title, p.dangerous,
    (select string_agg(r.code, ' ' order by r.sort) from domovoi.role_permission g join domovoi.role r on r.code = g.role
      where g.permission = p.code) as roles, 1 as version
  from domovoi.permission p where (select domovoi.has_permission('user.view'));
grant select on api.sessions, api.api_keys, api.roles, api.permissions to domovoi_staff;
reset role;

set local role domovoi_rules;
create function act.session_revoke(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('session', id, version, 'revoke', '{}') $$;
create function act.api_key_revoke(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('api_key', id, version, 'revoke', '{}') $$;
create function act.user_reset_password(id text, version int default null, password_hash text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'reset_password',
    jsonb_build_object('password_hash', password_hash)) $$;
create function act.user_end_sessions(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'end_sessions', '{}') $$;
grant execute on function act.session_revoke, act.api_key_revoke, act.user_reset_password, act.user_end_sessions to domovoi_staff;
reset role;
