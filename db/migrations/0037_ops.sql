-- What the API server asks for itself: the change feed with the keys of whom a change concerns, how far behind its
-- horizon is, and what is thrown away when it has grown old. Only for logins of domovoi.api_role.

set local role domovoi_rules;

-- Changes after a cursor ("xid.seq", as api.feed and ops.horizon tell it; null: from the first one kept), below the
-- horizon and in its order, at most so many. Null keys: there was no row before, or is none after.
create function ops.feed(since text, most int) returns table (cursor text, company int, resource text, record uuid,
    keys_old text[], keys_new text[])
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare x xid8 := '0'; n bigint := 0;
begin
  perform domovoi.only_api();
  if $1 is not null then
    if $1 !~ '^\d{1,19}\.\d{1,18}$' then perform domovoi.fail('DM007', 'The value is not valid.', 'cursor', left($1, 40)); end if;
    x := split_part($1, '.', 1)::xid8; n := split_part($1, '.', 2)::bigint;
  end if;
  return query
    select l.xid || '.' || l.seq, l.company_id, l.resource, l.record_id, l.keys_old, l.keys_new from domovoi.change_log l
     where (l.xid, l.seq) > (x, n) and l.xid < pg_snapshot_xmin(pg_current_snapshot())
     order by l.xid, l.seq limit greatest(least($2, 10000), 1);
end $$;

-- The feed's tip below the horizon; for how long the oldest change has been waiting above it (ms; 0: none is); whether a
-- notifier leads (api.feed); and which database this is: after a restore older cursors mean nothing.
create function ops.horizon(out tip text, out lag_ms bigint, out live boolean, out incarnation uuid)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  select f.tip, f.live into tip, live from api.feed() f;
  select coalesce(extract(epoch from clock_timestamp() - min(l.at)) * 1000, 0)::bigint into lag_ms from domovoi.change_log l
    where l.xid >= pg_snapshot_xmin(pg_current_snapshot());
  select s.incarnation into incarnation from domovoi.server s;
end $$;

-- Whether this login may speak for people without their session: what runs by the clock.
create function ops.trusted() returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return coalesce((select a.trusted from domovoi.api_role a where a.rolname = session_user), false); end $$;

-- Away with what is of no use any more: sessions ninety days after their end; their tokens a day after it, and spent ones
-- of a week ago (they open nothing; that somebody shows one does not end the session any more); attempts of yesterday;
-- ids of tokens that have run out. For the worker, from time to time, which may be a login of the database's owner.
create function ops.prune() returns table (what text, rows bigint)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at timestamptz := domovoi.now();
begin
  if not pg_has_role(session_user, 'domovoi_owner', 'member') then perform domovoi.only_api(); end if;
  delete from domovoi.login_session s where coalesce(s.closed_at, s.until) < at - interval '90 days';
  get diagnostics rows = row_count; what := 'sessions'; return next;
  delete from domovoi.refresh_token t using domovoi.login_session s where s.id = t.login_id
    and (s.closed_at < at - interval '1 day' or s.until < at - interval '1 day'
      or t.superseded_at < at - interval '7 days');
  get diagnostics rows = row_count; what := 'tokens'; return next;
  delete from domovoi.auth_limit l where l.locked_until < at - interval '1 day'
    and coalesce((select max(f) from unnest(l.fails || l.pending) f) < at - interval '1 day', true);
  get diagnostics rows = row_count; what := 'attempts'; return next;
  delete from domovoi.revoked_jti r where r.until < at - interval '1 hour';
  get diagnostics rows = row_count; what := 'revoked'; return next;
end $$;

grant execute on all functions in schema ops to domovoi_api;
reset role;
