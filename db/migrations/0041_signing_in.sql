-- What the server's /auth/… routes ask beside 0035: who a token's person is, and what a door that is
-- locked says without a knock.

set local role domovoi_rules;

-- The person of a token, and whether its session is live; no row for nobody. `fresh`: proved within five minutes, which is
-- what dangerous things ask for. totp: in force; totp_sealed without it: waits to be confirmed.
-- Not stable: it is asked in the statement that opens the session.
create function auth.person("user" uuid, login uuid, out login_name text, out name text, out live boolean,
    out fresh boolean, out must_change boolean, out totp boolean, out totp_sealed text, out last_step bigint,
    out amr text, out proved_at bigint)
  returns setof record
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at timestamptz := domovoi.now();
begin
  perform domovoi.only_api();
  return query select u.login, u.display_name, coalesce(s.closed_at is null and s.until > at and u.status = 'active', false),
      coalesce(s.proved_at > at - interval '5 minutes', false), coalesce(s.must_change, false),
      coalesce(t.confirmed_at is not null, false), t.sealed::text, coalesce(t.last_step, 0),
      array_to_string(s.amr, ' '), extract(epoch from s.proved_at)::bigint
    from domovoi.app_user u left join domovoi.user_totp t on t.user_id = u.id
    left join domovoi.login_session s on s.id = person.login and s.user_id = u.id
   where u.id = "user";
end $$;

-- The same password, hashed as it is now: with another cost, or a newer pepper. Nothing that anybody did.
create function auth.rehash("user" uuid, old_hash text, new_hash text) returns boolean
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  update domovoi.user_password p set hash = new_hash where p.user_id = "user" and p.hash = old_hash;
  return found;
end $$;

-- What time it is for sessions and tokens; a demonstration has its own.
create function auth.clock() returns timestamptz
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin perform domovoi.only_api(); return domovoi.now(); end $$;

-- Seconds for which the door is locked; nothing is counted.
create function auth.locked(login text, address inet) returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at timestamptz := domovoi.now();
begin
  perform domovoi.only_api();
  return coalesce((select greatest(0, ceil(extract(epoch from max(x.locked_until) - at))::int) from domovoi.auth_limit x
    where x.key = any (domovoi.limit_keys(login, address)) and x.locked_until > at), 0);
end $$;

-- The attempt was right as far as it went: it counts no more, and what failed before still does, or the password would
-- buy any number of guesses at the second factor.
create function auth.passed(login text, address inet) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.auth_limit;
begin
  perform domovoi.only_api();
  for r in select * from domovoi.limits(domovoi.limit_keys(login, address)) loop
    update domovoi.auth_limit x set pending = r.pending[2:], fails = r.fails where x.key = r.key;
  end loop;
end $$;

-- Who he is was shown once more, in a session that is still there: auth.stepped_up and auth.succeeded in one.
create function auth.proved(login uuid, amr text[], login_name text, address inet) returns boolean
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  if not exists (select from domovoi.login_session s where s.id = proved.login and s.closed_at is null) then return false; end if;
  perform auth.stepped_up(login, amr), auth.succeeded(login_name, address);
  return true;
end $$;
grant execute on function auth.clock, auth.proved, auth.person, auth.rehash, auth.locked, auth.passed to domovoi_api;
reset role;
