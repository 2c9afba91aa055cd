-- What each role sees and may do, over the views that psql reaches too. Rows that must stay where they are say
-- CANARY.
\ir fixtures/start.sql
select plan(142);

-- every text of every view, as one string
create function t.everything(p_login text, p_company int default null) returns text language plpgsql as $$
declare r text := ''; v text;
begin
  for v in select c.relname from pg_class c where c.relnamespace = 'api'::regnamespace and c.relkind = 'v'
    order by 1 loop
    r := r || coalesce(t.val(p_login, format('select string_agg(x::text, '' '') from api.%I x', v), p_company), '');
  end loop;
  return r;
end $$;

-- rows by role: units, parties, reservations, blocks, nights, offerings, stock, buildings, users, companies
create table t.expected (login text, what text, n int);
insert into t.expected
select login, what, n from (values
  ('t_super',      array[9, 3, 3, 1, 4, 9, 7, 3, 13, 2]),
  ('t_moderator',  array[9, 3, 3, 0, 4, 9, 7, 3, 13, 2]),
  ('t_support',    array[9, 3, 3, 1, 4, 9, 7, 3, 13, 2]),
  ('t_head',       array[8, 2, 2, 1, 3, 8, 6, 2,  9, 1]),
  ('t_manager',    array[8, 2, 2, 1, 3, 8, 6, 2,  9, 1]),
  ('t_accountant', array[8, 2, 2, 0, 3, 8, 6, 2,  9, 1]),
  ('t_auditor',    array[8, 2, 2, 1, 3, 8, 6, 2,  9, 1]),
  ('t_dispatcher', array[1, 2, 1, 0, 1, 0, 1, 1,  9, 1]),
  ('t_executor',   array[1, 0, 0, 0, 0, 0, 1, 1,  9, 1]),
  ('t_realtor',    array[1, 1, 1, 0, 1, 1, 1, 2,  9, 1]),
  ('t_realtor2',   array[1, 1, 1, 1, 2, 1, 1, 2,  9, 1]),
  ('t_owner',      array[1, 0, 1, 1, 2, 1, 1, 1,  2, 1])) v (login, counts)
cross join lateral unnest(array['units', 'parties', 'reservations', 'blocks', 'nights', 'offerings', 'stock',
  'buildings', 'users', 'companies'], counts) w (what, n);
select is(t.count(e.login, 'api.' || e.what), e.n, e.login || ' sees ' || e.n || ' ' || e.what)
  from t.expected e where e.login in ('t_super', 't_head', 't_dispatcher', 't_executor', 't_realtor', 't_realtor2',
    't_owner');
select is((select string_agg(e.what, ' ') from t.expected e where e.login = l and t.count(l,
  'api.' || e.what) <> e.n), null, l || ' sees what it should')
  from unnest(array['t_moderator', 't_support', 't_manager', 't_accountant', 't_auditor']) l;

-- canaries
select unalike(t.everything(l), '%CANARY%beta%', l || ' sees nothing of Beta')
  from unnest(array['t_head', 't_manager', 't_accountant', 't_auditor', 't_dispatcher', 't_executor', 't_realtor',
    't_realtor2', 't_owner']) l;
select unalike(t.everything(l), '%CANARY stay%', l || ' sees no stay of agent two') from unnest(array['t_realtor',
  't_dispatcher', 't_executor']) l;
select unalike(t.everything('t_realtor'), '%CANARY%', 'agent one sees no canary at all');
select unalike(t.everything('t_owner'), '%CANARY guest%', 'an owner of property sees no guest''s name');
select alike(t.everything('t_owner'), '%Name of t_realtor2%', 'but the name of his agent');
select unalike(t.everything('t_head_beta'), '%Alpha%', 'Beta sees nothing of Alpha');
select alike(t.everything('t_super'), '%CANARY%beta%', 'the platform sees everything');

