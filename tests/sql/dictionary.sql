-- Dictionaries: the platform's words and a company's own, in three languages, with other spellings.
\set ON_ERROR_STOP 1
\ir fixtures/start.sql
select no_plan();
create function t.w(p_login text, p_kind text, p_key text, p_more jsonb, p_company int default null) returns text language sql as $$
  select concat_ws(' ', coalesce(x ->> 'code', x ->> 'status'), x ->> 'field') from (select t.val(p_login, format('select act.apply_mutation(%L)',
    jsonb_build_object('id', gen_random_uuid(), 'resource', 'dictionary', 'kind', p_kind, 'record', p_key) || p_more), p_company)::jsonb) y (x) $$;

-- spellings (K15)
select is(domovoi.word_code(901, 'district', w), 'baikonur', w) from unnest(array['baikonur', 'Байконур', 'байконурский', 'БАЙКОНЫРСКИЙ', 'Байқоңыр']) w;
select is(domovoi.word_code(901, 'district', 'Луна'), null, 'no such district');
select is((select count(*)::int from domovoi.dict_item where kind = 'district' and meta ->> 'city' = 'Астана'), 4, 'four districts, one row each');
select is((select string_agg(kind || '.' || code, ' ') from domovoi.dict_item where not names ?& '{en,ru,kk}'), null, 'every shipped word has three names');

-- a company's own
select is(t.w('t_head', 'create', null, '{"set": {"kind": "block_reason", "code": "filming", "ru": "Съёмки", "aliases": "кино, видео"}}'), 'applied', 'a head adds a word');
select is(t.val('t_realtor', $$select concat_ws(' ', company, key, ru, aliases) from api.dictionary where ru = 'Съёмки'$$),
  '901 block_reason.filming_901 Съёмки видео, кино', 'his people have it');
select is(t.count('t_head_beta', $$api.dictionary where ru = 'Съёмки'$$), 0, 'others do not');
select is(domovoi.word_code(901, 'block_reason', 'КИНО'), 'filming_901', 'it is found by its spellings');
select is(domovoi.word_code(902, 'block_reason', 'КИНО'), null, 'in that company');
select is(t.w('t_head_beta', 'create', null, '{"set": {"kind": "block_reason", "code": "filming", "en": "Filming"}}'), 'applied', 'another company may have the same');
select is(t.w('t_head', 'create', null, '{"set": {"kind": "block_reason", "code": "filming", "ru": "x"}}'), 'DM007 code', 'one company once');
select is(t.w('t_head', 'patch', 'block_reason.filming', '{"set": {"kk": "Түсірілім", "sort": "5"}}'), 'applied', 'it is edited');
select is(t.w('t_head', 'patch', 'block_reason.filming_901', '{"set": {"ru": ""}}'), 'applied', 'a name is taken away');
select is(t.w('t_head', 'patch', 'block_reason.filming_901', '{"set": {"kk": ""}}'), 'DM007 ru', 'not the last one');
select is(t.w('t_head', 'action', 'block_reason.filming', '{"action": "deactivate"}'), 'applied', 'it is no longer offered');
select is(t.val('t_realtor', $$select active || ' ' || kk from api.dictionary where key = 'block_reason.filming_901'$$), 'false Түсірілім', 'and still has its name');
select is(t.w('t_head', 'action', 'block_reason.filming', '{"action": "deactivate"}'), 'DM001 status', 'once');
select is(t.val('t_head', $$select string_agg(what, ' ' order by n) from (select row_number() over () n, what from report.history('dictionary', 'block_reason.filming')) x$$),
  'create patch patch deactivate', 'with its history');

-- the platform's
select is(t.w('t_head', 'patch', 'block_reason.repair', '{"set": {"ru": "x"}}'), 'DM005', 'the platform''s words are the platform''s');
select is(t.w('t_head', 'action', 'block_reason.repair', '{"action": "deactivate"}'), 'DM005', 'to the last');
select is(t.w('t_head_beta', 'patch', 'block_reason.filming_901', '{"set": {"ru": "x"}}'), 'DM006', 'another company''s are not there');
select is(t.w('t_super', 'patch', 'unit_class.comfort', '{"set": {"aliases": "эконом-плюс"}}'), 'applied', 'the platform edits its own');
select is(t.w('t_super', 'create', null, '{"set": {"kind": "block_reason", "code": "inspection", "ru": "Проверка"}}'), 'applied', 'and adds some');
select is(t.val('t_head', $$select company = 901 and not own and ru = 'Проверка' from api.dictionary where key = 'block_reason.inspection'$$), 'true', 'for everybody');
select is(t.w('t_head', 'create', null, '{"set": {"kind": "no_such", "code": "x", "ru": "x"}}'), 'DM007 kind', 'of kinds that there are');
select is(t.w('t_head', 'create', null, '{"set": {"kind": "block_reason", "code": "X y", "ru": "x"}}'), 'DM007 code', 'with a code that is one');
select matches(t.w(l, 'create', null, '{"set": {"kind": "block_reason", "code": "x", "ru": "x"}}'), '^DM005', l || ' adds none')
  from unnest(array['t_manager', 't_realtor', 't_auditor', 't_owner', 't_dispatcher', 't_accountant']) l;
select is(t.count(l, $$api.dictionary where key = 'unit_class.comfort'$$), 1, l || ' reads them') from unnest(array['t_realtor', 't_owner', 't_executor', 't_moderator', 't_head']) l;
-- import takes words that nobody knows, and reports still name what they can
select is(t.val('t_head', $$select act.import_rows('unit', '[{"line": 1, "set": {"code": "W1", "title": "W", "kind": "палатка", "class": "Люкс"}}]') #>> '{0,status}'$$), 'created', 'an import brings words of its own');
select * from finish();
