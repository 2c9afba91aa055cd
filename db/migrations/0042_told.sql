-- What a reader without the right to a record is not told besides: what can be done to it, what a preview calls it,
-- what became of a change that was made with another key.

set local role domovoi_owner;
-- everybody who reaches a record reads it, without the permission
alter table domovoi.record_kind add column everybody boolean not null default false;
-- the API key that it came with; null: a person's own session
alter table domovoi.mutation add column key_id uuid;
reset role;

set local role domovoi_rules;
update domovoi.record_kind set everybody = true where resource in ('word', 'user');

-- May the session read records of this kind that it reaches? As the policies of the view say.
create function domovoi.may_read(p_resource text) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare k domovoi.record_kind := domovoi.kind_of(p_resource);
begin return k.everybody or domovoi.has_permission(k.reads); end $$;

-- As in 0015, of what may be read.
create or replace function api.actions(resource text, key text)
  returns table (action text, allowed boolean, code text, reason text, detail text, remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare what text := domovoi.singular($1); at record; r jsonb;
begin
  at := domovoi.locate(what, (domovoi.me()).company_id, $2);
  if at.id is null then perform domovoi.no_record($2); end if;
  perform domovoi.check_reach(what, at.company_id, at.id);
  if not domovoi.may_read(what) then perform domovoi.no_record($2); end if;
  r := domovoi.row_of(what, at.company_id, at.id);
  return query
    select a.action, n.code is null, n.code, n.reason, n.detail, n.remedy
      from (select t.action, min(f.sort) as sort from domovoi.fsm_transition t
              join domovoi.record_kind k on k.machine = t.machine and k.resource = what
              join domovoi.fsm_state f on f.machine = t.machine and f.state = t.to_state
             where t.permission is not null group by t.action
            union all select x.action, x.sort from domovoi.record_action x where x.resource = what) a
      cross join lateral domovoi.refusal(what, r, a.action) n order by a.sort, a.action;
end $$;

-- What a record is called, for who may read that; else the word that he had for it.
create function domovoi.label_told(p_resource text, p_row jsonb, p_word text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if not domovoi.may_read(p_resource) or not domovoi.has_permission('unit.view')
      and p_resource in ('block', 'offering', 'unit_stock', 'unit_finance') then -- called as their unit is
    return p_word;
  end if;
  return domovoi.label_of(p_resource, p_row);
end $$;

-- As in 0015, and told.
create or replace function domovoi.label_for(p_resource text, p_key text) returns text
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at record;
begin
  if p_resource is null or not exists (select from domovoi.record_kind k where k.resource = p_resource) then
    return p_key;
  end if;
  at := domovoi.locate(p_resource, (domovoi.me()).company_id, p_key);
  if at.id is null then return p_key; end if;
  perform domovoi.check_reach(p_resource, at.company_id, at.id);
  return domovoi.label_told(p_resource, domovoi.row_of(p_resource, at.company_id, at.id), p_key);
exception when sqlstate 'DM006' then
  return p_key;
end $$;

-- As in 0028, and told.
create or replace function domovoi.try(m jsonb) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  res jsonb; after jsonb; told jsonb; what text := domovoi.singular(m ->> 'resource');
  st text; msg text; col text; det text; hint text; con text;
begin
  begin
    res := domovoi.apply(m);
    what := coalesce(res ->> 'resource', what);
    after := domovoi.row_of(what, (res ->> 'company')::int, (res ->> 'record')::uuid);
    told := jsonb_build_object('outcome', case when domovoi.same_row(nullif(res #> '{image,old}', 'null'), after)
        and not (what = 'agreement' and m ->> 'kind' = 'action'
          and res #> '{image,old,version}' is distinct from after -> 'version') then 'same' else 'change' end,
      'record', res ->> 'record',
      'label', domovoi.label_told(case when what = 'reservation' and m ->> 'kind' = 'create' then 'block' else what end,
        coalesce(nullif(res #> '{image,old}', 'null'), after), -- a number given here would go to somebody else
        coalesce(m ->> 'record', res ->> 'record')));
    raise exception using errcode = 'DMTRY', message = 'tried';
  exception
    when sqlstate 'DMTRY' then
      return told;
    when others then
      get stacked diagnostics st = returned_sqlstate, msg = message_text, col = column_name,
        det = pg_exception_detail, hint = pg_exception_hint, con = constraint_name;
      told := domovoi.verdict(st, msg, col, det, hint, con);
      if told is null then raise; end if;
      return told || jsonb_build_object('outcome', 'refused', 'record', m ->> 'record', 'label',
        domovoi.label_for(what, m ->> 'record'));
  end;
end $$;

-- The outcome of a change that was sent again, for who may hear it: the person who sent it first, with the key that was
-- used then, or who reads what became of it. Others learn that the id is taken, as they would of anybody's.
create function domovoi.replay(old domovoi.mutation, p_hash bytea) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare what text := domovoi.singular(old.resource); told boolean := false;
begin
  if old.request_hash = p_hash and old.user_id = domovoi.my_user() then
    told := old.key_id::text is not distinct from nullif(current_setting('domovoi.key', true), '');
    if not told and exists (select from domovoi.record_kind k where k.resource = what) then
      begin
        perform domovoi.check_reach(what, old.company_id, old.record_id);
        told := domovoi.may_read(what);
      exception when sqlstate 'DM006' then null;
      end;
    end if;
  end if;
  if not told then
    perform domovoi.fail('DM008', 'This mutation id was used for another request.', 'id', old.id::text,
      'Make a new id.');
  end if;
  return old.result || '{"replayed": true}';
end $$;

-- As in 0036, with replays as above and the key kept.
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
  if found then return domovoi.replay(old, h); end if;
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
  insert into domovoi.mutation (id, company_id, user_id, key_id, request_hash, resource, record_id, kind, status,
    result, claimed_at)
  values (mid, company, here.user_id, nullif(current_setting('domovoi.key', true), '')::uuid, h,
    coalesce(res ->> 'resource', m ->> 'resource', ''),
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

-- ---- the server's own -----------------------------------------------------------------------------------------------

-- Which migrations this database has, for a program that has to be of the same.
grant usage on schema domovoi_meta to domovoi_rules;
grant select on domovoi_meta.applied to domovoi_rules;
set local role domovoi_rules;
create function ops.migrations(out newest text, out n int)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  select max(a.name collate "C"), count(*)::int into newest, n from domovoi_meta.applied a where a.kind = 'migration';
end $$;
grant execute on function ops.migrations to domovoi_api;
reset role;

-- ---- where a stay comes from ----------------------------------------------------------------------------------------

set local role domovoi_rules;
-- The channel of what this request makes: the API, unless a person sits at the console. That says at the login that it
-- is one; a console that asks the database itself has a login of its own there.
create function domovoi.channel_here() returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare login text := current_setting('domovoi.login', true);
begin
  return case when current_setting('domovoi.key', true) <> '' or login <> '' and not exists (
      select from domovoi.login_session s where s.id = login::uuid and s.agent like 'domovoi/%') then 'api'
    else 'console' end;
end $$;

-- As in 0022, with the channel.
create or replace function domovoi.create_reservation(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.reservation; o domovoi.offering; u domovoi.unit; s jsonb; m record := domovoi.me();
begin
  select x.* into o from domovoi.offering x where x.company_id = p_company and x.mode = 'short_stay'
    and x.unit_id = (domovoi.locate('unit', p_company, p_set ->> 'unit')).id;
  s := domovoi.read_set('reservation', p_company, p_set, 'create', coalesce(p_set ->> 'currency', o.currency));
  perform domovoi.must_have(s, 'unit_id', 'check_in', 'check_out');
  r := jsonb_populate_record(null::domovoi.reservation, s);
  r.company_id := p_company; r.id := p_id;
  perform domovoi.lock_units(p_company, array[r.unit_id]);
  select * into u from domovoi.unit x where x.company_id = p_company and x.id = r.unit_id;
  r.agent_id := coalesce(r.agent_id, case m.scope when 'own' then m.user_id else u.agent_id end);
  r.currency := coalesce(r.currency, o.currency);
  r.adults := coalesce(r.adults, 1); r.children := coalesce(r.children, 0);
  perform domovoi.check_booking(r, o);
  perform domovoi.check_guests(u, r.adults + r.children);
  r.price_fixed := r.price_per_night is not null or r.currency <> o.currency;
  r.price_per_night := coalesce(r.price_per_night, 0);
  if not r.price_fixed then
    r := domovoi.with_prices(r, (domovoi.price_nights(o, r.check_in, r.check_out)).net);
  end if;
  r.channel := coalesce(r.channel, domovoi.channel_here());
  perform domovoi.insert_stay(r, o, u);
end $$;
reset role;