-- contacts
select is(t.val(l, 'select count(phone) + count(email) from api.parties'), n, l || ': contacts')
  from (values ('t_head', '4'), ('t_realtor', '2'), ('t_dispatcher', '4'), ('t_accountant', '4'), ('t_auditor',
    '0'), ('t_moderator', '0')) v (l, n);
select is(t.count('t_auditor', $$api.party_tokens where token = '5678'$$), 0,
  'without contacts no search by telephone');
select is(t.count('t_auditor', $$api.party_tokens where token = 'aigerim@example.com'$$), 0, 'nor by e-mail');
select is(t.count('t_head', $$api.party_tokens where token = '5678'$$), 1, 'with them there is');
select is(t.val('t_realtor2', 'select party_label is null and unit_label is not null from api.reservations'),
  'false', 'labels that may be seen are there');
select is(t.val('t_owner', 'select party_label is null and unit_label is not null from api.reservations'), 'true',
  'a row does not vanish because its guest may not be seen');

-- tables and rule functions are not to be named
select is(t.err('t_head', 'select count(*) from domovoi.party'), '42501', 'no table by name');
select is(t.err('t_super', 'select count(*) from domovoi.party'), '42501', 'nor for the platform''s owner');
select is(t.err('t_head', 'select domovoi.me()'), '42501', 'no rule function by name');
select is(t.err('t_head', 'select domovoi.occupy(null::domovoi.block)'), '42501', 'nor one that writes');
select is(t.err('t_head', format('select table_to_xml(%s::regclass, true, false, '''')',
  'domovoi.party'::regclass::oid)), '42501', 'nor a table by its oid');
select is(t.err('t_head', 'update api.buildings set name = ''x'''), '42501', 'views are for reading');
select is(t.err('t_head', 'delete from api.unit_tokens'), '42501', 'views are for reading');
select is(t.err('t_head', 'create table public.x (a int)'), '42501', 'no tables at all');

-- roles of others
select is(t.err('t_realtor', 'set role domovoi_company'), '42501', 'a role that is not one''s own');
select is(t.err('t_head', 'set role domovoi_rules'), '42501', 'the rules'' role');
select is(t.err('t_head', 'set role domovoi_owner'), '42501', 'the owner''s role');
select is(t.err('t_head', 'set role t_realtor'), '42501', 'a colleague''s login');
do $$ begin if not pg_has_role('t_realtor', 'domovoi_company', 'member') then grant domovoi_company to t_realtor;
  end if; end $$;
create function t.after(p_login text, p_first text, p_sql text) returns text language plpgsql as $$
declare r text;
begin
  execute format('set session authorization %I', p_login);
  execute format('set role domovoi_%s', (api.enter()).scope);
  execute p_first;
  execute p_sql into r;
  reset session authorization;
  return r;
end $$;
select is(t.after('t_realtor', 'set role domovoi_company', 'select count(*) from api.units'), '0',
  'the role of another scope shows nothing while the membership is not of that scope');
revoke domovoi_company from t_realtor;
create function t.bare(p_login text, p_sql text) returns text language plpgsql as $$
declare r text;
begin
  execute format('set session authorization %I', p_login);
  execute p_sql into r;
  reset session authorization;
  return r;
exception when others then return sqlstate;
end $$;
select is(t.bare('t_head', 'select count(*) from api.units'), '42501', 'without SET ROLE a login reads nothing');
select is(t.bare('t_head', 'select act.import_rows(''unit'', ''[]'')'), '42501', 'and writes nothing');
select is(t.bare('t_stranger', 'select count(*) from api.whoami()'), 'DM009', 'a stranger is told that he is one');

-- writing: each role does what the matrix says, on the rows it reaches
create function t.try(p_login text, p_resource text, p_kind text, p_record text, p_set jsonb)
  returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') from t.mutate(p_login, jsonb_build_object('resource', p_resource,
    'kind', p_kind, 'record', p_record, 'set', p_set)) x
