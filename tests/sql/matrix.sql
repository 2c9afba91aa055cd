-- The rights matrix: role × kind × verb × scope, against matrix.txt, which was typed from domain.md §3.6 and not from the
-- seed. Three ways: the rows of the seed; the policies of each table; what each role really sees, and what it is told when
-- it tries. A kind, an action or a permission that has no line there fails.
\set ON_ERROR_STOP 1
\ir fixtures/start.sql
select no_plan();

create table t.line (n int generated always as identity, t text);
\copy t.line (t) from 'matrix.txt'
create table t.col (ord int, role text, letter text);
insert into t.col values (1, 'superuser', 'P'), (2, 'moderator', 'P'), (3, 'support', 'P'), (4, 'head', 'C'), (5, 'manager', 'C'),
  (6, 'realtor', 'O'), (7, 'dispatcher', 'S'), (8, 'executor', 'A'), (9, 'accountant', 'C'), (10, 'auditor', 'C'), (11, 'owner', 'O');
create table t.may as
  select w[1] as permission, c.role, w[c.ord + 1] as cell, c.letter from t.line, regexp_split_to_array(trim(t), '\s+') w, t.col c
   where w[1] ~ '^[a-z]+\.[a-z_]+$';
create table t.kind as select w[2] as resource, w[3] as reach, nullif(w[4], '-') as reads, nullif(w[5], '-') as creates,
  nullif(w[6], '-') as patches from t.line, regexp_split_to_array(trim(t), '\s+') w where w[1] = 'kind';
create table t.do as select w[2] as resource, w[3] as action, w[4] as permission from t.line, regexp_split_to_array(trim(t), '\s+') w
  where w[1] = 'do';
create function t.none(p_sql text, p_what text) returns text language plpgsql as $$
declare r text;
begin
  execute 'select string_agg(x, ''; '' order by x) from (' || p_sql || ') y (x)' into r;
  return is(r, null, p_what);
end $$;
create function t.has(p_role text, p_permission text) returns boolean language sql stable as $$
  select exists (select from t.may m where m.role = p_role and m.permission = p_permission and m.cell <> '–') $$;

select cmp_ok((select count(distinct permission) from t.may), '>', 60::bigint, 'the expectation was read');
select t.none($$select permission || ' ' || role || ' ' || coalesce(cell, '?') from t.may where cell is null or cell not in ('–', letter)$$,
  'each role has one scope');
select t.none($$select resource from t.kind group by 1 having count(*) > 1 union all select resource || '.' || action from t.do group by 1 having count(*) > 1$$,
  'each line stands once');

-- ---- the rows of the seed --------------------------------------------------------------------------------------
select t.none($$select p.code from domovoi.permission p where p.code not in (select permission from t.may)$$, 'each permission has a line');
select t.none($$select permission from t.may where permission not in (select code from domovoi.permission)$$, 'and each line its permission');
select t.none($$select g.role || ' has ' || g.permission from domovoi.role_permission g where not t.has(g.role, g.permission)$$,
  'no role has what it should not');
select t.none($$select m.role || ' lacks ' || m.permission from t.may m where m.cell <> '–'
  and not exists (select from domovoi.role_permission g where g.role = m.role and g.permission = m.permission)$$, 'or lacks what it should have');
select t.none($$select c.role from t.col c left join domovoi.role r on r.code = c.role
  where r.scope is distinct from case when c.role = 'owner' then 'landlord' when c.letter = 'P' then 'platform' when c.letter = 'C' then 'company'
    when c.letter = 'O' then 'own' else 'assigned' end$$, 'and each its scope');
select t.none($$select k.resource from domovoi.record_kind k where k.resource not in (select resource from t.kind)$$,
  'each kind of record has a line (write it from domain.md)');
select t.none($$select k.resource || ': ' || concat_ws(' ', k.reads, k.creates, k.patches) from domovoi.record_kind k join t.kind e using (resource)
  where (k.reads, k.creates, k.patches) is distinct from (e.reads, e.creates, e.patches)$$, 'that agrees about reading, making and changing');
create view t.acts as
  select a.resource, a.action, a.permission from domovoi.record_action a
  union select k.resource, x.action, x.permission from domovoi.fsm_transition x join domovoi.record_kind k on k.machine = x.machine
    where x.permission is not null;
