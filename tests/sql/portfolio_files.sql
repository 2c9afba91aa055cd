-- Blocks, attachments and the number of units.
\ir fixtures/start.sql
select plan(62);
create function t.do(p_login text, p_resource text, p_kind text, p_record text, p_what jsonb,
  p_action text default null,
  p_id text default null) returns jsonb language sql as $$
  select t.mutate(p_login, jsonb_strip_nulls(jsonb_build_object('id', p_id)) || jsonb_build_object('resource',
    p_resource,
    'kind', p_kind, 'record', p_record, 'action', p_action, case p_kind when 'action' then 'args' else 'set' end,
      p_what))
$$;
create function t.told(x jsonb) returns text language sql as $$
  select concat_ws(' ', coalesce(x ->> 'code', x ->> 'status'), x ->> 'field') $$;
create function t.make(p_login text, p_resource text, p_set jsonb) returns text language sql as $$
  select case x ->> 'status' when 'applied' then x ->> 'record' else t.told(x) end
    from t.do(p_login, p_resource, 'create', null, p_set) x $$;
create function t.go(p_login text, p_record text, p_action text, p_args jsonb default '{}', p_id text default null)
  returns text language sql as $$ select t.told(t.do(p_login, 'unit_attachment', 'action', p_record, p_args, p_action,
    p_id)) $$;
-- A setting of the company; where settings have versions, the next one.
create function t.set_to(p_key text, p_value jsonb) returns void language plpgsql as $$
begin
  if exists (select from pg_attribute where attrelid = 'domovoi.setting'::regclass and attname = 'version') then
    execute 'insert into domovoi.setting (company_id, key, value, version) select 901, $1, $2,
      coalesce(max(version), 0) + 1 from domovoi.setting where company_id = 901 and key = $1' using p_key, p_value;
  else
    delete from domovoi.setting where company_id = 901 and key = p_key;
    insert into domovoi.setting (company_id, key, value) values (901, p_key, p_value);
  end if;
end $$;

-- ---- blocks ----
\set block '{"unit": "U3", "check_in": "2026-07-01", "check_out": "2026-07-05", "reason": "repair"}'
select is(t.make('t_manager', 'block', :'block'::jsonb || '{"reason": "because"}'), 'DM007 reason',
  'a reason of the dictionary');
select is(t.make('t_manager', 'block', :'block'::jsonb || '{"check_in": "2026-06-15"}'), 'DM007 check_in',
  'not in the past');
select t.make('t_manager', 'block',
  :'block'::jsonb || '{"check_in": "2026-06-16", "check_out": "2026-06-18"}') as b \gset
select is((select count(*)::int from domovoi.block where id = :'b'), 1, 'from today on');
select is(t.told(t.do('t_manager', 'block', 'patch', :'b', '{"check_in": "2026-06-14"}')), 'DM007 check_in',
  'nor moved there');
set domovoi.now = '2026-06-20T09:00:00+05';
select is(t.told(t.do('t_manager', 'block', 'patch', :'b', '{"check_in": "2026-06-17"}')), 'DM007 check_in',
  'what has begun keeps its beginning');
select is(t.told(t.do('t_manager', 'block', 'patch', :'b', '{"check_out": "2026-06-19"}')), 'DM007 check_out',
  'what is over its end');
select is(t.told(t.do('t_manager', 'block', 'patch', :'b', '{"comment": "x"}')), 'applied', 'a comment may be added');
select is(t.told(t.do('t_head', 'block', 'patch', :'b', '{"check_out": "2026-06-19"}')), 'applied',
  'who may override corrects it');
set domovoi.now = '2026-06-16T09:00:00+05';
select is(t.make('t_realtor', 'block', :'block'), 'DM007 unit', 'an agent blocks no unit of others');
select is(t.make('t_accountant', 'block', :'block'), 'DM005', 'an accountant none');
update domovoi.dict_item set active = false where kind = 'block_reason' and code = 'repair';
select is(t.make('t_manager', 'block', :'block'), 'DM007 reason', 'a word that is no longer used is not offered');
update domovoi.dict_item set active = true where kind = 'block_reason' and code = 'repair';

-- ---- attachments ----
create function t.file(p_name text, p_more jsonb default '{}',
  p_login text default 't_head') returns text language sql as $$
  select t.make(p_login, 'unit_attachment', jsonb_build_object('unit', 'U1', 'file_name', p_name, 'mime',
    'image/jpeg', 'bytes', 1000) || p_more) $$;
create function t.files() returns text language sql as $$
  select string_agg(sort || file_name || case when is_main then '!' else '' end, ' ' order by sort)
    from domovoi.unit_attachment
   where company_id = 901 $$;
select t.file('a') as a \gset
select t.file('plan', '{"mime": "application/pdf"}') as p \gset
select t.file('b', '{"mime": "image/png", "caption": "kitchen"}', 't_realtor') as b \gset
select is(t.files(), '1a! 2plan 3b', 'in order, the first photo is the main one');
select is(t.file('x', s::jsonb), want, s) from (values ('{"mime": "image/gif"}', 'DM007 mime'), ('{"bytes": 0}',
  'DM007 bytes'),
  ('{"bytes": 7340033}', 'DM007 bytes'), ('{"file_name": "../x"}', 'DM007 file_name'), ('{"sha256": "abc"}',
    'DM007 sha256'),
  ('{"unit": "X1"}', 'DM007 unit'), ('{"is_main": "true"}', 'DM007 is_main'), ('{"sort": 1}', 'DM007 sort')) v (s,
    want);
