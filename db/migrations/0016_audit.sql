-- Who did what, and may do what: the trail of every applied mutation and the chain that seals it, the history of one
-- record, single permissions of a person, settings with versions, dictionaries, people and their memberships.

-- ---- the trail --------------------------------------------------------------------------------------------------

set local role domovoi_owner;

-- Rows are added plainly, so that writers of a company never queue behind each other; they are chained afterwards, in
-- audit_seal (domain.md §3.4, trap 1). xid tells which rows a sealer may not have seen yet.
create table domovoi.audit_log (
  company_id     int not null,
  id             bigint generated always as identity,
  xid            xid8 not null default pg_current_xact_id(),
  at             timestamptz not null,
  user_id        uuid,                                  -- null: the system
  role           text,
  membership_id  uuid,
  resource       text not null,
  record_id      uuid,
  what           text not null,                         -- create, patch, undo, import, or the action's name
  before         jsonb,                                 -- the changed columns only
  after          jsonb,
  reason         text,
  mutation_id    uuid,
  primary key (company_id, id)
);
create index on domovoi.audit_log (company_id, record_id, id);
create index on domovoi.audit_log (company_id, user_id, id);
create index on domovoi.audit_log (company_id, xid);

-- One link an audit row: sha256 over the link before it and the row.
create table domovoi.audit_seal (
  company_id  int not null,
  no          bigint not null,
  audit_id    bigint not null,
  hash        bytea not null,
  primary key (company_id, no),
  unique (company_id, audit_id)
);
create table domovoi.audit_head (
  company_id  int primary key,
  no          bigint not null default 0,
  hash        bytea not null default '\x',
  seen        xid8 not null default '0'                 -- what is older was there at the last sealing
);

do $$ begin
  perform domovoi.protect('domovoi.audit_log', 'closed');
  perform domovoi.protect('domovoi.audit_seal', 'closed');
  perform domovoi.protect('domovoi.audit_head', 'closed');
end $$;
-- An agent reads what he did himself; who answers for others, all of it.
create policy platform on domovoi.audit_log for select to domovoi_platform
  using ((select domovoi.is_platform('audit.view')));
create policy company on domovoi.audit_log for select to domovoi_company
  using (company_id = (select domovoi.my_company('company', 'audit.view')));
create policy own on domovoi.audit_log for select to domovoi_own
  using (company_id = (select domovoi.my_company('own', 'audit.view')) and user_id = (select domovoi.my_user()));
grant select on domovoi.audit_log to domovoi_staff;

reset role;
revoke update, delete, truncate on domovoi.audit_log, domovoi.audit_seal from domovoi_rules;

set local role domovoi_rules;

-- What changed, as two objects with the same keys. Of personal data and of sealed things only that they changed: the
-- trail is for ever, and an erased person must not live on in it.
create function domovoi.audit_diff(p_resource text, p_old jsonb, p_new jsonb, out before jsonb, out after jsonb)
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  dull constant text[] := '{version,company_id,id,lock_id,machine,created_at,created_by,updated_at,updated_by,pii_name}';
  o jsonb := p_old - dull; n jsonb := p_new - dull;
  hidden constant text := '["_](phone|email|passport|birth|born|iin|inn|pii|secret|sealed|cipher|nonce|password|employ|comment)';
  whole boolean := p_resource ~ '(pii|secret|access_code)';
begin
  if o is null or n is null then
    o := jsonb_strip_nulls(o); n := jsonb_strip_nulls(n);
  else
    select jsonb_object_agg(x.key, x.value), jsonb_object_agg(x.key, n -> x.key) into o, n
      from jsonb_each(o) x where x.value is distinct from n -> x.key;
  end if;
  if whole or coalesce(o, n)::text ~ hidden or p_resource = 'party' then
    select coalesce(jsonb_object_agg(k, '•') filter (where o ->> k is not null), '{}'),
        coalesce(jsonb_object_agg(k, '•') filter (where n ->> k is not null), '{}')
      into before, after from jsonb_object_keys(coalesce(o, n)) k
      where whole or '"' || k ~ hidden or p_resource = 'party' and k in ('name', 'note');
  end if;
  before := o || coalesce(before, '{}'); after := n || coalesce(after, '{}');
end $$;

-- For what changes without a mutation. Who is asking is written down; nobody is the system.
create function domovoi.audit(p_company int, p_resource text, p_record uuid, p_what text, p_old jsonb, p_new jsonb,
    p_reason text default null, p_mutation uuid default null) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  insert into domovoi.audit_log (company_id, at, user_id, role, membership_id, resource, record_id, what, before, after,
      reason, mutation_id)
    select p_company, domovoi.now(), m.user_id, m.role, m.membership_id, p_resource, p_record, p_what, d.before, d.after,
        nullif(trim(p_reason), ''), p_mutation
      from domovoi.audit_diff(p_resource, p_old, p_new) d;
end $$;

-- As in 0010, and what was applied goes into the trail.
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
  if m ->> 'kind' = 'create' and m ->> 'resource' = 'reservation' and not exists (select from domovoi.user_permission u
      where u.user_id = here.user_id and u.company_id = here.home and u.permission = 'reservation.create' and not u.granted) then
    res := domovoi.too_late(here.company_id, here.scope, here.role, here.user_id, m -> 'set');
  end if;
  if res is null then
    begin
      res := domovoi.apply(m) || '{"status": "applied"}';
      image := res -> 'image'; trail := res -> 'trail';
      res := res - '{image,trail}'::text[];
    exception when others then
      if p_strict then raise; end if;
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

-- As in 0005, and the trail has a line for each call that kept rows; each stay's own event says 'imported'.
create or replace function act.import_rows(resource text, rows jsonb, dry_run boolean default false) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare here record := domovoi.me(); what text := domovoi.singular(import_rows.resource); res jsonb; n int;
begin
  if here.user_id is null then perform domovoi.fail('DM009', 'This login has no active membership.'); end if;
  if what is null or what not in ('unit', 'party', 'reservation') then
    perform domovoi.fail('DM007', 'This kind of record cannot be imported.', 'resource', import_rows.resource);
  end if;
  perform domovoi.require(what || '.import');
  if here.scope not in ('platform', 'company') then perform domovoi.fail('DM005', 'You may not do this.', null,
    what || '.import'); end if;
  if here.company_id is null then perform domovoi.fail('DM007', 'The company is missing.', 'company', null,
    'Name the company.'); end if;
  if jsonb_typeof(rows) is distinct from 'array' or jsonb_array_length(rows) > 500
     or exists (select from jsonb_array_elements(rows) x where jsonb_typeof(x -> 'set') is distinct from 'object')
       then
    perform domovoi.fail('DM007', 'At most 500 rows at a time, each {"line": n, "set": {...}}.', 'rows');
  end if;
  begin
    res := domovoi.import_batch(what, here.company_id, rows);
    if dry_run then raise exception using errcode = 'DM000'; end if;
    n := (select count(*) from jsonb_array_elements(res) x where x ->> 'status' = 'created');
    if n > 0 then
      perform domovoi.audit(here.company_id, what, null, 'import', null, jsonb_build_object('rows', n));
    end if;
  exception when sqlstate 'DM000' then null;
  end;
  return res;
end $$;

-- ---- the chain ----------------------------------------------------------------------------------------------------

-- A row as the chain reads it: no session's language or zone has a say in it.
create function domovoi.audit_link(p_before bytea, r domovoi.audit_log) returns bytea
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return sha256(p_before || convert_to(jsonb_build_array(r.company_id, r.id,
    (extract(epoch from r.at) * 1000000)::bigint, r.user_id, r.role, r.membership_id, r.resource, r.record_id, r.what,
    r.before, r.after, r.reason, r.mutation_id)::text, 'UTF8')); end $$;

