begin;
create extension if not exists pgtap;
create temp table cat as select :'catalogue'::jsonb as j;
create temp table res as
  select r->>'name' as name, r->>'singular' as singular, r from cat, jsonb_array_elements(j->'resources') r;
create temp table fld as
  select res.name as res, singular, f->>'name' as name, f->>'column' as col, f->>'type' as type, f->'flags' as flags, f
    from res, jsonb_array_elements(r->'fields') f;
create temp table act as
  select res.name as res, singular, a->>'name' as name, a->>'permission' as permission, a->'from' as froms, a->>'to' as dest
    from res, jsonb_array_elements(coalesce(r->'actions', '[]')) a;
create temp table rep as select r->>'name' as name, r from cat, jsonb_array_elements(j->'reports') r;

select * from no_plan();
select cmp_ok((select count(*) from res), '>=', 6::bigint, 'the catalogue has resources');
select cmp_ok((select count(*) from rep), '>=', 5::bigint, 'and reports');

select is_empty($$select name from res where to_regclass('api.' || name) is null$$, 'each resource has its view');
select is_empty($$
  select res, col from fld where not exists (select from information_schema.columns c
    where c.table_schema = 'api' and c.table_name = fld.res and c.column_name = fld.col)$$, 'each field is a column of the view');
select is_empty($$
  select res, col, type, c.data_type from fld join information_schema.columns c
      on c.table_schema = 'api' and c.table_name = fld.res and c.column_name = fld.col
    where c.data_type not in (select unnest(case type when 'int' then '{integer,bigint,smallint}'::text[]
      when 'money' then '{bigint}' when 'bp' then '{integer}' when 'date' then '{date}' when 'time' then '{timestamp with time zone}'
      when 'bool' then '{boolean}' when 'uuid' then '{uuid}' when 'ref' then '{uuid}' else '{text,character}' end))$$,
  'of the described type');
select is_empty($$
  select res, name from fld where type = 'ref' and not exists (select from information_schema.columns c
    where c.table_schema = 'api' and c.table_name = fld.res and c.column_name = fld.name || '_label')$$, 'each reference has its label');
select is_empty($$
  select res, name from fld where flags ? 'sort' and exists (select from pg_attribute c
    where c.attrelid = to_regclass('domovoi.' || singular) and c.attname = 'company_id') and not exists (
    select from pg_index i where i.indrelid = to_regclass('domovoi.' || fld.singular) and indpred is null
      and (select array_agg(a.attname::text order by k.n) from unnest(i.indkey) with ordinality k(att, n)
             join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.att where k.n <= i.indnkeyatts)
          in (array['company_id', fld.name, 'id'], case when fld.name = 'id' then array['company_id', 'id'] end, case when fld.name = 'id' then array['id'] end))$$,
  'each sort has an index (company_id, column, id)');
select is_empty($$
  select res, name from fld join pg_attribute a on a.attrelid = to_regclass('domovoi.' || singular) and a.attname = fld.name
    where flags ? 'sort' and not a.attnotnull$$, 'and no nulls');

select is_empty($$
  select res, name from fld where not flags ?| '{readonly,import_only,filter_only}' and exists (select from domovoi.writable w where w.resource = singular)
    and not exists (select from domovoi.writable w where w.resource = singular and w.name in (fld.name, fld.col) and w.on_create)$$,
  'what new may set, the database takes');
select is_empty($$
  select res, name from fld where not flags ?| '{readonly,import_only,create_only,filter_only}' and exists (select from domovoi.writable w where w.resource = singular)
    and not exists (select from domovoi.writable w where w.resource = singular and w.name in (fld.name, fld.col) and w.on_patch)$$,
  'what edit may set, the database takes');
select is_empty($$
  select w.resource, w.name from domovoi.writable w where (w.on_create or w.on_patch) and not exists (select from fld
    where singular = w.resource and w.name in (fld.name, fld.col) and not flags ? 'readonly')$$,
  'and what the database takes, the catalogue describes');

select is_empty($$
  select p from (select permission as p from act union select value from res, jsonb_each_text(r->'permissions') union select r->>'permission' from rep) a
    where p is not null and not exists (select from domovoi.permission q where q.code = a.p)$$, 'each permission is known');
select is_empty($$
  select res, name from act where not exists (select from pg_proc f where f.pronamespace = 'act'::regnamespace
    and f.proname = singular || '_' || act.name)$$, 'each action has its door');
