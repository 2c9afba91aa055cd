-- Attempts to pass by the rights with nothing but SQL, as every role: canaries in every table, every function called, ways
-- round. (tests/spoof.sh does what needs real connections.)
\set ON_ERROR_STOP 1
\ir fixtures/start.sql
select no_plan();
create function t.none(p_sql text, p_what text) returns text language plpgsql as $$
declare r text;
begin
  execute 'select string_agg(x, ''; '' order by x) from (' || p_sql || ') y (x)' into r;
  return is(r, null, p_what);
end $$;

-- ---- canaries in every table -----------------------------------------------------------------------------------

-- A row that fits the table's types and checks, made without its triggers and references.
create function t.value_of(a pg_attribute, p_company int, p_agent uuid, p_building uuid, p_owner uuid) returns jsonb language sql as $$
  select case
    when a.attname = 'company_id' then to_jsonb(p_company)
    when a.attname = 'agent_id' then to_jsonb(p_agent) when a.attname = 'building_id' then to_jsonb(p_building)
    when a.attname = 'owner_id' then to_jsonb(p_owner)
    when c.word is not null then to_jsonb(c.word)
    when a.atttypid = 'text'::regtype and c.def is null then to_jsonb('CANARY ' || a.attname)
    when not a.attnotnull then null
    when a.atttypid = 'uuid'::regtype then to_jsonb(gen_random_uuid())
    when a.atttypid in ('int'::regtype, 'bigint'::regtype, 'smallint'::regtype, 'numeric'::regtype) then to_jsonb(1)
    when a.atttypid = 'bpchar'::regtype then to_jsonb('KZT'::text) when a.atttypid = 'bool'::regtype then 'true'
    when a.atttypid = 'jsonb'::regtype then '{}' when a.atttypid in ('text[]'::regtype, 'uuid[]'::regtype) then '[]'
    when a.atttypid = 'date'::regtype then to_jsonb('2027-01-01'::date + a.attnum)
    when a.atttypid = 'timestamptz'::regtype then to_jsonb('2027-01-01'::timestamptz + a.attnum * interval '1 hour')
    when a.atttypid = 'daterange'::regtype then '"[2027-01-01,2027-02-01)"' when a.atttypid = 'tstzrange'::regtype then '"[2027-01-01,2027-02-01)"'
    when a.atttypid = 'bytea'::regtype then '"\\x00"' when a.atttypid = 'xid8'::regtype then '"3"' end
  from (select min(pg_get_constraintdef(k.oid)) as def,
          min(coalesce(substring(pg_get_constraintdef(k.oid) from 'ARRAY\[''([^'']+)'''), substring(pg_get_constraintdef(k.oid) from '= ''([^'']+)'''))) as word
        from pg_constraint k where k.conrelid = a.attrelid and k.contype = 'c' and k.conkey = array[a.attnum]) c $$;
create function t.canary(p_table regclass, p_company int, p_agent uuid, p_building uuid, p_owner uuid) returns boolean language plpgsql as $$
declare names text;
begin
  select string_agg(quote_ident(a.attname), ', ') into names from pg_attribute a where a.attrelid = p_table and a.attnum > 0
    and not a.attisdropped and a.attgenerated = '';
  execute format('insert into %1$s (%2$s) overriding system value select %2$s from jsonb_populate_record(null::%1$s, $1)', p_table, names)
    using (select jsonb_object_agg(a.attname, t.value_of(a, p_company, p_agent, p_building, p_owner)) from pg_attribute a where a.attrelid = p_table
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = '');
  return true;
exception when others then
  return false;
end $$;
create table t.place as select c.oid::regclass as name, c.relname as short,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'agent_id') as agent,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'building_id') as building,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'owner_id') as owner
  from pg_class c join pg_attribute k on k.attrelid = c.oid and k.attname = 'company_id'
  where c.relnamespace = 'domovoi'::regnamespace and c.relkind in ('r', 'p');
set session_replication_role = replica;
create table t.put as select p.name, p.short, t.canary(p.name, 902, t.id('t_realtor'), '00000000-0000-7000-8000-0000000000b1', t.id('t_owner')) as beta,
  t.canary(p.name, 901, t.id('t_realtor2'), '00000000-0000-7000-8000-0000000000b2', t.id('t_head')) as alpha from t.place p;
set session_replication_role = origin;
select cmp_ok((select count(*) filter (where beta) * 10 / count(*) from t.put), '>=', 7::bigint, 'canaries sit in most tables');
select diag('no canary in: ' || string_agg(short, ' ')) from t.put where not beta;