select is(t.file('y', '{}', 't_auditor'), 'DM005', 'an auditor adds none');
select is(t.file('y', '{}', 't_realtor2'), 'DM007 unit', 'nor does an agent to a colleague''s unit');
select is(t.go('t_head', :'p', 'make_main'), 'DM007', 'a paper is not shown first');
select is(t.go('t_head', :'b', 'make_main', '{}', '01900000-0000-7000-8000-00000000ff01'), 'applied',
  'another photo is');
select is(t.files(), '1a 2plan 3b!', 'exactly one');
select is(t.told(t.mutate('t_head', '{"kind": "undo", "undo": "01900000-0000-7000-8000-00000000ff01"}')), 'applied',
  'taken back');
select is(t.files(), '1a! 2plan 3b', 'as it was');
select is(t.go('t_head', :'b', 'move', '{"to": "1"}', '01900000-0000-7000-8000-00000000ff02'), 'applied', 'up');
select is(t.files(), '1b 2a! 3plan', 'the others make room');
select is(t.go('t_head', :'b', 'move', '{"to": "2"}'), 'applied', 'down one');
select is(t.files(), '1a! 2b 3plan', 'so');
select is(t.go('t_head', :'b', 'move', '{"to": "2"}'), 'applied', 'where it is');
select is(t.go('t_head', :'a', 'move', '{"to": "3"}'), 'applied', 'to the end');
select is(t.files(), '1b 2plan 3a!', 'the main one is still the main one');
select is(t.go('t_head', :'b', 'move', s::jsonb), 'DM007 to', s) from (values ('{"to": "0"}'), ('{"to": "4"}'),
  ('{"to": "x"}'), ('{}')) v (s);
select is(t.go('t_head', :'a', 'delete', '{}', '01900000-0000-7000-8000-00000000ff03'), 'applied', 'deleted');
select is(t.files(), '1b! 2plan', 'another photo takes its place');
select is(t.told(t.mutate('t_head', '{"kind": "undo", "undo": "01900000-0000-7000-8000-00000000ff03"}')), 'applied',
  'taken back');
select is(t.files(), '1b 2plan 3a!', 'as it was');
select is(t.told(t.do('t_head', 'unit_attachment', 'patch', :'a', '{"caption": "hall", "file_name": "hall.jpg"}')),
  'applied', 'renamed');
select is(t.told(t.do('t_head', 'unit_attachment', 'patch', :'a', '{"bytes": 5}')), 'DM007 bytes',
  'but still the same file');
select t.file('c' || n) from generate_series(1, 4) n \g /dev/null
select is((select count(*)::int from domovoi.unit_attachment where company_id = 901 and mime <> 'application/pdf'), 6,
  'six photos');
select is(t.file('g'), 'DM011', 'no seventh');
select is(t.file('g', '{"mime": "application/pdf"}') ~ '-', true, 'papers do not count');
select t.set_to('photos_max', '7');
select t.set_to('photo_max_bytes', '500');
select is(t.file('g'), 'DM007 bytes', 'the limits are settings');
select is(t.file('g', '{"bytes": 500}') ~ '-', true, 'of the company');
select is((select array_agg(sort::int order by sort) from domovoi.unit_attachment where company_id = 901),
  array[1,2,3,4,5,6,7,8,9], 'no gaps');
select throws_ok($$update domovoi.unit_attachment set is_main = true where company_id = 901 and mime = 'image/png'$$,
  '23505', null, 'never two main ones');
select is(t.count('t_realtor', 'api.attachments'), 9, 'an agent sees those of his units');
select is(t.count('t_realtor2', 'api.attachments'), 0, 'only');
select is(t.count('t_head_beta', 'api.attachments'), 0, 'and another company none');
update domovoi.unit set agent_id = t.id('t_realtor2') where company_id = 901 and code = 'U1';
select is(t.count('t_realtor2', 'api.attachments'), 9, 'they go with the unit');

-- ---- how many units (I27) ----
select t.set_to('unit_limit', '9');
select is(t.make('t_head', 'unit', '{"code": "L1", "title": "ninth"}') ~ '-', true, 'the ninth');
select is(t.make('t_head', 'unit', '{"code": "L2", "title": "tenth"}'), 'DM011', 'and no tenth');
select is(t.told(t.do('t_head', 'unit', 'action', 'L1', '{}', 'archive')), 'applied', 'one is archived');
select is(t.make('t_head', 'unit', '{"code": "L2", "title": "tenth"}') ~ '-', true, 'makes room');
select is(t.told(t.do('t_head', 'unit', 'action', 'L1', '{}', 'restore')), 'DM011', 'and does not come back');
select is(t.val('t_head', $$select act.import_rows('unit', '[{"line": 1, "set": {"code": "L3"}}]') -> 0 ->> 'code'$$),
  'DM011', 'an import neither');
select t.set_to('unit_limit', '0');
select is(t.told(t.do('t_head', 'unit', 'action', 'L1', '{}', 'restore')), 'applied', '0: as many as they like');
select * from finish();
