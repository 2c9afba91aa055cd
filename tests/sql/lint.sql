-- What must hold of the catalog whatever is added later (research/api.md §4.5): each test lists what breaks it.
\set ON_ERROR_STOP 1
set client_min_messages = warning;
create extension if not exists pgtap;
select no_plan();
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
    'company_counter', 'writable', 'status_event', 'user_permission', 'audit_seal', 'audit_head', 'user_password',
    'login_session', 'refresh_token', 'user_totp', 'recovery_code', 'revoked_jti', 'auth_limit', 'access_key')$$, 'and not from what maps logins or keeps requests');
select pg_temp.none($$select a.attname::text from pg_attribute a where a.attrelid = 'domovoi.app_user'::regclass
  and a.attnum > 0
  and has_column_privilege('domovoi_staff', 'domovoi.app_user', a.attname, 'select') and a.attname not in ('id',
    'login', 'display_name', 'status', 'version')$$, 'of a colleague only the name');
select pg_temp.none($$select s::text from unnest(array['domovoi_staff', 'domovoi_company', 'domovoi_own',
  'domovoi_platform', 'domovoi_assigned', 'domovoi_landlord', 'public']) s
  where has_schema_privilege(s, 'domovoi', 'usage') or has_schema_privilege(s, 'api', 'create')
    or has_schema_privilege(s, 'act', 'create') or has_schema_privilege(s, 'report', 'create')
    or has_schema_privilege(s, 'public', 'create')$$, 'staff cannot name what is in domovoi, nor create anything');