select t.none($$select a.resource || '.' || a.action || ' ' || a.permission from t.acts a
  where not exists (select from t.do d where d.resource = a.resource and d.action = a.action)$$, 'each action has a line');
select t.none($$select a.resource || '.' || a.action || ' ' || a.permission from t.acts a join t.do d using (resource, action)
  where d.permission <> a.permission$$, 'that agrees about its permission');
select t.none($$select a.resource || '.' || a.action from t.acts a group by a.resource, a.action having count(distinct a.permission) > 1$$,
  'the same one from every state');

-- ---- the policies of the tables ----------------------------------------------------------------------------------
create function t.policies(p_table regclass) returns table (name text, qual text) language sql stable as $$
  select p.polname::text, regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\s+', ' ', 'g') from pg_policy p
   where p.polrelid = p_table and p.polname <> 'rules' and p.polname <> 'owner' $$;
create function t.odd_policies(p_resource text, p_reach text, p_reads text) returns setof text language plpgsql as $$
begin
  if to_regclass('domovoi.' || p_resource) is null then return; end if;
  execute 'create table domovoi.t_probe (company_id int, id uuid, agent_id uuid, building_id uuid, owner_id uuid)';
  perform domovoi.protect('domovoi.t_probe', p_reach, p_reads);
  return query select p_resource || ' ' || coalesce(a.name, b.name) from t.policies(('domovoi.' || p_resource)::regclass) a
    full join t.policies('domovoi.t_probe') b on b.name = a.name and b.qual = a.qual where a.name is null or b.name is null;
  drop table domovoi.t_probe;
end $$;
select t.none($$select p from t.kind k, t.odd_policies(k.resource, k.reach, k.reads) p where k.reach in ('unit', 'party', 'company', 'closed')$$,
  'each table is closed and opened as its line says');

-- ---- what each role sees ---------------------------------------------------------------------------------------------
create function t.login(p_role text) returns text language sql as $$
  select case p_role when 'superuser' then 't_super' else 't_' || p_role end $$;
-- rows of a kind with what the reach compares; as the superuser of the server
create function t.rows_of(p_resource text) returns table (company int, id uuid, agent uuid, building uuid, owner uuid) language plpgsql as $$
begin
  return query execute format($q$select (r ->> 'company_id')::int, (r ->> 'id')::uuid, (r ->> 'agent_id')::uuid,
    case when %1$L = 'building' then (r ->> 'id')::uuid else (r ->> 'building_id')::uuid end, (r ->> 'owner_id')::uuid
    from (select to_jsonb(x) as r from domovoi.%1$I x) y$q$, p_resource);
end $$;
create function t.reached(p_role text, p_resource text) returns setof uuid language sql as $$
  select r.id from t.kind k, t.rows_of(p_resource) r, t.col c, (select t.id(t.login(p_role)) as me) i
   where k.resource = p_resource and c.role = p_role and case
     when c.letter = 'P' then true
     when r.company <> 901 then false
     when c.letter = 'C' then true
     when k.reach = 'company' then false
     when p_role = 'realtor' then k.reach = 'building' or r.agent = i.me
     when p_role = 'owner' then case k.reach when 'party' then false
       when 'building' then exists (select from domovoi.unit u where u.building_id = r.id and u.owner_id = i.me) else r.owner = i.me end
     else k.reach = 'party' or r.building = '00000000-0000-7000-8000-0000000000b1' end $$;
create function t.seen(p_role text, p_view text) returns uuid[] language sql as $$
  select coalesce(t.val(t.login(p_role), format('select array_agg(id) from api.%I', p_view))::uuid[], '{}') $$;
create table t.cells as select c.role, k.resource, k.plural, e.reach, e.reads, e.creates, e.patches
  from t.col c, domovoi.record_kind k join t.kind e using (resource) where e.reach in ('unit', 'party', 'building', 'company');
select t.none(format($$select role || ' ' || resource || ' ' || id || case when seen then ' is seen' else ' is not seen' end from (
    select c.role, c.resource, r.id, r.id = any (t.seen(c.role, c.plural)) as seen,
        t.has(c.role, c.reads) and r.id in (select t.reached(c.role, c.resource)) as due
      from t.cells c, t.rows_of(c.resource) r where c.role = %L) x where seen <> due$$, l), l || ' sees the rows of his scope, and no others')
  from unnest(array(select role from t.col order by ord)) l;