-- the schema is opened for this test alone, so that tables can be named at all
grant usage on schema domovoi to domovoi_staff;
create table t.staff_role as select login, (select r.scope from domovoi.role r where r.code = s.role) as scope from t.staff s where login <> 't_head_beta';
create function t.can(p_login text, p_sql text) returns bigint language plpgsql as $$
begin return t.val(p_login, p_sql)::bigint; exception when insufficient_privilege then return 0; end $$;
-- (no company: what the platform shares with all)
select t.none(format($$select short || ': ' || n from (select p.short, t.can(%1$L, 'select count(*) from ' || p.name || ' where company_id <> 901') as n
  from t.place p) x where n > 0$$, l.login), l.login || ' reads no row of another company in any table')
  from t.staff_role l where l.scope <> 'platform';
select t.none($$select short || ': ' || n from (select p.short, t.can('t_realtor', format('select count(*) from %s where agent_id is distinct from %L', p.name, t.id('t_realtor'))) as n
  from t.place p where p.agent) x where n > 0$$, 'an agent reads no row of a colleague in any table');
select t.none($$select short || ': ' || n from (select p.short, t.can(l, 'select count(*) from ' || p.name || ' where building_id is distinct from ''00000000-0000-7000-8000-0000000000b1''') as n
  from t.place p, unnest(array['t_dispatcher', 't_executor']) l where p.building) x where n > 0$$, 'nor who is assigned to a building one of another');
select t.none($$select short || ': ' || n from (select p.short, t.can('t_owner', format('select count(*) from %s where owner_id is distinct from %L', p.name, t.id('t_owner'))) as n
  from t.place p where p.owner) x where n > 0$$, 'nor an owner of property what is not his');
select t.none($$select l.login || ' ' || p.short from t.place p, t.staff_role l, unnest(array['update %s set company_id = company_id', 'delete from %s',
  'insert into %s default values', 'truncate %s', 'lock table %s in access exclusive mode']) s (sql)
  where t.err(l.login, format(s.sql, p.name)) not in ('42501', '55000')$$, 'nobody writes or locks a table');
select t.none($$select l.login || ' ' || p.short from t.place p, t.staff_role l where p.short in ('audit_seal', 'audit_head', 'setting', 'user_permission',
  'mutation', 'undo_image', 'status_event', 'company_counter') and t.err(l.login, 'select * from ' || p.name) <> '42501'$$,
  'some are not for reading at all');
revoke usage on schema domovoi from domovoi_staff;

-- ---- every function, as who may write nothing ---------------------------------------------------------------------

-- api and act are called with nothing and with a record's key; the rules' own are not to be called
create view t.fun as select p.oid, n.nspname || '.' || quote_ident(p.proname) as name, n.nspname as schema, p.pronargs, p.proargtypes from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('api', 'act', 'domovoi') and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype;
create function t.call_of(p_name text, p_types oidvector, p_first text) returns text language sql as $$
  select p_name || '(' || coalesce(string_agg(case when n = 1 and x = 'text'::regtype then quote_literal(p_first) else 'null' end || '::' || x::regtype, ', ' order by n), '') || ')'
    from unnest(p_types::oid[]) with ordinality u (x, n) $$;
select t.none(format($$select f.name from t.fun f where f.schema = 'domovoi' and t.err(%L, 'select ' || t.call_of(f.name, f.proargtypes, 'x')) not in ('42501', '42883')$$, l),
  l || ' calls no function of the rules') from unnest(array['t_head', 't_realtor', 't_super']) l;
create table t.before as select (select count(*) from domovoi.mutation where status = 'applied') as applied, (select count(*) from domovoi.audit_log) as lines,
  (select count(*) from domovoi.change_log where resource <> 'secret_access') as changes; -- a refused look at a code is written down, which is right
create table t.called as select f.name, k as key, l as login, t.err(l, 'select ' || t.call_of(f.name, f.proargtypes, k)) as code
  from t.fun f, unnest(array['1', 'U1', 't_manager', 'hold_minutes']) k, unnest(array['t_auditor', 't_executor']) l
  where f.schema = 'act' and f.name not in ('act.audit_seal') and f.pronargs > 0;
select cmp_ok((select count(*) from t.called), '>', 100::bigint, 'every door was tried');
select is((select (applied, lines, changes)::text from t.before), (select ((select count(*) from domovoi.mutation where status = 'applied'),
  (select count(*) from domovoi.audit_log),
  (select count(*) from domovoi.change_log where resource <> 'secret_access'))::text), 'an auditor and an executor opened none of them');
select t.none($$select distinct name || ' ' || code from t.called where code like 'XX%' or code in ('42P01', '42703', '42804')$$, 'and nothing fell over');

