-- Access codes: what the database keeps, who may see it, and that nobody looks without leaving a line.
\ir fixtures/start.sql
select plan(60);
\set sealed 'AQABAgMEBQYHCAkKC0NBTkFSWQECAwQFBgcICQoLDA0ODw=='
create function t.set(p_login text, p_unit text, p_args jsonb) returns text language sql as $$
  select concat_ws(' ', coalesce(x ->> 'code', x ->> 'status'), x ->> 'field') from t.mutate(p_login,
    jsonb_build_object('resource', 'unit',
    'kind', 'action', 'record', p_unit, 'action', 'set_code', 'args', p_args)) x $$;
create function t.ask(p_login text, p_unit text, p_kind text default 'door', p_reason text default 'guest asks',
  p_stay text default null)
  returns jsonb language sql as $$
  select t.val(p_login, format('select act.unit_reveal_code(%L, null, %L, %L, %L)', p_unit, p_kind, p_reason,
    p_stay))::jsonb $$;
create function t.log() returns text language sql as $$
  select string_agg(u.login || ' ' || l.action || ' ' || coalesce(l.kind,
    '-') || case when l.allowed then '' else ' refused' end, ', ' order by l.xid, l.at)
    from domovoi.secret_access l join domovoi.app_user u on u.id = l.user_id $$;
create temp table seen (n serial, j jsonb);

-- setting
select is(t.set('t_realtor', 'U1', jsonb_build_object('kind', 'door', 'sealed', :'sealed', 'key_version', 1)),
  'applied', 'an agent sets a code of his unit');
select is(t.set('t_realtor', 'U1', s::jsonb || jsonb_build_object('sealed', :'sealed')), want, s) from (values
  ('{"kind": "moat", "key_version": 1}', 'DM007 kind'), ('{"key_version": 1}', 'DM007 kind'), ('{"kind": "door"}',
    'DM007 sealed'),
  ('{"kind": "door", "key_version": 0}', 'DM007 sealed'), ('{"kind": "door", "key_version": "x"}',
    'DM007 sealed')) v (s, want);
select is(t.set('t_realtor', 'U1', jsonb_build_object('kind', 'door', 'key_version', 1) || s::jsonb), want, s)
  from (values
  ('{}', 'DM007 sealed'), ('{"sealed": "1234"}', 'DM007 sealed'), ('{"sealed": "no base64!"}', 'DM007'),
    ('{"code": "1234"}', 'DM007 sealed'),
  ('{"sealed": "AgABAgMEBQYHCAkKC0NBTkFSWQECAwQFBgcICQoLDA0ODw=="}', 'DM007 sealed')) v (s, want);
select is(t.set('t_realtor', 'U2', jsonb_build_object('kind', 'door', 'sealed', :'sealed', 'key_version', 1)),
  'DM006', 'not of a colleague''s');
select is(t.set('t_manager', 'U1', jsonb_build_object('kind', 'door', 'sealed', :'sealed', 'key_version', 1)),
  'DM005', 'a manager sets none');
select is(t.set('t_head', 'U2', jsonb_build_object('kind', 'door', 'sealed', :'sealed', 'key_version', 3)), 'applied',
  'a head any of the company');
select is(t.set('t_head', 'U1', jsonb_build_object('kind', 'wifi', 'sealed', :'sealed', 'key_version', 3, 'reason',
  'new router')), 'applied', 'one of each kind');
select is(t.set('t_head', 'U1', jsonb_build_object('kind', 'wifi', 'sealed', :'sealed', 'key_version', 4)), 'applied',
  'and again');
select is((select count(*)::int || ' ' || max(key_version) from domovoi.unit_secret where kind = 'wifi'), '1 4',
  'the newer one');

-- asking: the log first
insert into seen (j) select t.ask('t_realtor', 'U1');
select is((select j - 'view' from seen where n = 1), '{"status": "applied"}',
  'the answer is no code, but a line of the log');
select is((select j ->> 'view' from seen where n = 1), (select id::text
  from domovoi.secret_access where action = 'reveal'), 'this one');