-- what a policy of a scope says, by the scope
select pg_temp.none($$select p.tablename || '.' || p.policyname from pg_policies p, unnest(p.roles) r where p.schemaname = 'domovoi'
  and r in ('domovoi_company', 'domovoi_own', 'domovoi_assigned', 'domovoi_landlord')
  and exists (select from information_schema.columns c where c.table_schema = 'domovoi' and c.table_name = p.tablename and c.column_name = 'company_id')
  and p.tablename <> 'commission_rule' -- its platform's rows are everybody's
  and regexp_replace(p.qual, '\s+', ' ', 'g') !~ ('\(company_id = \( SELECT domovoi\.my_company\(''' || substr(r::text, 9) || '''')$$,
  'a scope compares the company with its own, and with no other scope''s');
select pg_temp.none($$select p.tablename || '.' || p.policyname from pg_policies p, unnest(p.roles) r where p.schemaname = 'domovoi'
  and r = 'domovoi_platform' and p.qual !~ 'SELECT domovoi\.is_platform\('$$, 'the platform''s scope asks whether it is the platform');
select pg_temp.none($$select c.relname || ' ' || s from pg_class c, unnest(array['platform', 'company', 'own', 'assigned', 'landlord']) s
  where c.relnamespace = 'domovoi'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege('domovoi_staff', c.oid, 'select')
  and not exists (select from pg_policy p where p.polrelid = c.oid and p.polroles && array['domovoi_staff'::regrole::oid])
  and not exists (select from pg_policy p where p.polrelid = c.oid and p.polroles = array[('domovoi_' || s)::regrole::oid])
  and (s in ('platform', 'company') or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname in ('agent_id', 'owner_id')))
  and c.relname || ' ' || s not in ('party landlord', 'party_token landlord', 'party_role landlord', 'contact_note landlord', 'pii_access own',
    'pii_access assigned', 'pii_access landlord', 'audit_log assigned',
    'audit_log landlord') and c.relname <> 'commission_rule'$$,
  'a table that staff read has a policy for each scope');
select pg_temp.none($$select c.relname::text from pg_class c join pg_trigger g on g.tgrelid = c.oid
  join pg_proc f on f.oid = g.tgfoid and f.proname = 'append_only' where c.relnamespace = 'domovoi'::regnamespace
  and c.relname not in ('agreement_event', 'price_change', 'secret_access') and (has_table_privilege('domovoi_rules', c.oid, 'update') or has_table_privilege('domovoi_rules', c.oid, 'delete')
    or has_table_privilege('domovoi_rules', c.oid, 'truncate'))$$, 'what is only added to, the rules may not change either');
select pg_temp.none($$select t from unnest(array['audit_log', 'audit_seal', 'setting', 'status_event', 'mutation', 'change_log']) t
  where not exists (select from pg_trigger g join pg_proc f on f.oid = g.tgfoid and f.proname = 'append_only'
    where g.tgrelid = ('domovoi.' || t)::regclass)$$, 'history is only added to');

-- the engine's kinds: what a row promises, a function keeps
select pg_temp.none($$select k.resource || '_' || f from domovoi.record_kind k, lateral (values ('create', 'int,uuid,jsonb', k.creates is not null),
    ('patch', 'int,uuid,int,jsonb', k.patches is not null), ('locate', 'int,text', k.virtual), ('row', 'int,uuid', k.virtual),
    ('act', 'int,uuid,text,jsonb,jsonb', exists (select from domovoi.record_action a where a.resource = k.resource)
      or exists (select from domovoi.fsm_transition t where t.machine = k.machine and t.permission is not null)),
    ('guard', 'text,jsonb', not domovoi.kind_has(k.resource, 'refusal', 'jsonb,text')
      and (exists (select from domovoi.record_action a where a.resource = k.resource and a.guard is not null)
        or exists (select from domovoi.fsm_transition t where t.machine = k.machine and t.guard is not null and t.permission is not null)))) v (f, args, due)
  where due and not domovoi.kind_has(k.resource, f, args)$$, 'each kind of record has its functions');
select pg_temp.none($$select k.resource || ' ' || p from domovoi.record_kind k, unnest(array[k.reads, k.creates, k.patches]) p
  where p is not null and not exists (select from domovoi.permission x where x.code = p)
  union all select a.resource || '.' || a.action from domovoi.record_action a where not exists (select from domovoi.permission x where x.code = a.permission)$$,
  'and permissions that there are');
select pg_temp.none($$select k.resource || ' ' || k.plural from domovoi.record_kind k where to_regclass('api.' || k.plural) is null$$, 'and its view');
select pg_temp.none($$select k.resource || '.' || c from domovoi.record_kind k, unnest(array['company_id', 'id', 'version', 'updated_by']) c
  where not k.virtual and to_regclass('domovoi.' || k.resource) is not null and k.patches is not null
  and not exists (select from pg_attribute a where a.attrelid = to_regclass('domovoi.' || k.resource) and a.attname = c)
  and not (k.resource = 'building' and c = 'updated_by')$$, 'and its columns');
-- an index that a policy of agents can use, in every table that has agents
select pg_temp.none($$select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'agent_id'
  where c.relnamespace = 'domovoi'::regnamespace and c.relkind = 'r' and has_table_privilege('domovoi_staff', c.oid, 'select')
  and exists (select from domovoi.record_kind k join domovoi.role_permission g on g.permission = k.reads
    join domovoi.role r on r.code = g.role and r.scope = 'own' where k.resource = c.relname) and c.relname not in ('offering', 'block', 'unit_stock',
    'unit_attachment', 'price_rule', 'price_change', 'secret_access', 'deposit_move', 'readiness_check', 'agreement_line')
  and not exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = (select x.attnum from pg_attribute x
    where x.attrelid = c.oid and x.attname = 'company_id') and a.attnum = i.indkey[1])$$, 'each table with agents has an index (company, agent, …)');

-- functions
create temp view def as select n.nspname || '.' || p.proname as name, p.* from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('domovoi', 'api', 'act', 'report', 'auth', 'ops');
-- the owner's: ANALYZE is for owners; the reports' gate reads nothing but the company, which the owner may
select pg_temp.none($$select name::text from def where prosecdef and proowner <> 'domovoi_rules'::regrole
  and not (proowner = 'domovoi_owner'::regrole and name in ('domovoi.analyze_young', 'report.frame',
    'report.gate'))$$, 'definers are the rules''');
select pg_temp.none($$select name::text from def where prosecdef
  and not exists (select from unnest(proconfig) c where c ~ '^search_path=("?)pg_catalog.*pg_temp("?)$')$$,
  'with a search_path of their own, temporary tables last');
select pg_temp.none($$select name::text from def d join pg_language l on l.oid = d.prolang where l.lanname in ('sql', 'plpgsql') and d.prosqlbody is null
  and d.proconfig is null and (d.prosrc ~ '\mset_config\M' or name like 'act.%')$$, 'no door runs under its caller''s search_path');
select pg_temp.none($$select name::text from def d where name like 'domovoi.%' and proowner not in ('domovoi_rules'::regrole, 'domovoi_owner'::regrole)
  and name !~ '^domovoi\.demo_'$$, 'nobody else owns a function');
select pg_temp.none($$select name::text from def d where name not in ('api.enter', 'api.whoami', 'act.assume',
  'act.begin_request')
  and (proacl is null or exists (select from aclexplode(d.proacl) a where a.grantee = 0))
    and name !~ '^domovoi\.demo_'$$, 'nothing is for everybody but the way in');
select pg_temp.none($$select name::text from def where name like 'domovoi.%'
  and has_function_privilege('domovoi_staff', oid, 'execute') and name not in ('domovoi.my_company',
  'domovoi.my_user',
  'domovoi.is_platform', 'domovoi.has_permission', 'domovoi.my_buildings', 'domovoi.my_colleagues',
  'domovoi.my_today', 'domovoi.my_now', 'domovoi.my_keys', 'domovoi.my_resources', 'domovoi.unit_status', 'domovoi.uses_now',
  'domovoi.balance_of',
  'domovoi.user_card',
  'domovoi.my_settings', 'domovoi.my_sessions', 'domovoi.my_api_keys',
  'domovoi.fold')
  and name !~ '^domovoi\.demo_'$$, 'of the rules staff execute what policies and views ask');
select pg_temp.none($$select name || ' ' || r from def d, unnest(array['public', 'domovoi_staff', 'domovoi_platform', 'domovoi_company', 'domovoi_own',
  'domovoi_assigned', 'domovoi_landlord']) r where name ~ '^(auth|ops)\.' and has_function_privilege(r, d.oid, 'execute')$$,
  'what the API server asks nobody else may execute');
select pg_temp.none($$select name::text from def d where name ~ '^(auth|ops)\.' and (not prosecdef
  or prosrc !~ 'perform domovoi\.(only_api|must_lead)\(\);' and name <> 'ops.trusted')
  and has_function_privilege('domovoi_api', oid, 'execute')$$, 'nor the group itself: each asks for the login');
select pg_temp.none($$select s || ' ' || r from unnest(array['auth', 'ops']) s, unnest(array['public', 'domovoi_staff']) r
  where has_schema_privilege(r, s, 'usage')$$, 'or name it');
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
