-- Who comes in through the API: passwords, sessions, refresh tokens, second factors, keys, and how often somebody may try
-- (research/api.md §1.3, §4). The API server asks these functions and decides nothing that they have not said. Secrets are
-- here as hashes, or sealed with a key that the database does not have; passwords are hashed by the server.
--
--   auth.*  executable by the group domovoi_api alone, and only for logins that domovoi.api_role lists
--   act.begin_request  before every request: the session or the key is live, the person active; then who he is, in which
--           company, by which clock, until the end of the transaction
--
-- DM015 "The session is over." and DM017 "Choose a password first." are told by begin_request.

do $$ begin
  execute 'create schema auth authorization domovoi_owner';
  execute 'create schema ops authorization domovoi_owner';
end $$;
set local role domovoi_owner;
grant usage, create on schema auth, ops to domovoi_rules;
grant usage on schema auth, ops to domovoi_api;

-- A trusted login speaks for people without their session: what runs by the clock, in their name. The server's is not.
alter table domovoi.api_role add column trusted boolean not null default false;

create table domovoi.user_password (
  user_id      uuid primary key references domovoi.app_user,
  hash         text not null check (hash ~ '^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$'),
  must_change  boolean not null,
  changed_at   timestamptz not null,
  changed_by   uuid
);
create table domovoi.login_session (
  id           uuid primary key default gen_random_uuid(),
  user_id      uuid not null references domovoi.app_user,
  opened_at    timestamptz not null,
  seen_at      timestamptz not null,                    -- opened, or its token was changed for a new one
  until        timestamptz not null,                    -- 30 days after it was opened, or 7 after it was seen
  proved_at    timestamptz not null,                    -- the person showed who he is: at the login, or since
  address      inet,
  agent        text,
  amr          text[] not null,                         -- pwd, otp, …
  must_change  boolean not null,                        -- nothing but a new password is done here
  closed_at    timestamptz,
  closed_why   text check (closed_why in ('logout', 'revoked', 'stolen', 'password', 'reset')),
  closed_by    uuid,
  check ((closed_at is null) = (closed_why is null))
);
create index on domovoi.login_session (user_id, opened_at);
create table domovoi.refresh_token (
  hash           bytea primary key check (length(hash) = 32),
  login_id       uuid not null references domovoi.login_session on delete cascade,
  state          text not null default 'active' check (state in ('active', 'superseded', 'revoked')),
  successor      bytea,
  superseded_at  timestamptz
);
create index on domovoi.refresh_token (login_id);
create unique index on domovoi.refresh_token (login_id) where state = 'active';
create table domovoi.user_totp (
  user_id       uuid primary key references domovoi.app_user,
  sealed        bytea not null,
  confirmed_at  timestamptz,                            -- null: shown, not yet used
  last_step     bigint not null default 0               -- a code is good once
);
create table domovoi.recovery_code (
  user_id  uuid not null references domovoi.app_user,
  hash     bytea not null,
  used_at  timestamptz,
  primary key (user_id, hash)
);
create table domovoi.revoked_jti (jti uuid primary key, until timestamptz not null);
-- Attempts of an account ("l:login") or from an address ("a:10.0.0.7/32", "a:2001:db8::/64").
create table domovoi.auth_limit (
  key           text primary key,
  fails         timestamptz[] not null default '{}',    -- the last ones, at most five
  pending       timestamptz[] not null default '{}',    -- let through, and not known yet how they end
  level         int not null default 0,
  locked_until  timestamptz not null default '-infinity'
);
-- A key acts for its person in one company (null: a key of the platform's people, for all of them), and may do what its
-- scopes say and he may, too.
create table domovoi.access_key (
  id            uuid primary key,
  user_id       uuid not null references domovoi.app_user,
  company_id    int references domovoi.company,
  name          text not null check (length(name) between 1 and 80),
  scopes        text[] not null,                        -- as they were asked for: unit.view, unit.*, *.view
  permissions   text[] not null,                        -- what that came to when the key was made
  secret_hash   bytea not null unique check (length(secret_hash) = 32),
  created_at    timestamptz not null,
  expires_at    timestamptz,
  last_used_at  timestamptz,
  last_address  inet,
  revoked_at    timestamptz,
  revoked_by    uuid,
  version       int not null default 1
);
create index on domovoi.access_key (user_id);

do $$
declare t text;
begin
  foreach t in array array['user_password', 'login_session', 'refresh_token', 'user_totp', 'recovery_code', 'revoked_jti',
      'auth_limit', 'access_key'] loop
    perform domovoi.protect(('domovoi.' || t)::regclass, 'closed');
  end loop;
end $$;
reset role;

set local role domovoi_rules;

-- ---- what all of them use -----------------------------------------------------------------------------------------

create function domovoi.only_api() returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if not exists (select from domovoi.api_role a where a.rolname = session_user) then
    raise exception using errcode = '42501', message = 'Only the API server may ask this.';
  end if;
end $$;

create function domovoi.person_active(p_user uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return exists (select from domovoi.app_user u where u.id = p_user and u.status = 'active'); end $$;

-- A line of the trail about a person, in the company that is his first one. Never a secret, nor a hash of one.
create function domovoi.audit_person(p_user uuid, p_by uuid, p_what text, p_data jsonb default '{}') returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.audit_log (company_id, at, user_id, resource, record_id, what, after)
    select m.company_id, domovoi.now(), p_by, 'user', p_user, p_what, jsonb_strip_nulls(p_data)
      from domovoi.membership m where m.user_id = p_user order by m.active desc, m.is_default desc, m.company_id limit 1;
end $$;

create function domovoi.close_logins(p_user uuid, p_which uuid, p_but uuid, p_why text, p_by uuid) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n int;
begin
  update domovoi.login_session s set closed_at = domovoi.now(), closed_why = p_why, closed_by = p_by
    where s.user_id = p_user and s.closed_at is null and s.until > domovoi.now() and s.id = coalesce(p_which, s.id)
      and s.id is distinct from p_but;
  get diagnostics n = row_count;
  if n > 0 then
    perform domovoi.audit_person(p_user, p_by, 'sessions_ended', jsonb_build_object('why', p_why, 'sessions', n));
  end if;
  return n;
end $$;

-- ---- passwords ------------------------------------------------------------------------------------------------------

-- What a login is checked with; one row, also for nobody. hash is null where nobody may come in: the server then works
-- just as long on another one, and says the same. `totp`: a second factor is asked for; otherwise totp_sealed, if there,
-- waits to be confirmed.
create function auth.credential(login text, out user_id uuid, out hash text, out status text, out totp boolean,
    out totp_sealed bytea, out last_step bigint, out must_change boolean)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  select u.id, case when u.status = 'active' then p.hash end, u.status, coalesce(t.confirmed_at is not null, false),
      t.sealed, t.last_step, coalesce(p.must_change, false)
    into user_id, hash, status, totp, totp_sealed, last_step, must_change
    from domovoi.app_user u left join domovoi.user_password p on p.user_id = u.id
    left join domovoi.user_totp t on t.user_id = u.id
   where u.login = credential.login;
  totp := coalesce(totp, false); must_change := coalesce(must_change, false);
end $$;

-- What somebody else chose for a person, or the person must change, ends the sessions there are.
create function domovoi.put_password(p_user uuid, p_hash text, p_must_change boolean, p_by uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.user_password (user_id, hash, must_change, changed_at, changed_by)
    values (p_user, p_hash, p_must_change, domovoi.now(), p_by)
    on conflict (user_id) do update set hash = excluded.hash, must_change = excluded.must_change,
      changed_at = excluded.changed_at, changed_by = excluded.changed_by;
  if p_must_change or p_by is distinct from p_user then
    perform domovoi.close_logins(p_user, null, null, 'reset', p_by);
  else
    update domovoi.login_session s set must_change = false where s.user_id = p_user and s.must_change;
  end if;
  perform domovoi.audit_person(p_user, p_by, case when p_by = p_user then 'password' else 'password_reset' end,
    jsonb_build_object('must_change', p_must_change));
end $$;

create function auth.set_password("user" uuid, hash text, must_change boolean, by uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  perform domovoi.put_password("user", hash, must_change, by);
end $$;

-- ---- how often ------------------------------------------------------------------------------------------------------

-- The two things that are counted, in the order in which everybody locks them. An unknown address (a local socket) and a
-- missing login count for nothing.
create function domovoi.limit_keys(p_login text, p_address inet) returns text[]
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
declare a inet := case when p_address << '::ffff:0:0/96' then substring(host(p_address) from '[0-9.]+$')::inet else p_address end;
begin
  return array_remove(array['a:' || network(set_masklen(a, case family(a) when 4 then 32 else 64 end)),
    'l:' || lower(left(p_login, 64))], null);
end $$;

-- Locked until the transaction ends, and without what is too old to count: failures of five minutes ago, and attempts
-- whose end was never told (the server died over them).
create function domovoi.limits(p_keys text[]) returns setof domovoi.auth_limit
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.auth_limit; at timestamptz := domovoi.now();
begin
  insert into domovoi.auth_limit (key) select unnest(p_keys) on conflict do nothing;
  for r in select * from domovoi.auth_limit x where x.key = any (p_keys) order by x.key for update loop
    r.fails := array(select f from unnest(r.fails) f where f > at - interval '5 minutes');
    r.pending := array(select f from unnest(r.pending) f where f > at - interval '20 seconds');
    return next r;
  end loop;
end $$;

-- Seconds until the next attempt, 0 = now: then it is let through, and counted until auth.failed or auth.succeeded says
-- how it ended. So five at once are five, however many come together. Right passwords wait like wrong ones.
create function auth.wait(login text, address inet) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.auth_limit; n int := 0; at timestamptz := domovoi.now(); rows domovoi.auth_limit[] := '{}';
begin
  perform domovoi.only_api();
  for r in select * from domovoi.limits(domovoi.limit_keys(login, address)) loop
    if r.locked_until > at then n := greatest(n, ceil(extract(epoch from r.locked_until - at))::int);
    elsif cardinality(r.fails) + cardinality(r.pending) >= 5 then n := greatest(n, 1);
    end if;
    rows := rows || r;
  end loop;
  if n = 0 then
    foreach r in array rows loop
      update domovoi.auth_limit x set fails = r.fails, pending = r.pending || at where x.key = r.key;
    end loop;
  end if;
  return n;
end $$;

-- The fifth failure within five minutes closes the door for five; the next five, within an hour, for ten, then fifteen.
create function auth.failed(login text, address inet, what text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.auth_limit; at timestamptz := domovoi.now(); locks boolean;
begin
  perform domovoi.only_api();
  for r in select * from domovoi.limits(domovoi.limit_keys(login, address)) loop
    locks := r.locked_until <= at and cardinality(r.fails) >= 4;
    if locks then
      r.level := case when r.locked_until > at - interval '1 hour' then least(r.level + 1, 3) else 1 end;
      r.locked_until := at + r.level * interval '5 minutes'; r.fails := '{}'; r.pending := '{}';
      perform domovoi.audit_person(u.id, null, 'login_failures', jsonb_build_object('what', what, 'address', host(address),
          'of', case when r.key like 'l:%' then 'account' else 'address' end, 'minutes', r.level * 5))
        from domovoi.app_user u where u.login = failed.login;
    else
      r.pending := r.pending[2:];
      if r.locked_until <= at then r.fails := r.fails || at; end if;
    end if;
    update domovoi.auth_limit x set fails = r.fails, pending = r.pending, level = r.level, locked_until = r.locked_until
      where x.key = r.key;
  end loop;
end $$;

-- The account begins anew; of the address only this attempt is forgotten, or who knows one password could try all others.
create function auth.succeeded(login text, address inet) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.auth_limit; at timestamptz := domovoi.now();
begin
  perform domovoi.only_api();
  for r in select * from domovoi.limits(domovoi.limit_keys(login, address)) loop
    update domovoi.auth_limit x set pending = r.pending[2:],
        fails = case when r.key like 'l:%' then '{}' else r.fails end
      where x.key = r.key;
  end loop;
end $$;

-- ---- sessions ---------------------------------------------------------------------------------------------------------

-- No row where the person may not come in (any more).
create function auth.open("user" uuid, address inet, agent text, amr text[], refresh_hash bytea, out login uuid,
    out expires_at timestamptz)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at timestamptz := domovoi.now();
begin
  perform domovoi.only_api();
  if not domovoi.person_active("user") then return; end if;
  insert into domovoi.login_session (user_id, opened_at, seen_at, until, proved_at, address, agent, amr, must_change)
    values ("user", at, at, at + interval '7 days', at, address, left(agent, 200), coalesce(amr, '{}'),
      coalesce((select p.must_change from domovoi.user_password p where p.user_id = "user"), false))
    returning id into login;
  insert into domovoi.refresh_token (hash, login_id) values (refresh_hash, login);
  expires_at := at + interval '30 days';
  perform domovoi.audit_person("user", "user", 'login', jsonb_build_object('address', host(address), 'agent',
    left(agent, 200), 'amr', to_jsonb(amr)));
end $$;

-- A token for a new one (research/api.md §4.3). ok: it was the last one. again: it was the one before, its successor was
-- never used, and it is less than a minute ago: the answer was lost on its way, so there is another successor and the
-- lost one is worth nothing. stolen: somebody used one that is spent, so the whole session is over. unknown, over: none.
create function auth.rotate(hash bytea, new_hash bytea, address inet, out outcome text, out login uuid, out user_id uuid,
    out auth_time bigint)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t domovoi.refresh_token; s domovoi.login_session; at timestamptz := domovoi.now();
begin
  perform domovoi.only_api();
  select x.login_id into login from domovoi.refresh_token x where x.hash = rotate.hash;
  if not found then outcome := 'unknown'; return; end if;
  select * into s from domovoi.login_session x where x.id = rotate.login for no key update; -- one at a time
  select * into t from domovoi.refresh_token x where x.hash = rotate.hash;
  user_id := s.user_id; auth_time := extract(epoch from s.proved_at)::bigint;
  if s.closed_at is not null or s.until <= at or not domovoi.person_active(s.user_id) then outcome := 'over'; return;
  elsif t.state = 'active' then outcome := 'ok';
  elsif t.state = 'superseded' and at < t.superseded_at + interval '60 seconds'
      and exists (select from domovoi.refresh_token n where n.hash = t.successor and n.state = 'active') then
    update domovoi.refresh_token n set state = 'revoked' where n.hash = t.successor;
    outcome := 'again';
  else
    perform domovoi.audit_person(s.user_id, null, 'token_stolen', jsonb_build_object('address', host(address)));
    perform domovoi.close_logins(s.user_id, s.id, null, 'stolen', null);
    outcome := 'stolen';
    return;
  end if;
  update domovoi.refresh_token x set state = 'superseded', successor = new_hash,
      superseded_at = coalesce(x.superseded_at, at) where x.hash = rotate.hash;
  insert into domovoi.refresh_token (hash, login_id) values (new_hash, s.id);
  update domovoi.login_session x set seen_at = at, address = coalesce(rotate.address, x.address),
      until = least(at + interval '7 days', x.opened_at + interval '30 days') where x.id = s.id;
end $$;

create function auth.close(login uuid) returns boolean
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare who uuid := (select s.user_id from domovoi.login_session s where s.id = close.login);
begin
  perform domovoi.only_api();
  return domovoi.close_logins(who, close.login, null, 'logout', who) > 0;
end $$;

-- The others of a person, when he has chosen a new password; how many.
create function auth.close_others("user" uuid, but uuid) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  return domovoi.close_logins("user", null, but, 'password', "user");
end $$;

create function auth.stepped_up(login uuid, amr text[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  update domovoi.login_session s set proved_at = domovoi.now(),
      amr = array(select distinct a from unnest(s.amr || coalesce(stepped_up.amr, '{}')) a order by a)
    where s.id = stepped_up.login and s.closed_at is null;
end $$;

-- A token of its own, by its id: revoked until it would have ended anyway. True the first time: so one that is good for
-- one use is used once.
create function auth.revoke(jti uuid, until timestamptz) returns boolean
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  insert into domovoi.revoked_jti values (jti, until) on conflict do nothing;
  return found;
end $$;

create function auth.revoked(jti uuid) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  return exists (select from domovoi.revoked_jti r where r.jti = revoked.jti);
end $$;

-- ---- the second factor --------------------------------------------------------------------------------------------------

-- A new secret, to be confirmed; false where one is in force: that is dropped first.
create function auth.totp_set("user" uuid, sealed bytea) returns boolean
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  insert into domovoi.user_totp as t (user_id, sealed) values ("user", totp_set.sealed)
    on conflict (user_id) do update set sealed = excluded.sealed, last_step = 0 where t.confirmed_at is null;
  return found;
end $$;

create function auth.totp_confirm("user" uuid, step bigint, recovery_hashes bytea[]) returns boolean
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  update domovoi.user_totp t set confirmed_at = domovoi.now(), last_step = step
    where t.user_id = "user" and t.confirmed_at is null;
  if not found then return false; end if;
  delete from domovoi.recovery_code c where c.user_id = "user";
  insert into domovoi.recovery_code (user_id, hash) select distinct "user", h from unnest(recovery_hashes) h;
  perform domovoi.audit_person("user", "user", 'totp_on');
  return true;
end $$;

create function auth.totp_used("user" uuid, step bigint) returns boolean
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  update domovoi.user_totp t set last_step = step
    where t.user_id = "user" and t.confirmed_at is not null and t.last_step < step;
  return found;
end $$;

create function auth.totp_drop("user" uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  delete from domovoi.recovery_code c where c.user_id = "user";
  delete from domovoi.user_totp t where t.user_id = "user";
  if found then perform domovoi.audit_person("user", "user", 'totp_off'); end if;
end $$;

create function auth.recovery_use("user" uuid, hash bytea) returns boolean
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  update domovoi.recovery_code c set used_at = domovoi.now()
    where c.user_id = "user" and c.hash = recovery_use.hash and c.used_at is null;
  if not found then return false; end if;
  perform domovoi.audit_person("user", "user", 'recovery_code', jsonb_build_object('left',
    (select count(*) from domovoi.recovery_code c where c.user_id = "user" and c.used_at is null)));
  return true;
end $$;

-- ---- keys ---------------------------------------------------------------------------------------------------------------

-- Whose key that is, if the secret's hash is right; no row otherwise. Its last use is written down once a minute.
create function auth.key_user(key uuid, proof bytea, address inet, out user_id uuid, out scopes text[])
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare k domovoi.access_key; at timestamptz := domovoi.now();
begin
  perform domovoi.only_api();
  select * into k from domovoi.access_key x where x.id = key_user.key and x.secret_hash = proof and x.revoked_at is null
    and coalesce(x.expires_at > at, true);
  if not found or not domovoi.person_active(k.user_id) then return; end if;
  user_id := k.user_id; scopes := k.scopes;
  if coalesce(k.last_used_at < at - interval '1 minute', true) or k.last_address is distinct from address then
    update domovoi.access_key x set last_used_at = at, last_address = address where x.id = k.id;
  end if;
end $$;

-- ---- a request ------------------------------------------------------------------------------------------------------------

-- As in 0006, and not without a live session or key of the person. In one go whatever is asked of identity: this stands
-- before every request.
drop function act.begin_request(uuid, int, text);
drop function act.assume(uuid, int, text);
create function act.assume("user" uuid, company int, role text, login uuid, key uuid, trace text) returns text
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  set plan_cache_mode = force_generic_plan
  as $$
declare
  by_itself boolean := (select a.trusted from domovoi.api_role a where a.rolname = session_user);
  at timestamptz := domovoi.now(); wanted int := company; p record; rights text := ''; tz text; k record; live boolean; new_first boolean;
begin
  if by_itself is null then
    raise exception using errcode = '42501', message = 'Only the API server may speak for others.';
  end if;
  if login is not null and key is null then
    select true, s.must_change into live, new_first from domovoi.login_session s
      join domovoi.app_user u on u.id = s.user_id and u.status = 'active'
     where s.id = $4 and s.user_id = $1 and s.closed_at is null and s.until > at;
  elsif key is not null and login is null then
    select x.permissions::text as rights, x.company_id into k from domovoi.access_key x
      join domovoi.app_user u on u.id = x.user_id and u.status = 'active'
     where x.id = $5 and x.user_id = $1 and x.revoked_at is null and coalesce(x.expires_at > at, true);
    live := k.rights is not null; rights := k.rights;
    if k.company_id <> wanted then
      perform domovoi.fail('DM009', 'This login has no such active membership.', 'company', wanted::text,
        'The key is of another company.');
    end if;
    wanted := coalesce(wanted, k.company_id);
  elsif login is null then
    live := by_itself;
  end if;
  if live is not true then
    perform domovoi.fail('DM015', 'The session is over.', null, null, 'Log in again.');
  elsif new_first then
    perform domovoi.fail('DM017', 'Choose a password first.', null, null, 'The one you were given is good for that alone.');
  end if;
  p := domovoi.pick_membership($1, wanted, $3);
  select c.tz into tz from domovoi.membership m join domovoi.company c on c.id = coalesce(p.company, m.company_id)
    where m.id = p.membership;
  perform set_config('domovoi.user', $1::text, true), set_config('domovoi.membership', p.membership::text, true),
    set_config('domovoi.company', coalesce(p.company::text, ''), true), set_config('domovoi.login', coalesce($4::text, ''), true),
    set_config('domovoi.key', coalesce($5::text, ''), true), set_config('domovoi.rights', rights, true),
    set_config('domovoi.trace', coalesce($6, ''), true), set_config('TimeZone', tz, true);
  return p.scope;
end $$;

create function act.begin_request("user" uuid, company int, role text, login uuid, key uuid, trace text default null)
  returns text
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare scope text := act.assume($1, $2, $3, $4, $5, $6);
begin
  perform set_config('role', 'domovoi_' || scope, true); -- not allowed to a definer, hence the two functions
  return scope;
end $$;
grant execute on function act.assume, act.begin_request to public;
grant execute on all functions in schema auth to domovoi_api;
grant execute on function domovoi.put_password to domovoi_owner;
reset role;
