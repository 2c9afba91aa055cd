-- Finding by any word and any phone tail, and lists that keep to their index under the policies.
\ir fixtures/start.sql
select plan(31);

select is(domovoi.fold('СЕМЁНОВА Ёлка ŞİRİN'), 'семенова елка ' || lower('ŞİRİN' collate "und-x-icu"),
  'case and Ё fold');
select is(domovoi.fold(U&'\0415\0308'), 'е', 'also a composed Ё');
select is((select string_agg(w, ' ' order by w) from domovoi.words('Кв. «Ленина-12», C-001') w),
  '001 12 c c-001 кв ленина ленина-12', 'words and what stands between blanks');
select is((select string_agg(w, ' ') from domovoi.words('Қалиева') w), 'калиева', 'Kazakh letters have Russian twins');
select is((select string_agg(w, ' ' order by w) from domovoi.words('Үй Ғимараты') w), 'гимараты уй', 'all of them');
select is((select count(*)::int from domovoi.words('')), 0, 'nothing has no words');
select is((select count(*)::int from domovoi.words(null)), 0, 'null neither');
select is((select string_agg(d, ' ' order by length(d), d) from domovoi.phone_tails('+7 701 234-56-78') d),
  '678 5678 45678 345678 2345678 12345678 012345678 7012345678 77012345678', 'tails of a telephone');
select is((select count(*)::int from domovoi.phone_tails(null)), 0, 'none of none');

create function t.finds(p_login text, p_word text) returns text language sql as $$
  select t.val(p_login, format($q$select string_agg(name, ',' order by name) from api.parties where company = 901
    and id in
    (select id from api.party_tokens where company = 901 and token >= %1$L and token < %1$L || chr(1114111))$q$,
      domovoi.fold(p_word)))
$$;
select is(t.finds('t_head', w), 'Семёнова Айгерим', w) from unnest(array['сем', 'СЕМЕНОВА', 'семё', 'айг', '5678',
  '4567', '0123', '77012', 'aigerim@', '678']) w;
select is(t.finds('t_head', 'gerim'), null, 'from the start of a word');
select is(t.finds('t_realtor', '998877'), null, 'not a colleague''s');
select is(t.finds('t_auditor', '5678'), null, 'not by telephone without contacts');
select is(t.finds('t_auditor', 'сем'), 'Семёнова Айгерим', 'by name');
update domovoi.party set name = 'Иванова Айгерим', phone = '+77770001122' where company_id = 901 and no = 1;
select is(coalesce(t.finds('t_head', 'сем'), '') || t.finds('t_head', 'иван') || coalesce(t.finds('t_head',
  '5678'), '') || t.finds('t_head', '1122'), 'Иванова АйгеримИванова Айгерим',
  'a new name and number replace the old');
update domovoi.party set agent_id = t.id('t_realtor2') where company_id = 901 and no = 1;
select is(t.finds('t_realtor2', 'иван'), 'Иванова Айгерим', 'a new agent finds him');
select is(t.count('t_head', $$api.unit_tokens where token = 'h-1a'$$), 1, 'a unit is found by its code');
select is(t.count('t_realtor', $$api.unit_tokens$$), 3, 'an agent searches his own');

-- plans: a page of 50 out of a company of 20,000, an agent of 200
set session_replication_role = replica;
insert into domovoi.unit (company_id, code, title, kind, lock_id, agent_id)
  select 901, 'Z' || g, 'Unit ' || lpad((g * 7919 % 20000)::text, 5, '0'), 'apartment', gen_random_uuid(),
    case when g % 100 = 0 then t.id('t_realtor') end from generate_series(1, 20000) g;
insert into domovoi.unit_token (company_id, token, unit_id, agent_id) select u.company_id, lower(u.code), u.id,
  u.agent_id from domovoi.unit u where u.code like 'Z%';
set session_replication_role = origin;
analyze domovoi.unit, domovoi.unit_token;
create function t.plan(p_login text, p_sql text) returns text language plpgsql as $$
declare r text := ''; l text;
begin
  execute format('set session authorization %I', p_login);
  execute format('set role domovoi_%s', (api.enter()).scope);
  for l in execute 'explain (costs off, analyze, timing off, summary off) ' || p_sql loop r := r || l || E'\n'; end
    loop;
  reset session authorization;
  return r;
end $$;
\set page 'select id, title, status from api.units where company = 901 and (title, id) > (''Unit 10000'', ''00000000-0000-0000-0000-000000000000'') order by title, id limit 50'
select matches(t.plan('t_head', :'page'), 'unit_company_id_title_id_idx',
  'a page of the company is read from the index');
select unalike(t.plan('t_head', :'page'), '%Sort%', 'without sorting');
select matches(t.plan('t_realtor', :'page'), 'unit_company_id_agent_id_title_id_idx', 'an agent''s from his');
select unalike(t.plan('t_realtor', :'page'), '%Sort%', 'without sorting');
select * from finish();