-- Chain what is there and not chained yet, in the order of the trail; returns how many. One sealer a company at a time.
-- After a restore on another server the numbers of transactions begin anew, so everything is looked through once.
create function domovoi.audit_seal(p_company int) returns bigint
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare h domovoi.audit_head; r domovoi.audit_log; since xid8; next_seen xid8; n bigint := 0;
begin
  insert into domovoi.audit_head (company_id) values (p_company) on conflict do nothing;
  select * into h from domovoi.audit_head x where x.company_id = p_company for update;
  next_seen := pg_snapshot_xmin(pg_current_snapshot());
  since := case when h.seen > next_seen then '0' else h.seen end;
  for r in select * from domovoi.audit_log a where a.company_id = p_company and a.xid >= since
      and not exists (select from domovoi.audit_seal s where s.company_id = p_company and s.audit_id = a.id)
      order by a.id loop
    n := n + 1; h.no := h.no + 1; h.hash := domovoi.audit_link(h.hash, r);
    insert into domovoi.audit_seal (company_id, no, audit_id, hash) values (p_company, h.no, r.id, h.hash);
  end loop;
  update domovoi.audit_head set no = h.no, hash = h.hash, seen = next_seen where company_id = p_company;
  return n;
end $$;

-- Walk the chain (I21). bad: the first row that is not as it was sealed, or is gone. A head that was noted elsewhere
-- ("no:hash") finds also that the whole tail was rewritten or cut off.
create function domovoi.audit_walk(p_company int, p_head text, out checked bigint, out waiting bigint, out bad bigint,
    out why text, out head text)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s record; last domovoi.audit_head; h bytea := '\x'; no bigint := 0; noted bigint := split_part(p_head, ':', 1)::bigint;
begin
  checked := 0;
  for s in select x.no, x.audit_id, x.hash, a as line from domovoi.audit_seal x
      left join domovoi.audit_log a on a.company_id = x.company_id and a.id = x.audit_id
      where x.company_id = p_company order by x.no loop
    no := no + 1;
    if s.no <> no then bad := s.audit_id; why := 'a link is gone before this one'; exit; end if;
    if (s.line).id is null then bad := s.audit_id; why := 'the row is gone'; exit; end if;
    h := domovoi.audit_link(h, s.line);
    if h <> s.hash then bad := s.audit_id; why := 'the row or its link was changed'; exit; end if;
    if no = noted and encode(h, 'hex') <> split_part(p_head, ':', 2) then
      bad := s.audit_id; why := 'the chain up to here is not the one that was noted'; exit;
    end if;
    checked := no;
  end loop;
  select * into last from domovoi.audit_head x where x.company_id = p_company;
  if bad is null and (checked <> coalesce(last.no, 0) or h <> coalesce(last.hash, '\x')) then
    bad := (select max(x.audit_id) from domovoi.audit_seal x where x.company_id = p_company);
    why := 'the end of the chain is gone';
  end if;
  if why is null and noted > checked then why := 'the chain is shorter than it was'; end if;
  waiting := (select count(*) from domovoi.audit_log a where a.company_id = p_company
    and not exists (select from domovoi.audit_seal x where x.company_id = p_company and x.audit_id = a.id));
  head := case when checked > 0 then checked || ':' || encode(h, 'hex') end;
end $$;

-- Seals what has come since, where it may write, and walks the chain: of one company, or for the platform of all.
create function api.audit_check(company int default null, head text default null)
  returns table (company_id int, company_name text, checked bigint, waiting bigint, ok boolean, bad bigint, why text,
    head_hash text)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare m record := domovoi.me(); c domovoi.company; w record;
begin
  if m.user_id is null then perform domovoi.fail('DM009', 'This login has no active membership.'); end if;
  perform domovoi.require('audit.view');
  if m.scope not in ('platform', 'company') or audit_check.company <> m.company_id then
    perform domovoi.fail('DM005', 'You may not do this.', 'company', 'audit.view');
  elsif audit_check.head !~ '^\d{1,18}:[0-9a-f]{64}$' then
    perform domovoi.fail('DM007', 'The value is not valid.', 'head', left(audit_check.head, 100), 'Write it as NUMBER:HASH.');
  end if;
  for c in select * from domovoi.company x where x.id = coalesce(m.company_id, audit_check.company, x.id) order by x.id loop
    if not current_setting('transaction_read_only')::boolean then perform domovoi.audit_seal(c.id); end if;
    w := domovoi.audit_walk(c.id, audit_check.head);
    return query select c.id, c.name, w.checked, w.waiting, w.why is null, w.bad, w.why, w.head;
  end loop;
end $$;

-- For whoever does work by the clock.
create function act.audit_seal() returns bigint
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  perform domovoi.require('audit.view');
  if m.scope not in ('platform', 'company') then
    perform domovoi.fail('DM005', 'You may not do this.', null, 'audit.view');
  end if;
  return (select sum(domovoi.audit_seal(c.id)) from domovoi.company c where c.id = coalesce(m.company_id, c.id));
end $$;

-- ---- the history of one record --------------------------------------------------------------------------------------

-- Everything that is known of one record in the order in which it happened, for whoever may see it: the states it went
-- through and the changes, of those columns that its view shows.
create function api.history(resource text, key text)
  returns table (at timestamptz, who text, what text, was text, became text, changes text, reason text, kind text,
    id uuid)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare
  m record := domovoi.me(); k domovoi.record_kind := domovoi.kind_of(domovoi.singular($1));
  found record := domovoi.locate(k.resource, m.company_id, $2); shown text[]; known uuid[];
begin
  perform domovoi.require(k.reads);
  if found.id is null then perform domovoi.no_record($2); end if;
  perform domovoi.check_reach(k.resource, found.company_id, found.id);
  shown := array(select regexp_replace(a.attname, '_minor$', '') from pg_attribute a
    where a.attrelid = to_regclass('api.' || quote_ident(k.plural)) and a.attnum > 0 and not a.attisdropped);
  known := domovoi.my_colleagues();
  return query
    with line as (
      select e.at, e.id as n, 0 as place, e.by_user, 'status'::text as what, e.from_state, e.to_state, null::text as changes,
          e.reason
        from domovoi.status_event e where e.company_id = found.company_id and e.record_id = found.id
      union all
      select a.at, a.id, 1, a.user_id, a.what, null, null,
          (select string_agg(c || ': ' || concat(a.before ->> c, case when a.before is not null then ' → ' end,
              a.after ->> c), '; ' order by c)
            from jsonb_object_keys(coalesce(a.after, '{}') || coalesce(a.before, '{}')) c
            where regexp_replace(c, '(?<!external)_id$', '') = any (shown)
              and (k.resource <> 'user' or domovoi.has_permission('user.manage'))),
          a.reason
        from domovoi.audit_log a where a.company_id = found.company_id and a.record_id = found.id
    )
    select l.at, case when l.by_user is null then 'system' when m.scope = 'platform' or l.by_user = any (known)
          then (select u.display_name from domovoi.app_user u where u.id = l.by_user) else 'platform' end,
        l.what, l.from_state, l.to_state, l.changes, l.reason, k.plural, found.id
      from line l order by l.at, l.place, l.n;
end $$;

reset role;
set local role domovoi_owner;

create view api.audit with (security_invoker) as
  select a.id, a.company_id as company, a.at, a.user_id as "user", u.display_name as user_label, a.role, a.resource,
    a.record_id as record, a.what,
    (select string_agg(k || ': ' || concat(a.before ->> k, case when a.before is not null then ' → ' end, a.after ->> k),
        '; ' order by k)
      from jsonb_object_keys(coalesce(a.after, '{}') || coalesce(a.before, '{}')) k) as changes,
    a.reason, a.mutation_id as mutation, 1 as version
  from domovoi.audit_log a left join domovoi.app_user u on u.id = a.user_id;
grant select on api.audit to domovoi_staff;