select is((select (allowed, kind, reason, user_id = t.id('t_realtor'), agent_id = t.id('t_realtor'))::text
  from domovoi.secret_access where action = 'reveal'),
  '(t,door,"guest asks",t,t)', 'which says who, what and why');
select is((t.val('t_realtor', format('select act.code_of(%L)', (select j ->> 'view'
  from seen where n = 1)))::jsonb) - 'unit',
  jsonb_build_object('status', 'applied', 'sealed', :'sealed', 'key_version', 1, 'company', 901, 'kind', 'door'),
    'then the sealed code');
select is(t.err('t_head', format('select act.code_of(%L)', (select j ->> 'view' from seen where n = 1))), 'DM006',
  'for who asked, nobody else');
select is(t.err('t_realtor', $$select act.code_of((act.unit_reveal_code('U1', null, 'door',
  'x') ->> 'view')::uuid)$$), 'DM006',
  'not in the same transaction: what is rolled back showed nothing');
select is((select count(*)::int from domovoi.secret_access where action = 'reveal'), 1,
  'and that one left nothing to show');
set domovoi.now = '2026-06-16T09:01:01+05';
select is(t.err('t_realtor', format('select act.code_of(%L)', (select j ->> 'view' from seen where n = 1))), 'DM006',
  'nor later than a minute');
set domovoi.now = '2026-06-16T09:00:00+05';
update domovoi.unit set agent_id = t.id('t_realtor2') where company_id = 901 and code = 'U1';
select is(t.err('t_realtor', format('select act.code_of(%L)', (select j ->> 'view' from seen where n = 1))), 'DM006',
  'nor when the unit is no longer his');
update domovoi.unit set agent_id = t.id('t_realtor') where company_id = 901 and code = 'U1';

-- refusals are answers, and logged
delete from seen;
insert into seen (j) select t.ask(l, u, k, r, s) from (values
  ('t_manager', 'U1', 'door', 'x', null), ('t_realtor', 'U2', 'door', 'x', null), ('t_realtor', 'U1', 'door', ' ',
    null), ('t_realtor', 'U1', 'safe', 'x', null),
  ('t_realtor', 'U1', null, 'x', null), ('t_realtor', 'U1', 'door', 'x', '2'), ('t_auditor', 'U1', 'door', 'x', null),
    ('t_owner', 'U2', 'door', 'x', null)) v (l, u, k, r, s);
select is((select string_agg(concat_ws(' ', j ->> 'status', j ->> 'code', j ->> 'field'), ', ' order by n) from seen),
  'rejected DM005, rejected DM006, rejected DM002 reason, rejected DM006 kind, rejected DM006 kind, rejected DM007 reservation, rejected DM005, rejected DM005', 'why not');
select is((select count(*)::int from domovoi.secret_access where not allowed), 8, 'each is in the log');
select is((select count(*)::int from seen where j ? 'sealed' or j ? 'view'), 0, 'and shows nothing');
select is((t.ask('t_realtor', 'U1', 'door', 'x', '1')) ->> 'status', 'applied', 'for a stay of this unit');
select is((select r.no
  from domovoi.secret_access l join domovoi.reservation r on r.id = l.reservation_id where l.allowed), 1::bigint,
    'which is named');
select is(t.err('t_realtor', $$select act.unit_reveal_code('nothing', null, 'door', 'x')$$), 'DM006',
  'there is no such unit');
select is(t.err('t_head', $$select act.unit_reveal_code('X1', null, 'door', 'x')$$), 'DM006',
  'of another company neither');
select is((select count(*)::int from domovoi.secret_access where not allowed and company_id = 902), 0,
  'and its log is left alone');
select is(t.err('t_stranger', $$select act.unit_reveal_code('U1', null, 'door', 'x')$$), 'DM009',
  'a stranger is told that he is one');
select is((t.ask('t_super', '00000000-0000-7000-8000-000000000101')) ->> 'status', 'applied',
  'the platform''s owner may');
select is((t.ask('t_moderator', '00000000-0000-7000-8000-000000000101')) ->> 'code', 'DM005', 'its moderator not');