-- ---- ways round -----------------------------------------------------------------------------------------------------------
select is(t.err('t_realtor', sql), code, sql) from (values
  ('copy (select 1) to program ''id''', '42501'), ('copy (select 1) to ''/tmp/x''', '42501'), ('select lo_import(''/etc/passwd'')', '42501'),
  ('select pg_ls_dir(''.'')', '42501'), ('select pg_reload_conf()', '42501'), ('select pg_rotate_logfile()', '42501'),
  ('create extension dblink', '42501'), ('create event trigger x on ddl_command_end execute function now()', '42501'),
  ('alter view api.units set (security_invoker = false)', '42501'), ('alter policy own on domovoi.unit using (true)', '42501'),
  ('drop policy own on domovoi.unit', '42501'), ('alter table domovoi.unit no force row level security', '42501'),
  ('create rule x as on select to api.units do instead nothing', '42501'), ('create view public.v as select 1', '42501'),
  ('create trigger x after update on domovoi.unit execute function now()', '42501'), ('comment on view api.units is ''x''', '42501'),
  ('reassign owned by domovoi_owner to current_user', '42501'), ('drop owned by domovoi_owner', '42501'),
  ('alter default privileges for role domovoi_owner grant select on tables to public', '42501'),
  ('set session_replication_role = replica', '42501'),
  ('create publication x for all tables', '42501'), ('select * from pg_authid', '42501')) v (sql, code);
select is(t.err('t_realtor', format('select lo_get(%s)', lo_from_bytea(0, 'CANARY'))), '42501', 'nobody reads a large object of others');
select is(t.err('t_realtor', $$select pg_notify('domovoi_changes', 'x')::text$$), 'ok', 'a notification may be sent: it says nothing, and who gets one reads the feed himself');

-- what is not a setting of the session does not become one
select is(t.val('t_realtor', format($$select set_config(%L, %L, false)$$, g, v)) is not null and t.count('t_realtor', 'api.units') = 1, true, g || ' = ' || v)
  from (values ('domovoi.company', '902'), ('domovoi.membership', (select id::text from domovoi.membership where user_id = t.id('t_head'))),
    ('domovoi.user', t.id('t_super')::text), ('domovoi.role', 'superuser'), ('domovoi.scope', 'platform')) x (g, v);

-- ---- what an error or a plan tells --------------------------------------------------------------------------------------------
create function t.said(p_login text, p_sql text) returns text language plpgsql as $$
declare d text; m text; h text; c text;
begin
  return coalesce(t.val(p_login, p_sql), '');
exception when others then
  get stacked diagnostics m = message_text, d = pg_exception_detail, h = pg_exception_hint, c = pg_exception_context;
  return concat_ws(' | ', m, d, h);
end $$;
select unalike(t.said(l, sql), '%CANARY%', l || ': ' || left(sql, 60)) from (values
  ('t_realtor', $$select act.apply_mutation('{"id": "01900000-0000-7000-8000-00000000c001", "resource": "unit", "kind": "create", "set": {"code": "U2", "title": "x"}}')$$),
  ('t_realtor', $$select act.reservation_cancel('00000000-0000-7000-8000-000000000302', null, 'x')$$),
  ('t_realtor', $$select act.unit_archive('00000000-0000-7000-8000-000000000109')$$),
  ('t_head', $$select act.apply_mutation('{"id": "01900000-0000-7000-8000-00000000c002", "resource": "reservation", "kind": "create", "set": {"unit": "X1", "check_in": "2027-01-11", "check_out": "2027-01-12"}}')$$),
  ('t_head', $$select act.apply_mutation('{"id": "01900000-0000-7000-8000-00000000c003", "resource": "user", "kind": "create", "set": {"login": "t_head_beta", "name": "x", "role": "manager"}}')$$),
  ('t_realtor', $$select report.history('party', '00000000-0000-7000-8000-000000000203')$$),
  ('t_realtor', $$select json_agg(x)::text from act.preview('[{"resource": "unit", "kind": "patch", "record": "U2", "set": {"floor": 1}}]') x$$)) v (l, sql);
select is(t.err('t_realtor', format('select count(*) from api.%I x where 1 / (case when x::text like ''%%CANARY%%'' then 0 else 1 end) > 0', c.relname)), 'ok',
  'no error from a row of others in api.' || c.relname) from pg_class c where c.relnamespace = 'api'::regnamespace and c.relkind = 'v'
  and c.relname not in ('users') and t.said('t_realtor', format('select string_agg(x::text, '''') from api.%I x', c.relname)) not like '%CANARY%';
create function t.plan(p_login text, p_sql text) returns text language plpgsql as $$
declare r text := ''; line text; scope text;
begin
  execute format('set session authorization %I', p_login);
  scope := (api.enter()).scope;
  execute format('set role domovoi_%s', scope);
  for line in execute 'explain (analyze, verbose, buffers off, timing off, summary off) ' || p_sql loop r := r || line || E'\n'; end loop;
  reset session authorization;
  return r;
end $$;
select unalike(t.plan('t_realtor', 'select * from api.parties where phone like ''%99%'''), '%CANARY%', 'a plan shows no values of rows');
select * from finish();