create function report.audit_verify(company int default null, head text default null)
  returns table (company_id int, company_name text, checked bigint, waiting bigint, ok boolean, bad bigint, why text,
    head_hash text)
  language sql volatile as $$ select * from api.audit_check(audit_verify.company, audit_verify.head) $$;
create function report.history(resource text, record text)
  returns table (at timestamptz, who text, what text, was text, became text, changes text, reason text, kind text,
    id uuid)
  language sql stable as $$ select * from api.history(history.resource, history.record) $$;
grant execute on function report.audit_verify, report.history to domovoi_staff;

reset role;
set local role domovoi_rules;
grant execute on function api.audit_check, api.history, act.audit_seal to domovoi_staff;
reset role;
create trigger append_only before update or delete or truncate on domovoi.audit_log execute function
  domovoi.append_only();
create trigger append_only before update or delete or truncate on domovoi.audit_seal execute function
  domovoi.append_only();

-- ---- single permissions -----------------------------------------------------------------------------------------------

set local role domovoi_owner;

-- What one person may or may not do here, whatever his role says.
create table domovoi.user_permission (
  company_id  int not null references domovoi.company,
  user_id     uuid not null references domovoi.app_user,
  permission  text not null references domovoi.permission,
  granted     boolean not null,
  reason      text,
  granted_by  uuid,
  granted_at  timestamptz not null,
  primary key (user_id, company_id, permission)
);
select domovoi.protect('domovoi.user_permission', 'closed');
reset role;

set local role domovoi_rules;

