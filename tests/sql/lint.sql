-- What must hold of the catalog whatever is added later (research/api.md §4.5): each test lists what breaks it.
\set ON_ERROR_STOP 1
set client_min_messages = warning;
create extension if not exists pgtap;
select plan(21);
create function pg_temp.none(p_sql text, p_what text) returns text language plpgsql as $$
declare r text;
begin
  execute 'select string_agg(x, '', '' order by x) from (' || p_sql || ') y (x)' into r;
  return is(r, null, p_what);
end $$;

select pg_temp.none($$select c.relname::text from pg_class c where c.relnamespace = 'domovoi'::regnamespace
  and c.relkind in ('r', 'p')
  and not (c.relrowsecurity and c.relforcerowsecurity)$$, 'every table has row security, also for its owner');
select pg_temp.none($$select c.relname::text from pg_class c where c.relnamespace = 'domovoi'::regnamespace
  and c.relkind in ('r', 'p')
  and not exists (select from pg_policy p where p.polrelid = c.oid
    and p.polroles = array['domovoi_rules'::regrole::oid])$$, 'the rules see every row of every table');
select pg_temp.none($$select c.relname::text from pg_class c where c.relnamespace = 'domovoi'::regnamespace
  and c.relkind in ('r', 'p', 'S') and c.relowner <> 'domovoi_owner'::regrole$$,
  'tables are the owner''s');
select pg_temp.none($$select p.tablename || '.' || p.policyname from pg_policies p where p.schemaname = 'domovoi'
  and regexp_replace(coalesce(p.qual, ''), '\( ?SELECT [^()]*\.?\w+\([^()]*\) AS \w+\)', '', 'g') ~ '\w+\.\w+\('$$,
    'no policy calls a function for each row');
select pg_temp.none($$select p.tablename || '.' || p.policyname from pg_policies p where p.schemaname = 'domovoi'
  and p.tablename <> 'change_log' and p.qual ~ '\mOR\M'$$,
  'no policy is an OR of scopes');
select pg_temp.none($$select p.tablename || ' ' || r from pg_policies p, unnest(p.roles) r
  where p.schemaname = 'domovoi' and p.permissive = 'PERMISSIVE' and r <> 'domovoi_staff'
  group by p.tablename, r, p.cmd having count(*) > 1$$, 'one policy a table and role');
select pg_temp.none($$select p.tablename || '.' || p.policyname from pg_policies p, unnest(p.roles) r
  where p.schemaname = 'domovoi'
  and r not in ('domovoi_rules', 'domovoi_owner') and (p.cmd <> 'SELECT' or r = 'public')$$,
    'staff have policies for reading only');
select pg_temp.none($$select c.relname::text from pg_class c where c.relnamespace = 'api'::regnamespace
  and c.relkind = 'v'
  and not coalesce(c.reloptions @> array['security_invoker=true'] or c.reloptions @> array['security_invoker=on'],
    false)$$, 'every view reads with its caller''s rights');
select pg_temp.none($$select n.nspname || '.' || c.relname || ' ' || a.privilege_type from pg_class c
  join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
  where n.nspname in ('domovoi', 'api') and a.grantee in ('domovoi_staff'::regrole, 0)
    and a.privilege_type <> 'SELECT'$$, 'staff may only select');
select pg_temp.none($$select c.relname::text from pg_class c, aclexplode(c.relacl) a
  where c.relnamespace = 'domovoi'::regnamespace and a.grantee = 'domovoi_staff'::regrole
  and c.relname in ('db_login', 'api_role', 'server', 'setting', 'membership_building', 'mutation',
    'company_counter', 'writable', 'status_event')$$, 'and not from what maps logins or keeps requests');
select pg_temp.none($$select a.attname::text from pg_attribute a where a.attrelid = 'domovoi.app_user'::regclass
  and a.attnum > 0
  and has_column_privilege('domovoi_staff', 'domovoi.app_user', a.attname, 'select') and a.attname not in ('id',
    'login', 'display_name', 'status')$$, 'of a colleague only the name');