select t.none($$select role || ' ' || resource from t.cells c where c.role = 'moderator' and c.reads ~ '^(charge|payment|refund|ledger|expense|payout|commission)\.'
  and cardinality(t.seen(c.role, c.plural)) > 0$$, 'a moderator sees no money');

-- ---- what each role may do -------------------------------------------------------------------------------------------
-- the code of an attempt, nothing kept
create function t.code(p_role text, m jsonb) returns text language sql as $$
  select t.val(t.login(p_role), format('select coalesce(code, outcome) from act.preview(%L::jsonb)', jsonb_build_array(m ||
    case when p_role in ('superuser', 'moderator', 'support') then '{"company": 901}' else '{}' end::jsonb)),
    case when p_role in ('superuser', 'moderator', 'support') then 901 end) $$;
create table t.tried as
  select c.role, c.resource, 'create' as verb, t.has(c.role, c.creates) as may, null::boolean as near,
      t.code(c.role, jsonb_build_object('resource', c.resource, 'kind', 'create', 'set', '{}'::jsonb)) as code
    from t.col o join (select role, resource, creates from t.cells union all select o.role, k.resource, k.creates from t.col o,
      t.kind k join domovoi.record_kind using (resource) where k.reach in ('virtual', 'other')) c on c.role = o.role where c.creates is not null
  union all
  select c.role, c.resource, 'patch', t.has(c.role, c.patches), near,
      t.code(c.role, jsonb_build_object('resource', c.resource, 'kind', 'patch', 'record', r.id, 'set', '{}'::jsonb))
    from t.cells c cross join (values (true), (false)) n (near)
    cross join lateral (select x.id from t.rows_of(c.resource) x where (x.company = 901 or not near)
      and (x.id in (select t.reached(c.role, c.resource))) = near order by x.id limit 1) r
    where c.patches is not null
  union all
  select c.role, c.resource, d.action, t.has(c.role, d.permission), near,
      t.code(c.role, jsonb_build_object('resource', c.resource, 'kind', 'action', 'record', r.id, 'action', d.action,
        'args', '{"reason": "other"}'::jsonb))
    from t.cells c join t.do d using (resource) cross join (values (true), (false)) n (near)
    cross join lateral (select x.id from t.rows_of(c.resource) x where (x.company = 901 or not near)
      and (x.id in (select t.reached(c.role, c.resource))) = near order by x.id limit 1) r
    where exists (select from t.acts a where a.resource = d.resource and a.action = d.action);
select cmp_ok((select count(*) from t.tried), '>', 200::bigint, 'it was tried');
-- a building is of the whole company: who has less cannot make or change one
select t.none($$select role || ' ' || verb || ' ' || resource || ' ' || coalesce(code, '?') from t.tried where near is not false and not may
  and code is distinct from 'DM005'$$, 'who may not is told so');
select t.none($$select role || ' ' || verb || ' ' || resource from t.tried where near is not false and may and code = 'DM005'
  and not (resource in ('building', 'user', 'setting', 'word') and role in ('realtor', 'owner', 'dispatcher', 'executor'))$$, 'who may is not');
select t.none($$select role || ' ' || verb || ' ' || resource || ' ' || coalesce(code, '?') from t.tried where near is false and code is distinct from 'DM006'$$,
  'what is out of reach is not there');
select t.none($$select verb || ' ' || resource || ' ' || code from t.tried where role = 'auditor' and code not in ('DM005', 'DM006')$$,
  'an auditor writes nothing at all');
select t.none($$select g.permission from domovoi.role_permission g where g.role = 'auditor' and g.permission !~ '\.(view|log|export|own|company)$'$$,
  'nor holds a permission to');
select t.none($$select 'auditor ' || d.proname from pg_proc d where d.pronamespace = 'act'::regnamespace and d.proname = 'import_rows'
  and t.err('t_auditor', 'select act.import_rows(''unit'', ''[]'')') <> 'DM005'$$, 'nor imports');
select * from finish();