-- As in 0002; what is said of the person goes before what is said of his role.
create or replace function domovoi.my_company(p_scope text, p_permission text default null) returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if m.scope = p_scope and (p_permission is null or coalesce(
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
  return coalesce(m.scope = 'platform', false) and (p_permission is null or coalesce(
    (select u.granted from domovoi.user_permission u where u.user_id = m.user_id and u.company_id = m.home
      and u.permission = p_permission),
    exists (select from domovoi.role_permission g where g.role = m.role and g.permission = p_permission)));
end $$;

create or replace function domovoi.has_permission(p_permission text) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return coalesce(
    (select u.granted from domovoi.user_permission u where u.user_id = m.user_id and u.company_id = m.home
      and u.permission = p_permission),
    exists (select from domovoi.role_permission g where g.role = m.role and g.permission = p_permission));
end $$;

-- What somebody may do in a company in these roles.
create function domovoi.permissions_of(p_company int, p_user uuid, p_roles text[]) returns text[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return array(
    select g.permission from domovoi.role_permission g where g.role = any (p_roles)
    union select u.permission from domovoi.user_permission u where u.company_id = p_company and u.user_id = p_user and u.granted
    except select u.permission from domovoi.user_permission u where u.company_id = p_company and u.user_id = p_user
      and not u.granted);
end $$;

create function domovoi.my_permissions() returns text[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin return domovoi.permissions_of(m.home, m.user_id, array[m.role]); end $$;

-- As in 0015.
create or replace function domovoi.my_resources() returns text[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return array(select k.resource from domovoi.record_kind k where k.reads = any (domovoi.my_permissions()));
end $$;

-- As in 0006.
create or replace function api.whoami() returns table (user_id uuid, user_name text, role text, scope text, company int,
  company_name text, currency text, tz text, today date, permission text)
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
      left join unnest(domovoi.my_permissions()) g (permission) on true
     where u.id = m.user_id order by g.permission;
end $$;

-- ---- people and their memberships ---------------------------------------------------------------------------------------

reset role;
set local role domovoi_owner;

alter table domovoi.app_user add column version int not null default 1, add column block_reason text,
  add column updated_at timestamptz not null default now();
alter table domovoi.membership
  add column agent_commission_bp int check (agent_commission_bp between 0 and 10000),
  add column since timestamptz not null default now(),
  add column deactivated_at timestamptz,
  add column deactivated_by uuid,
  add column deactivate_reason text,
  add column deactivate_comment text;
grant select (version) on domovoi.app_user to domovoi_staff;

insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import) values
  ('user', 1, 'login', 'login', 'text', true, false, false),
  ('user', 2, 'name', 'display_name', 'text', true, true, false),
  ('user', 3, 'role', 'role', 'text', true, false, false),
  ('user', 4, 'email', 'email', 'text', true, true, false),
  ('user', 5, 'phone', 'phone', 'phone', true, true, false),
  ('user', 6, 'commission_bp', 'agent_commission_bp', 'int', true, true, false);
reset role;
set local role domovoi_rules;
insert into domovoi.record_kind (resource, plural, reads, creates, patches, virtual)
  values ('user', 'users', 'user.view', 'user.manage', 'user.manage', true);
-- states: of the person in this company. guard 'colleague': not oneself, and nobody who may do more
insert into domovoi.record_action (resource, action, permission, needs_reason, states, guard, sort) values
  ('user', 'change_role', 'role.manage', false, '{invited,active,locked}', 'colleague', 1),
  ('user', 'assign', 'user.manage', false, '{invited,active,locked}', null, 2),
  ('user', 'grant', 'role.manage', false, '{invited,active,locked}', 'colleague', 3),
  ('user', 'deny', 'role.manage', false, '{invited,active,locked}', 'colleague', 4),
  ('user', 'inherit', 'role.manage', false, null, 'colleague', 5),
  ('user', 'deactivate', 'user.manage', true, '{invited,active,locked,blocked}', 'colleague', 6),
  ('user', 'activate', 'user.manage', false, '{inactive}', 'colleague', 7),
  ('user', 'block', 'user.block', true, '{invited,active,locked}', 'own_people', 8),
  ('user', 'unblock', 'user.block', false, '{blocked,locked}', 'own_people', 9);
reset role;

set local role domovoi_rules;

-- As in 0004; a field names only people who work here now, an action also those who did (the kind "user").
create or replace function domovoi.reference(p_type text, p_company int, p_key text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r uuid := (domovoi.locate(p_type, p_company, p_key)).id; ok boolean := r is not null; scope text :=
  (domovoi.me()).scope;
begin
  if ok and p_type = 'unit' then
    select domovoi.reaches(u.company_id, u.agent_id, u.building_id, u.owner_id) into ok
      from domovoi.unit u where u.company_id = p_company and u.id = r;
  elsif ok and p_type = 'party' and scope in ('own', 'landlord') then
    select domovoi.reaches(p.company_id, p.agent_id, null, null) into ok
      from domovoi.party p where p.company_id = p_company and p.id = r;
  elsif ok and p_type = 'user' then
    ok := exists (select from domovoi.membership m where m.company_id = p_company and m.user_id = r and m.active)
      and (scope not in ('own', 'landlord') or r = domovoi.my_user());
  end if;
  return case when ok then r end;
end $$;

-- The platform's people have their memberships in some company; nobody but the platform finds them there as colleagues
-- to be changed. Agents are named by everybody.
create function domovoi.user_locate(p_company int, p_key text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return (select u.id from domovoi.membership m join domovoi.app_user u on u.id = m.user_id
    where m.company_id = p_company and (u.id::text = lower(p_key) or u.login = p_key) limit 1);
end $$;

create function domovoi.user_row(p_company int, p_id uuid) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r jsonb;
begin
  select jsonb_build_object('id', u.id, 'company_id', p_company, 'login', u.login, 'name', u.display_name, 'email', u.email,
      'phone', u.phone, 'status', case when bool_or(m.active) then u.status else 'inactive' end,
      'block_reason', u.block_reason, 'version', u.version,
      'role', string_agg(m.role, ', ' order by r.sort) filter (where m.active),
      'commission_bp', max(m.agent_commission_bp) filter (where m.active),
      'buildings', (select string_agg(b.code, ', ' order by b.code) from domovoi.membership_building x
        join domovoi.building b on b.company_id = x.company_id and b.id = x.building_id
        where x.company_id = p_company and x.user_id = p_id),
      'permissions', (select string_agg(case when p.granted then '+' else '-' end || p.permission, ' ' order by p.permission)
        from domovoi.user_permission p where p.company_id = p_company and p.user_id = p_id))
    into r
    from domovoi.app_user u join domovoi.membership m on m.user_id = u.id and m.company_id = p_company
    join domovoi.role r on r.code = m.role
    where u.id = p_id group by u.id;
  return r;
end $$;

create function domovoi.user_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$ begin return r ->> 'name'; end $$;

-- What only who manages people sees of one of them.
create function domovoi.user_card(p_company int, p_user uuid, out email text, out phone text, out commission_bp int,
    out buildings text, out permissions text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me(); r jsonb;
begin
  if m.scope in ('platform', 'company') and p_company = coalesce(m.company_id, p_company)
     and domovoi.has_permission('user.manage') then
    r := domovoi.user_row(p_company, p_user);
    email := r ->> 'email'; phone := r ->> 'phone'; commission_bp := r ->> 'commission_bp';
    buildings := r ->> 'buildings'; permissions := r ->> 'permissions';
  end if;
end $$;

-- I27, counted under the company's lock: two invitations at once do not both get the last place. 0: no limit.
create function domovoi.membership_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare most int;
begin
  if new.active and new.role = 'realtor' and (tg_op = 'INSERT' or not old.active) then
    most := coalesce((domovoi.setting_of(new.company_id, 'agent_limit') #>> '{}')::int, 0);
    if most > 0 then
      perform 1 from domovoi.company c where c.id = new.company_id for no key update;
      if (select count(*) from domovoi.membership m where m.company_id = new.company_id and m.role = 'realtor' and m.active)
          >= most then
        perform domovoi.fail('DM011', 'The company has as many agents as it may have.', 'role', most::text,
          'Deactivate somebody, or ask the platform for more.');
      end if;
    end if;
  end if;
  return new;
end $$;

-- Nobody gives what he does not have, and roles over all companies are the platform's to give.
create function domovoi.must_hold(p_role text) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s text := (select r.scope from domovoi.role r where r.code = p_role);
begin
  if s is null then
    perform domovoi.fail('DM007', 'This value is not known.', 'role', left(p_role, 40),
      (select string_agg(r.code, ', ' order by r.sort) from domovoi.role r));
  elsif s = 'platform' and (domovoi.me()).scope <> 'platform'
      or not array(select g.permission from domovoi.role_permission g where g.role = p_role) <@ domovoi.my_permissions() then
    perform domovoi.fail('DM005', 'Nobody gives what he does not have.', 'role', p_role);
  end if;
end $$;

create function domovoi.user_guard(p_guard text, r jsonb, out reason text, out detail text, out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  c int := (r ->> 'company_id')::int; u uuid := (r ->> 'id')::uuid;
  roles text[] := array(select m.role from domovoi.membership m where m.company_id = c and m.user_id = u);
begin
  if u = domovoi.my_user() then
    reason := 'Nobody changes his own rights.'; remedy := 'Ask somebody else who may.';
  elsif not domovoi.is_platform() and exists (select from domovoi.role x where x.code = any (roles) and x.scope = 'platform')
      or not domovoi.permissions_of(c, u, roles) <@ domovoi.my_permissions() and p_guard = 'colleague' then
    reason := 'This person may do more than you.'; remedy := 'Ask somebody who may do as much.';
  elsif p_guard = 'own_people' and not domovoi.is_platform() and exists (select from domovoi.membership m
      where m.user_id = u and m.company_id <> c and m.active) then
    reason := 'This person works for another company, too.'; remedy := 'Deactivate him here, or ask the platform.';
  end if;
end $$;

-- What the tables would refuse, with the names of the fields.
create function domovoi.check_person(s jsonb) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if s ->> 'login' !~ '^[a-z0-9._-]{3,32}$' then
    perform domovoi.fail('DM007', 'The value is not valid.', 'login', left(s ->> 'login', 40),
      'A login is 3 to 32 of the characters a-z 0-9 . _ -');
  elsif (s ->> 'agent_commission_bp')::int not between 0 and 10000 then
    perform domovoi.fail('DM007', 'The value is not valid.', 'commission_bp', s ->> 'agent_commission_bp');
  elsif s ? 'display_name' and s ->> 'display_name' is null then
    perform domovoi.fail('DM007', 'A value is required.', 'name');
  end if;
end $$;

-- An invitation: the person, his role, and nothing to log in with; that is made by the database's owner (domovoi db
-- user add).
create function domovoi.user_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s jsonb := domovoi.read_set('user', p_company, p_set, 'create', null);
begin
  if (domovoi.me()).scope not in ('platform', 'company') then
    perform domovoi.fail('DM005', 'You may not do this.', null, 'user.manage');
  end if;
  perform domovoi.check_person(s);
  perform domovoi.must_have(s, 'login', 'display_name', 'role');
  perform domovoi.must_hold(s ->> 'role');
  if exists (select from domovoi.app_user u where u.login = s ->> 'login') then
    perform domovoi.fail('DM004', 'The login is taken.', 'login', s ->> 'login', 'Choose another login.');
  end if;
  insert into domovoi.app_user (id, login, display_name, email, phone, status)
    values (p_id, s ->> 'login', s ->> 'display_name', s ->> 'email', s ->> 'phone', 'invited');
  insert into domovoi.membership (company_id, user_id, role, is_default, agent_commission_bp, since)
    values (p_company, p_id, s ->> 'role', true, (s ->> 'agent_commission_bp')::int, domovoi.now());
end $$;

create function domovoi.user_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s jsonb := domovoi.read_set('user', p_company, p_set, 'patch', null); u domovoi.app_user; no record;
begin
  select * into u from domovoi.app_user x where x.id = p_id for no key update;
  perform domovoi.check_version(p_base, u.version);
  if s = '{}' then return; end if;
  perform domovoi.check_person(s);
  if p_id <> domovoi.my_user() or s ? 'agent_commission_bp' then
    no := domovoi.user_guard('own_people', domovoi.user_row(p_company, p_id));
    if no.reason is not null then perform domovoi.fail('DM011', no.reason, null, no.detail, no.remedy); end if;
  end if;
  u := jsonb_populate_record(u, s);
  update domovoi.app_user x set display_name = u.display_name, email = u.email, phone = u.phone where x.id = p_id;
  if s ? 'agent_commission_bp' then
    update domovoi.membership m set agent_commission_bp = (s ->> 'agent_commission_bp')::int
      where m.company_id = p_company and m.user_id = p_id and m.active;
  end if;
end $$;

create function domovoi.change_role(p_company int, p_id uuid, p_args jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare had text[] := array(select m.role from domovoi.membership m where m.company_id = p_company and m.user_id = p_id
  and m.active order by m.role); was text := p_args ->> 'from';
begin
  if p_args ->> 'role' is null then perform domovoi.fail('DM007', 'A value is required.', 'role'); end if;
  perform domovoi.must_hold(p_args ->> 'role');
  if was is null and cardinality(had) > 1 then
    perform domovoi.fail('DM007', 'Say which of his roles is meant.', 'from', array_to_string(had, ', '), 'Give from=…');
  end if;
  was := coalesce(was, had[1]);
  if was <> all (had) then perform domovoi.fail('DM007', 'This value is not known.', 'from', was); end if;
  if was = p_args ->> 'role' then return; end if;
  if was = 'realtor' then perform domovoi.hand_over(p_company, p_id, p_args ->> 'hand_over_to'); end if;
  insert into domovoi.membership as m (company_id, user_id, role, since, agent_commission_bp)
    select p_company, p_id, p_args ->> 'role', domovoi.now(), o.agent_commission_bp from domovoi.membership o
      where o.company_id = p_company and o.user_id = p_id and o.role = was
    on conflict (company_id, user_id, role) do update set active = true, deactivated_at = null, deactivate_reason = null;
  update domovoi.membership m set active = false, deactivated_at = domovoi.now(), deactivated_by = domovoi.my_user(),
      deactivate_reason = 'role', is_default = false
    where m.company_id = p_company and m.user_id = p_id and m.role = was;
  update domovoi.membership m set is_default = true where m.company_id = p_company and m.user_id = p_id and m.role = p_args ->> 'role'
    and not exists (select from domovoi.membership d where d.user_id = p_id and d.is_default);
end $$;

-- What somebody keeps as an agent: it must go to a colleague before he goes (K8, I26).
create function domovoi.hand_over(p_company int, p_id uuid, p_to text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  heir uuid := domovoi.reference('user', p_company, p_to); today date := domovoi.company_today(p_company);
  live constant text[] := '{hold,confirmed,checked_in}'; units int; stays int; leases int;
begin
  units := (select count(*) from domovoi.unit u where u.company_id = p_company and u.agent_id = p_id and u.archived_at is null);
  stays := (select count(*) from domovoi.reservation r where r.company_id = p_company and r.agent_id = p_id
    and r.check_out >= today and r.status = any (live));
  leases := (select count(*) from domovoi.agreement a where a.company_id = p_company and a.agent_id = p_id
    and a.status in ('draft', 'active', 'notice'));
  if p_to is null and units + stays + leases > 0 then
    perform domovoi.fail('DM010', 'The agent still has units, stays or agreements.', 'hand_over_to',
      concat_ws(', ', nullif(units, 0) || ' units', nullif(stays, 0) || ' stays', nullif(leases, 0) || ' agreements'),
      'Hand them over: hand_over_to=LOGIN');
  elsif p_to is null then return;
  elsif heir is null or heir = p_id or not exists (select from domovoi.membership m join domovoi.role r on r.code = m.role
      where m.company_id = p_company and m.user_id = heir and m.active and r.scope in ('own', 'company')) then
    perform domovoi.fail('DM007', 'There is no such agent.', 'hand_over_to', left(p_to, 40), 'Give his id or login.');
  end if;
  -- every writer locks units first, in order (0003)
  perform domovoi.lock_units(p_company, array(select u.id from domovoi.unit u where u.company_id = p_company
      and u.agent_id = p_id union select r.unit_id from domovoi.reservation r where r.company_id = p_company
      and r.agent_id = p_id and r.check_out >= today and r.status = any (live)));
  with moved as (
    update domovoi.unit u set agent_id = heir where u.company_id = p_company and u.agent_id = p_id returning u.id)
  insert into domovoi.audit_log (company_id, at, user_id, resource, record_id, what, before, after)
    select p_company, domovoi.now(), domovoi.my_user(), 'unit', x.id, 'hand_over', jsonb_build_object('agent_id', p_id),
      jsonb_build_object('agent_id', heir) from moved x;
  with moved as (
    update domovoi.reservation r set agent_id = heir where r.company_id = p_company and r.agent_id = p_id
      and r.check_out >= today and r.status = any (live) returning r.id)
  insert into domovoi.audit_log (company_id, at, user_id, resource, record_id, what, before, after)
    select p_company, domovoi.now(), domovoi.my_user(), 'reservation', x.id, 'hand_over',
      jsonb_build_object('agent_id', p_id), jsonb_build_object('agent_id', heir) from moved x;
  with moved as (
    update domovoi.agreement a set agent_id = heir where a.company_id = p_company and a.agent_id = p_id
      and a.status in ('draft', 'active', 'notice') returning a.id)
  insert into domovoi.audit_log (company_id, at, user_id, resource, record_id, what, before, after)
    select p_company, domovoi.now(), domovoi.my_user(), 'agreement', x.id, 'hand_over',
      jsonb_build_object('agent_id', p_id), jsonb_build_object('agent_id', heir) from moved x;
  update domovoi.party p set agent_id = heir where p.company_id = p_company and p.agent_id = p_id;
end $$;

-- One permission more (true), less (false), or as the role has it (null).
create function domovoi.put_permission(p_company int, p_id uuid, p_args jsonb, p_granted boolean) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.permission;
begin
  select * into p from domovoi.permission x where x.code = p_args ->> 'permission';
  if not found then perform domovoi.fail('DM007', 'This value is not known.', 'permission', left(p_args ->> 'permission', 60)); end if;
  if not domovoi.has_permission(p.code) then
    perform domovoi.fail('DM005', 'Nobody gives what he does not have.', 'permission', p.code);
  elsif p_granted and p.dangerous and coalesce(trim(p_args ->> 'reason'), '') = '' then
    perform domovoi.fail('DM002', 'A reason is required.', 'reason', p.code, 'Give reason=…');
  end if;
  delete from domovoi.user_permission x where x.company_id = p_company and x.user_id = p_id and x.permission = p.code;
  if p_granted is not null then
    insert into domovoi.user_permission (company_id, user_id, permission, granted, reason, granted_by, granted_at)
      values (p_company, p_id, p.code, p_granted, nullif(trim(p_args ->> 'reason'), ''), domovoi.my_user(), domovoi.now());
  end if;
end $$;

create function domovoi.assign_buildings(p_company int, p_id uuid, p_codes text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare code text; b uuid;
begin
  delete from domovoi.membership_building x where x.company_id = p_company and x.user_id = p_id;
  foreach code in array regexp_split_to_array(trim(coalesce(p_codes, '')), '\s*,\s*') loop
    continue when code = '';
    b := (domovoi.locate('building', p_company, code)).id;
    if b is null then perform domovoi.fail('DM007', 'There is no such record.', 'buildings', left(code, 40)); end if;
    insert into domovoi.membership_building (company_id, user_id, building_id) values (p_company, p_id, b)
      on conflict do nothing;
  end loop;
end $$;

create function domovoi.user_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
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
    when 'unblock' then
      update domovoi.app_user u set block_reason = null, status = case when exists (select from domovoi.db_login l
        where l.user_id = u.id) then 'active' else 'invited' end where u.id = p_id;
  end case;
  update domovoi.app_user u set updated_at = domovoi.now() where u.id = p_id; -- what belongs to him has changed
end $$;

create function domovoi.user_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.log_change(m.company_id, 'user', new.id, 'update', new.version, null, array['c:' || m.company_id])
    from (select distinct x.company_id from domovoi.membership x where x.user_id = new.id) m;
  return null;
end $$;

grant execute on function domovoi.user_card to domovoi_staff;
reset role;

create trigger rules before insert or update on domovoi.membership for each row execute function domovoi.membership_before();
create trigger rules before update on domovoi.app_user for each row execute function domovoi.version_time_guard();
create trigger effects after update on domovoi.app_user for each row execute function domovoi.user_after();

set local role domovoi_owner;

-- As in 0006; who manages people sees also those who have left.
create or replace view api.users with (security_invoker) as
  select a.id, m.company_id as company, a.login, a.display_name as name, m.role, r.scope,
    case when m.active then a.status else 'inactive' end as status, a.version,
    (select c.email from domovoi.user_card(m.company_id, a.id) c) as email,
    (select c.phone from domovoi.user_card(m.company_id, a.id) c) as phone,
    (select c.commission_bp from domovoi.user_card(m.company_id, a.id) c) as commission_bp,
    (select c.buildings from domovoi.user_card(m.company_id, a.id) c) as buildings,
    (select c.permissions from domovoi.user_card(m.company_id, a.id) c) as permissions
  from domovoi.membership m
  join domovoi.app_user a on a.id = m.user_id
  join domovoi.role r on r.code = m.role
  where (m.active or (select domovoi.has_permission('user.manage'))) and (r.scope <> 'platform'
      or (select domovoi.is_platform()))
    and not exists (select from domovoi.membership x join domovoi.role y on y.code = x.role
      where x.company_id = m.company_id and x.user_id = m.user_id
      and (x.active, -y.sort, y.code) > (m.active, -r.sort, r.code));

reset role;
set local role domovoi_rules;
create function act.user_change_role(id text, version int default null, role text default null, "from" text default null,
    hand_over_to text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'change_role',
    jsonb_build_object('role', role, 'from', "from", 'hand_over_to', hand_over_to)) $$;
create function act.user_assign(id text, version int default null, buildings text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'assign',
    jsonb_build_object('buildings', buildings)) $$;
create function act.user_grant(id text, version int default null, permission text default null, reason text default null)
  returns jsonb language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'grant',
    jsonb_build_object('permission', permission, 'reason', reason)) $$;
create function act.user_deny(id text, version int default null, permission text default null, reason text default null)
  returns jsonb language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'deny',
    jsonb_build_object('permission', permission, 'reason', reason)) $$;
create function act.user_inherit(id text, version int default null, permission text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'inherit',
    jsonb_build_object('permission', permission)) $$;
create function act.user_deactivate(id text, version int default null, reason text default null, comment text default null,
    hand_over_to text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'deactivate',
    jsonb_build_object('reason', reason, 'comment', comment, 'hand_over_to', hand_over_to)) $$;
create function act.user_activate(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'activate', '{}') $$;
create function act.user_block(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'block',
    jsonb_build_object('reason', reason)) $$;
create function act.user_unblock(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('user', id, version, 'unblock', '{}') $$;
grant execute on function act.user_change_role, act.user_assign, act.user_grant, act.user_deny, act.user_inherit,
  act.user_deactivate, act.user_activate, act.user_block, act.user_unblock to domovoi_staff;
reset role;

-- ---- settings -------------------------------------------------------------------------------------------------------------

set local role domovoi_owner;

-- What can be set, where, and within which bounds; `source` is the item of domain.md that the number comes from.
create table domovoi.setting_def (
  key       text primary key check (key ~ '^[a-z_]+$'),
  type      text not null check (type in ('int', 'bp', 'bool', 'choice', 'word', 'amounts')), -- amounts: {"KZT": minor units}
  fallback  jsonb not null,
  least     bigint,
  most      bigint,
  choices   text[],
  scopes    text[] not null default '{platform,company}' check (scopes <@ '{platform,company,unit}'),
  title     text not null,
  source    text,
  sort      smallint not null default 99
);
-- A value is never overwritten: a new one is a new row with the next version, and JSON null is "as above it".
alter table domovoi.setting
  drop constraint setting_company_id_key_valid_from_key,
  add column unit_id uuid,
  add column version int not null default 1,
  add column by_user uuid,
  add column at timestamptz not null default now(),
  add column id uuid not null generated always as
    (md5(coalesce(company_id::text, '') || ':' || coalesce(unit_id::text, '') || ':' || key)::uuid) stored,
  add constraint setting_versions unique nulls not distinct (company_id, unit_id, key, version),
  add foreign key (company_id, unit_id) references domovoi.unit (company_id, id),
  add check (unit_id is null or company_id is not null);
create index on domovoi.setting (company_id, key, id);
select domovoi.protect('domovoi.setting_def', 'closed');
create policy owner on domovoi.setting_def to domovoi_owner using (true) with check (true);
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import) values
  ('setting', 1, 'key', 'key', 'text', true, false, false),
  ('setting', 2, 'unit', 'unit_id', 'unit', true, false, false),
  ('setting', 3, 'value', 'value', 'note', true, true, false),
  ('setting', 4, 'valid_from', 'valid_from', 'time', true, true, false),
  ('setting', 5, 'comment', 'comment', 'note', true, true, false);
reset role;

set local role domovoi_rules;
insert into domovoi.record_kind (resource, plural, reads, creates, patches, virtual, of_platform)
  values ('setting', 'settings', 'settings.view', 'settings.company', 'settings.company', true, true);
insert into domovoi.record_action (resource, action, permission, sort) values
  ('setting', 'set', 'settings.company', 1), ('setting', 'reset', 'settings.company', 2);

-- The one reader: the unit's value, else the company's, else the platform's, else the shipped one.
create function domovoi.setting_of(p_company int, p_key text, p_unit uuid, p_at timestamptz default null) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare v jsonb; t timestamptz := coalesce(p_at, domovoi.now());
begin
  select x.value into v from (
      select distinct on (s.company_id, s.unit_id) s.company_id, s.unit_id, s.value from domovoi.setting s
       where s.key = p_key and (s.company_id is null or s.company_id = p_company) and (s.unit_id is null or s.unit_id = p_unit)
         and s.valid_from <= t
       order by s.company_id, s.unit_id, s.valid_from desc, s.version desc) x
    where x.value <> 'null' order by x.unit_id is null, x.company_id is null limit 1;
  if not found then v := (select d.fallback from domovoi.setting_def d where d.key = p_key); end if;
  return v;
end $$;

-- As in 0002.
create or replace function domovoi.setting_of(p_company int, p_key text) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return domovoi.setting_of(p_company, p_key, null, null); end $$;

-- "20" as the key's value; null if it is none.
create function domovoi.setting_value(d domovoi.setting_def, p_text text) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare v jsonb;
begin
  case
    when d.type in ('int', 'bp') and p_text ~ '^-?\d{1,15}$' and p_text::bigint between coalesce(d.least, p_text::bigint)
      and coalesce(d.most, p_text::bigint) then v := to_jsonb(p_text::bigint);
    when d.type = 'bool' and lower(p_text) in ('true', 'yes', 'on', '1') then v := 'true';
    when d.type = 'bool' and lower(p_text) in ('false', 'no', 'off', '0') then v := 'false';
    when d.type = 'choice' and p_text = any (d.choices) or d.type = 'word' and p_text ~ '^[a-z0-9_]{1,40}$' then
      v := to_jsonb(p_text);
    when d.type = 'amounts' and p_text ~ '^\s*\{(\s*"[A-Z]{3}"\s*:\s*\d{1,15}\s*,?)*\}\s*$' then
      v := (select jsonb_object_agg(x[1], x[2]::bigint) from regexp_matches(p_text, '"([A-Z]{3})"\s*:\s*(\d+)', 'g') x);
      v := coalesce(v, '{}');
      if exists (select from jsonb_object_keys(v) k where k not in (select c.code from domovoi.currency c)) then v := null; end if;
    else null;
  end case;
  return v;
end $$;

create function domovoi.setting_bounds(d domovoi.setting_def) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return case d.type when 'bool' then 'true, false' when 'choice' then array_to_string(d.choices, ', ')
    when 'word' then 'a-z 0-9 _' when 'amounts' then '{"KZT": 1000000}' else concat_ws(' - ', d.least, d.most) end; end $$;

-- What holds for a company (null: the platform) or one of its units, a row a key, and where it comes from.
create function domovoi.settings_in(p_company int, p_unit uuid)
  returns table (id uuid, company int, unit uuid, key text, title text, type text, value text, origin text, bounds text,
    fallback text, source text, valid_from timestamptz, comment text, by_user uuid, sort smallint, version int)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return query
    select md5(coalesce(p_company::text, '') || ':' || coalesce(p_unit::text, '') || ':' || d.key)::uuid, p_company, p_unit, d.key,
        d.title, d.type, coalesce(s.value, d.fallback) #>> '{}',
        case when s.key is null then 'default' when s.unit_id is not null then 'unit' when s.company_id is not null then 'company'
          else 'platform' end,
        domovoi.setting_bounds(d), d.fallback #>> '{}', d.source, nullif(s.valid_from, '-infinity'), s.comment, s.by_user, d.sort,
        coalesce((select max(x.version) from domovoi.setting x where x.key = d.key
          and x.company_id is not distinct from p_company and x.unit_id is not distinct from p_unit), 0)
      from domovoi.setting_def d
      left join lateral (
        select y.* from (
          select distinct on (x.company_id, x.unit_id) x.* from domovoi.setting x
           where x.key = d.key and (x.company_id is null or x.company_id = p_company)
             and (x.unit_id is null or x.unit_id = p_unit) and x.valid_from <= domovoi.now()
           order by x.company_id, x.unit_id, x.valid_from desc, x.version desc) y
         where y.value <> 'null' order by y.unit_id is null, y.company_id is null limit 1) s on true;
end $$;

-- Those of the session's company, and of its units where one of them has a value of its own.
create function domovoi.my_settings()
  returns table (id uuid, company int, unit uuid, key text, title text, type text, value text, origin text, bounds text,
    fallback text, source text, valid_from timestamptz, comment text, by_user uuid, sort smallint, version int)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
declare m record := domovoi.me();
begin
  if m.scope not in ('platform', 'company') or not domovoi.has_permission('settings.view') then return; end if;
  return query select * from domovoi.settings_in(m.company_id, null);
  return query select i.* from (select distinct s.unit_id, s.key from domovoi.setting s
      where s.company_id = m.company_id and s.unit_id is not null) u
    cross join lateral domovoi.settings_in(m.company_id, u.unit_id) i where i.key = u.key and i.origin = 'unit';
end $$;

create function domovoi.setting_locate(p_company int, p_key text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return coalesce((select i.id from domovoi.settings_in(p_company, null) i where i.key = p_key or i.id::text = lower(p_key)),
    (select s.id from domovoi.setting s where s.company_id = p_company and s.unit_id is not null
      and s.id::text = lower(p_key) limit 1));
end $$;

create function domovoi.setting_row(p_company int, p_id uuid) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r jsonb;
begin
  select to_jsonb(i) - '{title,type,bounds,fallback,source,sort,by_user}'::text[] || jsonb_build_object('company_id', p_company)
    into r from (select null::uuid as u union select s.unit_id from domovoi.setting s where s.company_id = p_company
      and s.unit_id is not null and s.id = p_id) u
    cross join lateral domovoi.settings_in(p_company, u.u) i where i.id = p_id;
  return r;
end $$;

create function domovoi.setting_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$ begin return r ->> 'key'; end $$;

-- A new version. s: value (null: as above it), valid_from, comment.
create function domovoi.put_setting(p_company int, p_unit uuid, p_key text, s jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  d domovoi.setting_def; m record := domovoi.me(); v jsonb := 'null';
  since timestamptz := coalesce((s ->> 'valid_from')::timestamptz, domovoi.now());
begin
  if m.scope not in ('platform', 'company') then perform domovoi.fail('DM005', 'You may not do this.', null, 'settings.company'); end if;
  perform domovoi.require(case when p_company is null then 'settings.platform' else 'settings.company' end);
  select * into d from domovoi.setting_def x where x.key = p_key;
  if not found then perform domovoi.fail('DM007', 'There is no such setting.', 'key', left(p_key, 60), 'See them: domovoi list settings'); end if;
  if (case when p_unit is not null then 'unit' when p_company is not null then 'company' else 'platform' end) <> all (d.scopes) then
    perform domovoi.fail('DM007', 'This is not set here.', 'key', array_to_string(d.scopes, ', '));
  elsif since < domovoi.now() then
    perform domovoi.fail('DM007', 'A setting is not changed for the past.', 'valid_from', s ->> 'valid_from', 'Leave it out, or give a day to come.');
  end if;
  if s ->> 'value' is not null then
    v := domovoi.setting_value(d, trim(s ->> 'value'));
    if v is null then
      perform domovoi.fail('DM007', 'The value is not valid.', 'value', p_key || ': ' || domovoi.setting_bounds(d));
    end if;
  end if;
  insert into domovoi.setting (company_id, unit_id, key, value, valid_from, comment, version, by_user, at)
    select p_company, p_unit, p_key, v, since, s ->> 'comment', coalesce(max(x.version), 0) + 1, m.user_id, domovoi.now()
      from domovoi.setting x where x.key = p_key and x.company_id is not distinct from p_company
        and x.unit_id is not distinct from p_unit;
end $$;

create function domovoi.setting_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s jsonb := domovoi.read_set('setting', p_company, p_set, 'create', null);
begin
  perform domovoi.must_have(s, 'key', 'value');
  perform domovoi.fail('DM007', 'A setting is there already; change it.', 'key', s ->> 'key', 'domovoi edit settings KEY value=…')
    where s ->> 'unit_id' is null;
  perform pg_advisory_xact_lock(7244, hashtext('setting' || p_company || (s ->> 'unit_id') || (s ->> 'key')));
  perform domovoi.put_setting(p_company, (s ->> 'unit_id')::uuid, s ->> 'key', s);
end $$;

create function domovoi.setting_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s jsonb := domovoi.read_set('setting', p_company, p_set, 'patch', null); r jsonb := domovoi.setting_row(p_company, p_id);
begin
  perform domovoi.check_version(p_base, (r ->> 'version')::int);
  if s = '{}' then return; end if;
  perform domovoi.must_have(s, 'value');
  perform domovoi.put_setting(p_company, (r ->> 'unit')::uuid, r ->> 'key', s);
end $$;

create function domovoi.setting_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare u uuid := coalesce(domovoi.reference('unit', p_company, p_args ->> 'unit'), (p_was ->> 'unit')::uuid);
begin
  if p_args ->> 'unit' is not null and domovoi.reference('unit', p_company, p_args ->> 'unit') is null then
    perform domovoi.fail('DM007', 'There is no such record.', 'unit', left(p_args ->> 'unit', 40));
  elsif p_action = 'set' and p_args ->> 'value' is null then
    perform domovoi.fail('DM007', 'A value is required.', 'value');
  end if;
  perform domovoi.put_setting(p_company, u, p_was ->> 'key',
    jsonb_build_object('comment', p_args ->> 'comment', 'value', case p_action when 'set' then p_args ->> 'value' end));
end $$;

grant execute on function domovoi.my_settings to domovoi_staff;
reset role;
set local role domovoi_owner;
create view api.settings with (security_invoker) as
  select s.id, s.company, s.key, s.title, s.value, s.origin, s.unit, u.title as unit_label, s.type, s.bounds, s.fallback,
    s.source, s.valid_from, s.comment, a.display_name as set_by, s.version
  from domovoi.my_settings() s
  left join domovoi.unit u on u.company_id = s.company and u.id = s.unit
  left join domovoi.app_user a on a.id = s.by_user;
grant select on api.settings to domovoi_staff;
reset role;
set local role domovoi_rules;
create function act.setting_set(id text, version int default null, value text default null, unit text default null,
    comment text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('setting', id, version, 'set',
    jsonb_build_object('value', value, 'unit', unit, 'comment', comment)) $$;
create function act.setting_reset(id text, version int default null, unit text default null, comment text default null)
  returns jsonb language sql set search_path = pg_catalog, pg_temp as $$ select act.call('setting', id, version, 'reset',
    jsonb_build_object('unit', unit, 'comment', comment)) $$;
grant execute on function act.setting_set, act.setting_reset to domovoi_staff;
reset role;
create trigger append_only before update or delete or truncate on domovoi.setting execute function domovoi.append_only();
revoke update, delete, truncate on domovoi.setting from domovoi_rules;

-- ---- dictionaries -------------------------------------------------------------------------------------------------------

set local role domovoi_owner;

-- A word is the platform's (company null) or a company's own; the code of an own word ends in the company's number, so that
-- words of different companies never meet. Other spellings of one word are its aliases (K15). Records keep the code: a
-- word that is not active any more still has its names.
-- (company_id refers to nothing: to empty the companies for a demo would take the dictionaries along.)
alter table domovoi.dict_item
  add column company_id int,
  add column id uuid not null default gen_random_uuid() unique,
  add column aliases text[] not null default '{}',
  add column version int not null default 1,
  add column updated_at timestamptz not null default now();
create index on domovoi.dict_item (company_id) where company_id is not null;
drop policy staff on domovoi.dict_item;
create policy staff on domovoi.dict_item for select to domovoi_staff using (company_id is null);
create policy platform on domovoi.dict_item for select to domovoi_platform using ((select domovoi.is_platform()));
create policy company on domovoi.dict_item for select to domovoi_company using (company_id = (select domovoi.my_company('company')));
create policy assigned on domovoi.dict_item for select to domovoi_assigned using (company_id = (select domovoi.my_company('assigned')));
create policy own on domovoi.dict_item for select to domovoi_own using (company_id = (select domovoi.my_company('own')));
create policy landlord on domovoi.dict_item for select to domovoi_landlord using (company_id = (select domovoi.my_company('landlord')));

create or replace view api.dictionary with (security_invoker) as
  select d.kind, d.code, d.names, d.meta, d.sort, d.active, d.id,
    -- the platform's words belong to every company that reads them
    coalesce(d.company_id, (select coalesce(domovoi.my_company('company'), domovoi.my_company('own'),
      domovoi.my_company('assigned'), domovoi.my_company('landlord'), domovoi.my_company('platform')))) as company,
    d.kind || '.' || d.code as key,
    d.names ->> 'en' as en, d.names ->> 'ru' as ru, d.names ->> 'kk' as kk, array_to_string(d.aliases, ', ') as aliases,
    coalesce(d.names ->> (select c.locale from domovoi.company c where c.id = d.company_id), d.names ->> 'ru',
      d.names ->> 'en', d.code) as name, d.version, d.updated_at, d.company_id is not null as own
  from domovoi.dict_item d;

insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import) values
  ('word', 1, 'kind', 'kind', 'text', true, false, false), ('word', 2, 'code', 'code', 'text', true, false, false),
  ('word', 3, 'en', 'en', 'text', true, true, false), ('word', 4, 'ru', 'ru', 'text', true, true, false),
  ('word', 5, 'kk', 'kk', 'text', true, true, false), ('word', 6, 'aliases', 'aliases', 'text', true, true, false),
  ('word', 7, 'sort', 'sort', 'int', true, true, false);
reset role;

set local role domovoi_rules;
insert into domovoi.record_kind (resource, plural, reads, creates, patches, virtual, of_platform)
  values ('word', 'dictionary', 'unit.view', 'dictionary.manage', 'dictionary.manage', true, true);
insert into domovoi.record_action (resource, action, permission, states, sort) values
  ('word', 'deactivate', 'dictionary.manage', '{active}', 1), ('word', 'activate', 'dictionary.manage', '{inactive}', 2);

-- What people write, as the code of a word of that kind: the code itself, a name in any language, another spelling.
create function domovoi.word_code(p_company int, p_kind text, p_text text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return (select d.code from domovoi.dict_item d where d.kind = p_kind and (d.company_id is null or d.company_id = p_company)
      and (d.code = p_text or domovoi.fold(p_text) in (select domovoi.fold(n.value) from jsonb_each_text(d.names) n)
        or domovoi.fold(p_text) in (select domovoi.fold(a) from unnest(d.aliases) a))
    order by d.code = p_text desc, d.company_id is null, d.active desc, d.sort limit 1);
end $$;

create function domovoi.word_locate(p_company int, p_key text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return (select d.id from domovoi.dict_item d where (d.company_id is null or d.company_id = p_company)
      and (d.id::text = lower(p_key) or d.kind || '.' || d.code in (p_key, p_key || '_' || p_company))
    order by d.company_id is null limit 1);
end $$;

-- A word of the platform is seen from every company; whether it may be changed there, word_mine says.
create function domovoi.word_row(p_company int, p_id uuid) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return (select jsonb_build_object('id', d.id, 'company_id', p_company, 'owner', d.company_id, 'kind', d.kind, 'code', d.code,
      'en', d.names ->> 'en', 'ru', d.names ->> 'ru', 'kk', d.names ->> 'kk', 'aliases', array_to_string(d.aliases, ', '),
      'sort', d.sort, 'status', case when d.active then 'active' else 'inactive' end, 'version', d.version)
    from domovoi.dict_item d where d.id = p_id and (d.company_id is null or d.company_id = p_company));
end $$;

create function domovoi.word_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return coalesce(r ->> 'ru', r ->> 'en', r ->> 'code'); end $$;

create function domovoi.word_mine(p_owner int) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if p_owner is null and m.scope <> 'platform' or m.scope not in ('platform', 'company') then
    perform domovoi.fail('DM005', 'The platform keeps this word.', null, 'dictionary.manage', 'Add a word of your own.');
  end if;
end $$;

create function domovoi.word_names(p_names jsonb, s jsonb) returns jsonb
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n jsonb := p_names || jsonb_strip_nulls(jsonb_build_object('en', s -> 'en', 'ru', s -> 'ru', 'kk', s -> 'kk')); l text;
begin
  foreach l in array '{en,ru,kk}'::text[] loop -- a name that is taken away
    if s ? l and s ->> l is null then n := n - l; end if;
  end loop;
  if n = '{}' then perform domovoi.fail('DM007', 'A value is required.', 'ru'); end if;
  return n;
end $$;

create function domovoi.word_aliases(p_text text) returns text[]
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return array(select distinct w from regexp_split_to_table(trim(coalesce(p_text, '')), '\s*,\s*') w where w <> ''
    order by w); end $$;

create function domovoi.word_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s jsonb := domovoi.read_set('word', p_company, p_set, 'create', null); c text;
begin
  perform domovoi.word_mine(p_company);
  perform domovoi.must_have(s, 'kind', 'code');
  c := (s ->> 'code') || coalesce('_' || p_company, '');
  if s ->> 'code' !~ '^[a-z][a-z0-9_]{0,39}$' then
    perform domovoi.fail('DM007', 'The value is not valid.', 'code', left(s ->> 'code', 60), 'A code is made of a-z, 0-9 and _.');
  elsif not exists (select from domovoi.dict_item d where d.kind = s ->> 'kind') then
    perform domovoi.fail('DM007', 'This value is not known.', 'kind', left(s ->> 'kind', 60),
      (select string_agg(distinct d.kind, ', ') from domovoi.dict_item d));
  elsif exists (select from domovoi.dict_item d where d.kind = s ->> 'kind' and d.code = c) then
    perform domovoi.fail('DM007', 'A word of this code is there already.', 'code', s ->> 'code');
  end if;
  insert into domovoi.dict_item (id, company_id, kind, code, names, aliases, sort, updated_at)
    values (p_id, p_company, s ->> 'kind', c, domovoi.word_names('{}', s), domovoi.word_aliases(s ->> 'aliases'),
      coalesce((s ->> 'sort')::int, 1000), domovoi.now());
end $$;

create function domovoi.word_patch(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s jsonb := domovoi.read_set('word', p_company, p_set, 'patch', null); d domovoi.dict_item;
begin
  select * into d from domovoi.dict_item x where x.id = p_id for no key update;
  perform domovoi.word_mine(d.company_id);
  perform domovoi.check_version(p_base, d.version);
  if s = '{}' then return; end if;
  update domovoi.dict_item x set names = domovoi.word_names(d.names, s), sort = coalesce((s ->> 'sort')::int, d.sort),
      aliases = case when s ? 'aliases' then domovoi.word_aliases(s ->> 'aliases') else d.aliases end
    where x.id = p_id;
end $$;

create function domovoi.word_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.word_mine((p_was ->> 'owner')::int);
  update domovoi.dict_item x set active = p_action = 'activate' where x.id = p_id;
end $$;
create function act.word_deactivate(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('word', id, version, 'deactivate', '{}') $$;
create function act.word_activate(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp as $$ select act.call('word', id, version, 'activate', '{}') $$;
grant execute on function act.word_deactivate, act.word_activate to domovoi_staff;
reset role;
create trigger rules before update on domovoi.dict_item for each row execute function domovoi.version_time_guard();