select pg_temp.none($$select s::text from unnest(array['domovoi_staff', 'domovoi_company', 'domovoi_own',
  'domovoi_platform', 'domovoi_assigned', 'domovoi_landlord', 'public']) s
  where has_schema_privilege(s, 'domovoi', 'usage') or has_schema_privilege(s, 'api', 'create')
    or has_schema_privilege(s, 'act', 'create') or has_schema_privilege(s, 'report', 'create')
    or has_schema_privilege(s, 'public', 'create')$$, 'staff cannot name what is in domovoi, nor create anything');

-- functions
create temp view def as select n.nspname || '.' || p.proname as name, p.* from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('domovoi', 'api', 'act', 'report');
-- the owner's: ANALYZE is for owners; the reports' gate reads nothing but the company, which the owner may
select pg_temp.none($$select name::text from def where prosecdef and proowner <> 'domovoi_rules'::regrole
  and not (proowner = 'domovoi_owner'::regrole and name in ('domovoi.analyze_young', 'report.frame',
    'report.gate'))$$, 'definers are the rules''');
select pg_temp.none($$select name::text from def where prosecdef
  and not exists (select from unnest(proconfig) c where c ~ '^search_path=("?)pg_catalog.*pg_temp("?)$')$$,
  'with a search_path of their own, temporary tables last');
select pg_temp.none($$select name::text from def d where name not in ('api.enter', 'api.whoami', 'act.assume',
  'act.begin_request')
  and (proacl is null or exists (select from aclexplode(d.proacl) a where a.grantee = 0))
    and name !~ '^domovoi\.demo_'$$, 'nothing is for everybody but the way in');
select pg_temp.none($$select name::text from def where name like 'domovoi.%'
  and has_function_privilege('domovoi_staff', oid, 'execute') and name not in ('domovoi.my_company',
  'domovoi.my_user',
  'domovoi.is_platform', 'domovoi.has_permission', 'domovoi.my_buildings', 'domovoi.my_colleagues',
  'domovoi.my_today', 'domovoi.my_keys', 'domovoi.my_resources', 'domovoi.unit_status', 'domovoi.uses_now',
  'domovoi.balance_of')
  and name !~ '^domovoi\.demo_'$$, 'of the rules staff execute what policies and views ask');
select pg_temp.none($$select name::text from def where name like 'domovoi.%' and prosecdef
  and name not in ('domovoi.now', 'domovoi.analyze_young')
  and prosrc ~* '(?<!domovoi\.)\m(now\(\)|current_date|current_timestamp|localtimestamp|statement_timestamp|clock_timestamp|transaction_timestamp)'$$,
  'rules ask domovoi.now()');
select pg_temp.none($$select name::text from def where prosecdef and prosrc ~* '\mcurrent_user\M'$$,
  'and who is asking by session_user');

-- roles
select pg_temp.none($$select rolname::text from pg_roles where rolname in (select r.rolname from pg_roles r
  where pg_has_role(r.oid, 'domovoi_staff', 'member') and not r.rolsuper)
  and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)$$,
    'nobody who works with the data may make roles or pass row security');
select pg_temp.none($$select r.rolname::text from pg_roles r where not r.rolsuper
  and r.rolname not in ('domovoi_owner', 'domovoi_rules')
  and (pg_has_role(r.oid, 'domovoi_owner', 'member') or pg_has_role(r.oid, 'domovoi_rules', 'member'))
    and (pg_has_role(r.oid, 'domovoi_staff', 'member') or r.rolcanlogin and not r.rolcreaterole)$$,
  'or is the owner or the rules');
select pg_temp.none($$select rolname::text from pg_roles where rolname like 'domovoi\_%' and (rolcanlogin
  or rolsuper or rolbypassrls or rolcreaterole)$$, 'none of the groups can log in');
select * from finish();