$$;
select is(t.try('t_auditor', 'unit', 'patch', 'U1', '{"floor": 2}'), 'DM005', 'an auditor changes nothing');
select is(t.try('t_auditor', 'party', 'create', null, '{"name": "x"}'), 'DM005', 'and adds nothing');
select is(t.try('t_moderator', 'reservation', 'patch', '1', '{"comment": "x"}'), 'DM006',
  'without a company a number that two companies use names nobody');
select is(t.try('t_moderator', 'reservation', 'patch', '00000000-0000-7000-8000-000000000301', '{"comment": "x"}'),
  'DM005', 'a moderator changes no stay');
select is(t.try('t_realtor', 'unit', 'patch', 'U2', '{"floor": 2}'), 'DM006',
  'an agent cannot reach a colleague''s unit');
select is(t.try('t_realtor', 'unit', 'patch', 'U1', '{"floor": 2}'), 'applied', 'but his own');
select is(t.try('t_realtor', 'unit', 'patch', 'U1', '{"agent": "t_realtor2"}'), 'DM007', 'and cannot give it away');
select is(t.try('t_head', 'unit', 'patch', 'U3', '{"agent": "t_realtor"}'), 'applied', 'a head can');
select is(t.try('t_head', 'unit', 'patch', 'U3', '{"agent": "t_head_beta"}'), 'DM007',
  'but not to somebody of another company');
select is(t.try('t_realtor', 'reservation', 'create', null,
  '{"unit": "U2", "check_in": "2026-08-01", "check_out": "2026-08-02"}'), 'DM007', 'nor book it');
select is(t.try('t_realtor', 'reservation', 'create', null,
  '{"unit": "U1", "check_in": "2026-08-01", "check_out": "2026-08-02", "party": "2"}'), 'DM007',
  'nor book for a guest he cannot see');
select is(t.try('t_realtor', 'reservation', 'create', null,
  '{"unit": "U1", "check_in": "2026-08-01", "check_out": "2026-08-02", "party": "1"}'), 'applied',
  'his own unit for his own guest');
select is(t.try('t_owner', 'reservation', 'create', null,
  '{"unit": "U2", "check_in": "2026-08-01", "check_out": "2026-08-02"}'), 'DM005',
  'an owner of property books nothing');
select is(t.try('t_head', 'unit', 'patch', 'X1', '{"floor": 2}'), 'DM006', 'a head cannot reach another company');
select is(t.try('t_head', 'unit', 'patch', '00000000-0000-7000-8000-000000000109', '{"floor": 2}'), 'DM006',
  'by id neither');
select is(t.try('t_head', 'reservation', 'patch', '1', '{"unit": "X1"}'), 'DM007', 'nor move a stay there');
select is(t.try('t_head', 'unit', 'patch', 'U1', '{"building": "00000000-0000-7000-8000-0000000000b3"}'), 'DM007',
  'nor use its buildings');
select is(t.try('t_super', 'unit', 'patch', 'X1', '{"floor": 2}'), 'applied', 'the platform can');
select is(t.err('t_realtor', 'select act.import_rows(''reservation'', ''[]'')'), 'DM005', 'an agent imports nothing');
select is(t.err('t_head_beta', $$select act.reservation_cancel('00000000-0000-7000-8000-000000000301', null,
  'x')$$), 'DM006', 'the named doors look too');
select is(t.val('t_head', $$select string_agg(action, ' ' order by action) from api.actions('reservation', '1') where allowed$$),
  'cancel extend', 'a head may cancel a confirmed stay of next year, or make it longer');
select is(t.val('t_auditor', $$select count(*) from api.actions('reservation', '1') where allowed$$), '0',
  'an auditor may do nothing with it');
select is(t.err('t_realtor', $$select count(*) from api.actions('reservation',
  '00000000-0000-7000-8000-000000000302')$$), 'DM006', 'and of a stay that cannot be seen nothing is told');
select * from finish();
