-- Taking an import back: what it made and nobody touched goes, the rest stays and is named.
\ir fixtures/start.sql
select * from no_plan();

create function t.id(p_n int) returns text language sql as $$
  select '01900000-0000-7000-8000-0000000' || to_char(p_n, 'FM00000') $$;
create function t.import(p_resource text, p_rows jsonb, p_n int, p_login text default 't_head') returns text
  language sql as $$
  select string_agg(concat_ws(' ', x ->> 'line', x ->> 'status', x ->> 'code'), ', ' order by (x ->> 'line')::int)
    from jsonb_array_elements(t.val(p_login, format('select act.import_rows(%L, %L, false, %L)', p_resource, p_rows, t.id(p_n)))::jsonb) x
$$;
create function t.undo(p_login text, p_n int, p_of int) returns jsonb language sql as $$
  select t.val(p_login, format('select act.apply_mutation(%L)', jsonb_build_object('id', t.id(p_n), 'kind', 'undo', 'undo', t.id(p_of))))::jsonb
$$;
create function t.there(p_code text) returns boolean language sql as $$ select exists (select from domovoi.unit where code = p_code) $$;

\set units '[{"line": 2, "set": {"code": "QA1", "title": "One", "price": "100", "amenities": "wifi"}}, {"line": 3, "set": {"code": "QA2"}}, {"line": 4, "set": {"code": "QA3"}}, {"line": 5, "set": {"title": "x"}}]'
select is(t.import('unit', :'units', 1), '2 created, 3 created, 4 created, 5 rejected DM007', 'units come in');
select is(t.import('unit', :'units', 1), '2 created, 3 created, 4 created, 5 rejected DM007', 'the same batch sent again says the same');
select is(t.err('t_manager', format('select act.import_rows(''unit'', ''[]'', false, %L)', t.id(1))), 'DM008', 'another''s id is refused');
select is(t.undo('t_manager', 2, 1) ->> 'code', 'DM005', 'a colleague does not take it back');
select isnt(t.val('t_head', format('select act.apply_mutation(%L)', jsonb_build_object('id', t.id(3), 'kind', 'patch', 'resource', 'units',
  'record', 'QA2', 'set', '{"title": "Touched"}'::jsonb))), null, 'somebody edits one');
create table t.gone as select id from domovoi.unit where code in ('QA1', 'QA3');
select is(t.undo('t_head', 4, 1) - '{undo,replayed}'::text[] #- '{left,0,detail}' #- '{left,0,remedy}', '{"status": "applied", "removed": 2, "resource": "unit", "left": [{"code": "DM003", "field": null, "label": "QA2", "message": "The record has been changed since."}]}', 'taken back but for that one');
select is(array[t.there('QA1'), t.there('QA2'), t.there('QA3')], '{f,t,f}', 'the others are gone');
select is((select count(*)::int from domovoi.change_log c join t.gone g on g.id = c.record_id where c.resource = 'unit' and c.op = 'delete'), 2, 'and the feed says so');
select is(t.undo('t_head', 5, 1) ->> 'code', 'DM001', 'once');
select is(t.undo('t_head', 6, 4) ->> 'code', 'DM001', 'and it is not done again by itself');
select is(t.import('unit', '[{"line": 2, "set": {"code": "QA1", "title": "Mended", "price": "120"}}]', 7), '2 created', 'a mended file comes in its place');

-- parts give their whole its stock back
select is(t.import('unit', '[{"line": 2, "set": {"code": "W"}}]', 10), '2 created', 'a whole');
create table t.stock as select s.in_stock from domovoi.unit_stock s join domovoi.unit u on u.id = s.unit_id where u.code = 'W';
select is(t.import('unit', '[{"line": 2, "set": {"code": "W-1", "parent": "W"}}, {"line": 3, "set": {"code": "W-2", "parent": "W"}}]', 11), '2 created, 3 created', 'and its parts');
select is(t.undo('t_head', 12, 10) #>> '{left,0,code}', 'DM010', 'the whole stays while it has parts');
select is(t.undo('t_head', 13, 11) ->> 'removed', '2', 'the parts go');
select is((select array_agg(s.in_stock order by 1) from domovoi.unit_stock s join domovoi.unit u on u.id = s.unit_id where u.code = 'W'),
  (select array_agg(in_stock order by 1) from t.stock), 'and the whole is on offer as before');

-- people and stays
select is(t.import('party', '[{"line": 2, "set": {"name": "Imported Person", "phone": "+77011112233"}}, {"line": 3, "set": {"name": "Used Person"}}]', 20), '2 created, 3 created', 'people');
\set stays '[{"line": 2, "set": {"external_id": "U-1", "unit": "QA1", "check_in": "2020-01-01", "check_out": "2020-01-03", "status": "completed", "party": "Made Guest"}}, {"line": 3, "set": {"external_id": "U-2", "unit": "QA1", "check_in": "2020-02-01", "check_out": "2020-02-03", "status": "completed", "party": "Used Person"}}]'
select is(t.import('reservation', :'stays', 21), '2 created, 3 created', 'stays');
select is(t.undo('t_head', 22, 7) #>> '{left,0,code}', 'DM010', 'a unit with stays stays');
select is(t.undo('t_head', 23, 21) ->> 'removed', '2', 'the stays go');
select is((select count(*)::int from domovoi.reservation where external_id like 'U-_'), 0, 'all of them');
select is((select count(*)::int from domovoi.occupancy where check_in >= '2020-01-01' and check_in < '2020-03-01'
  and unit_id = (select id from domovoi.unit where code = 'QA1')), 0, 'with their nights');
select is((select count(*)::int from domovoi.party where name = 'Made Guest'), 0, 'and the guest that came with them');
select is(t.undo('t_head', 24, 20) ->> 'removed', '2', 'people go, too');
select is((select count(*)::int from domovoi.import_made), 6, 'what a batch made is kept for a while');
set domovoi.now = '2027-01-01T09:00:00+05';
select is(t.import('party', '[{"line": 2, "set": {"name": "Later"}}]', 30), '2 created', 'half a year later');
select is((select count(*)::int from domovoi.import_made), 4, 'old batches are forgotten, a few at a time');

-- a batch that was taken back does not come in again by being sent again; who works outside the office takes nothing back
select is(t.import('unit', '[{"line": 2, "set": {"code": "QB1"}}]', 90), '2 created', 'a unit');
select is(t.undo('t_head', 91, 90) ->> 'removed', '1', 'taken back');
select is(t.err('t_head', format('select act.import_rows(''unit'', ''[{"line": 2, "set": {"code": "QB1"}}]'', false, %L)', t.id(90))), 'DM001', 'and sent again');
select is(t.there('QB1'), false, 'it stays away');
select * from finish();