select is_empty($$
  (select action, from_state, to_state, permission from domovoi.fsm_transition where machine = 'reservation.stay' and permission is not null
   except select act.name, f, dest, permission from act, jsonb_array_elements_text(froms) f where res = 'reservations')
  union all
  (select act.name, f, dest, permission from act, jsonb_array_elements_text(froms) f where res = 'reservations' and f <> dest
   except select action, from_state, to_state, permission from domovoi.fsm_transition where machine = 'reservation.stay')$$,
  'the actions of a stay are its transitions');
select is_empty($$
  (select c->>'value' from fld, jsonb_array_elements(f->'choices') c where res = 'reservations' and name = 'status'
   except select state from domovoi.fsm_state where machine = 'reservation.stay')
  union all
  (select state from domovoi.fsm_state where machine = 'reservation.stay'
   except select c->>'value' from fld, jsonb_array_elements(f->'choices') c where res = 'reservations' and name = 'status')$$,
  'and its choices are the states');
select is_empty($$
  (select action, from_state, to_state, permission from domovoi.fsm_transition where machine = 'agreement' and permission is not null
   except select act.name, f, dest, permission from act, jsonb_array_elements_text(froms) f where res = 'agreements')
  union all
  (select act.name, f, coalesce(dest, f), permission from act, jsonb_array_elements_text(froms) f where res = 'agreements'
   except (select action, from_state, to_state, permission from domovoi.fsm_transition where machine = 'agreement'
     union all select action, s, s, permission from domovoi.record_action, unnest(states) s where resource = 'agreement'))
  union all
  (select action, s, s, permission from domovoi.record_action, unnest(states) s where resource = 'agreement'
   except select act.name, f, coalesce(dest, f), permission from act, jsonb_array_elements_text(froms) f where res = 'agreements')$$,
  'the actions of an agreement are its transitions, and what can be done besides');

select is_empty($$
  (select action, from_state, to_state, permission from domovoi.fsm_transition where machine = 'offering.listing' and permission is not null
   except select act.name, f, dest, permission from act, jsonb_array_elements_text(froms) f where res = 'offerings')
  union all
  (select act.name, f, dest, permission from act, jsonb_array_elements_text(froms) f where res = 'offerings'
   except select action, from_state, to_state, permission from domovoi.fsm_transition where machine = 'offering.listing')$$,
  'the actions of an offering are its transitions');
select is_empty($$
  (select c->>'value' from fld, jsonb_array_elements(f->'choices') c where res = 'offerings' and name = 'status'
   except select state from domovoi.fsm_state where machine = 'offering.listing')
  union all
  (select state from domovoi.fsm_state where machine = 'offering.listing'
   except select c->>'value' from fld, jsonb_array_elements(f->'choices') c where res = 'offerings' and name = 'status')$$,
  'and its choices are the states');

select is_empty($$
  select res, name, n.key from fld, jsonb_each_text(f->'narrow') n where not exists (select from jsonb_array_elements(f->'choices') c where c->>'value' = n.key)
    or not exists (select from information_schema.columns c where c.table_schema = 'api' and c.table_name = fld.res
      and c.column_name = n.value and c.data_type = 'boolean')$$, 'what narrows a state is a column of the view');

select is_empty($$select name from rep where not exists (select from pg_proc f where f.pronamespace = 'report'::regnamespace
  and f.proname = rep.name)$$, 'each report has its function');
select is_empty($$
  select rep.name, p->>'name' from rep, jsonb_array_elements(r->'parameters') p where not exists (select from pg_proc f
    where f.pronamespace = 'report'::regnamespace and f.proname = rep.name and p->>'name' = any (f.proargnames))$$, 'with its parameters');
create temp table fun as
  select f.proname as name, coalesce(
      (select array_agg(f.proargnames[k]) from generate_subscripts(f.proargnames, 1) k where f.proargmodes[k] = 't'),
      (select array_agg(a.attname::text) from pg_type t join pg_attribute a on a.attrelid = t.typrelid
        where t.oid = f.prorettype and a.attnum > 0 and not a.attisdropped)) as columns
    from pg_proc f where f.pronamespace = 'report'::regnamespace;
select is_empty($$
  select rep.name, c->>'name' from rep join fun using (name), jsonb_array_elements(r->'columns') c
    where (c->>'name' = any (columns)) is not true$$, 'and its columns');
select is_empty($$
  select rep.name, c from rep join fun using (name), unnest(columns) c
    where not exists (select from jsonb_array_elements(r->'columns') d where d->>'name' = c)$$,
  'and no column that nobody described');
select * from finish();
rollback;