-- deleting
select is(t.mutate('t_realtor',
  '{"resource": "unit", "kind": "action", "record": "U1", "action": "clear_code", "args": {"kind": "wifi"}}') ->> 'status', 'applied', 'a code is deleted');
select is(t.mutate('t_realtor',
  '{"resource": "unit", "kind": "action", "record": "U1", "action": "clear_code", "args": {"kind": "wifi"}}') ->> 'code', 'DM006', 'once');
select is(t.mutate('t_auditor',
  '{"resource": "unit", "kind": "action", "record": "U1", "action": "clear_code", "args": {"kind": "door"}}') ->> 'code', 'DM005', 'by who may');
select is((select count(*)::int from domovoi.secret_access where action = 'clear' and allowed), 1, 'and logged');
select is(t.mutate('t_realtor',
  '{"resource": "unit", "kind": "action", "record": "U1", "action": "reveal_code", "args": {"kind": "door", "reason": "x"}}') ->> 'code', 'DM007',
  'the general way shows no code');
select t.mutate('t_realtor', jsonb_build_object('id', '01900000-0000-7000-8000-00000000cc01', 'resource', 'unit',
  'kind', 'action', 'record', 'U1', 'action', 'set_code',
  'args', jsonb_build_object('kind', 'safe', 'sealed', :'sealed', 'key_version', 1))) as x \gset
select is(t.mutate('t_realtor', '{"kind": "undo", "undo": "01900000-0000-7000-8000-00000000cc01"}') ->> 'code',
  'DM001', 'a code that was set is not taken back');

-- who reads the log
select is(t.count(l, 'api.code_views'), n::int, l) from (values ('t_realtor', (select count(*)
  from domovoi.secret_access where agent_id = t.id('t_realtor'))),
  ('t_realtor2', (select count(*) from domovoi.secret_access where agent_id = t.id('t_realtor2'))), ('t_head',
    (select count(*) from domovoi.secret_access)),
  ('t_auditor', (select count(*) from domovoi.secret_access)), ('t_manager', 0), ('t_moderator', 0), ('t_dispatcher',
    0), ('t_owner', 0), ('t_head_beta', 0)) v (l, n);
select throws_ok('update domovoi.secret_access set allowed = true', '55000', null, 'the log is not edited');
select throws_ok('delete from domovoi.secret_access', '55000', null, 'nor deleted');
select throws_ok('truncate domovoi.secret_access', '55000', null, 'nor emptied');
select is(t.err('t_head', 'select sealed from domovoi.unit_secret'), '42501', 'no sealed code by name');
select is(has_table_privilege('domovoi_staff', 'domovoi.unit_secret', 'select'), false,
  'staff have no right on them at all');

-- nowhere else: neither the sealed text nor what it was made of
create function t.everywhere(p_needle text) returns text language plpgsql as $$
declare r text := ''; c text; hit boolean;
begin
  for c in select x.relname from pg_class x where x.relnamespace = 'domovoi'::regnamespace and x.relkind in ('r',
    'p') and x.relname <> 'unit_secret' loop
    execute format('select exists (select from domovoi.%I x where to_jsonb(x)::text like %L)', c,
      '%' || p_needle || '%') into hit;
    if hit then r := r || c || ' '; end if;
  end loop;
  return r;
end $$;
select is(t.everywhere(left(:'sealed', 30)), '',
  'no other table has the sealed code: no history, no request, no image');
select is(t.everywhere(encode(decode(:'sealed', 'base64'), 'hex')), '', 'in no other spelling');
create function t.seen_by(p_login text) returns text language plpgsql as $$
declare r text := ''; v text;
begin
  for v in select c.relname from pg_class c where c.relnamespace = 'api'::regnamespace and c.relkind = 'v' loop
    r := r || coalesce(t.val(p_login, format('select string_agg(x::text, '' '') from api.%I x', v)), '');
  end loop;
  return r;
end $$;
select unalike(t.seen_by('t_super'), '%' || left(:'sealed', 20) || '%', 'no view has it');
select * from finish();
