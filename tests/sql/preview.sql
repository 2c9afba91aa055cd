-- What would happen: told by the engine, and nothing does.
\ir fixtures/start.sql
\ir fixtures/report.sql
select * from no_plan();

create function t.preview(p_login text, ms jsonb) returns text language sql as $$
  select string_agg(concat_ws(' ', x ->> 'outcome', x ->> 'code', x ->> 'field', '[' || (x ->> 'label') || ']'), E'\n' order by (x ->> 'n')::int)
    from jsonb_array_elements(t.rows(p_login, format('select * from act.preview(%L)', ms))) x
$$;
create table t.m (n int, m jsonb);
insert into t.m values
  (0, '{"resource": "reservation", "kind": "action", "record": "1", "action": "cancel", "args": {"reason": "other"}}'),
  (1, '{"resource": "reservation", "kind": "action", "record": "1", "action": "cancel"}'),
  (2, '{"resource": "reservation", "kind": "action", "record": "1", "action": "check_in"}'),
  (3, '{"resource": "reservation", "kind": "patch", "record": "1", "set": {"comment": "of agent one"}}'),
  (4, '{"resource": "reservation", "kind": "patch", "record": "1", "set": {"comment": "other"}}'),
  (5, '{"resource": "reservation", "kind": "patch", "record": "1", "set": {"unit": "U2"}}'),
  (6, '{"resource": "reservation", "kind": "patch", "record": "1", "set": {"unit": "U3"}, "base_version": 7}'),
  (7, '{"resource": "party", "kind": "create", "set": {"name": "New"}}'),
  (8, '{"resource": "block", "kind": "create", "set": {"unit": "U2", "check_in": "2027-02-02", "check_out": "2027-02-09", "reason": "repair"}}'),
  (9, '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "check_in": "2026-09-01", "check_out": "2026-09-02"}}'),
  (10, '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "check_in": "2026-09-01", "check_out": "2026-09-02"}}'),
  (11, '{"resource": "unit", "kind": "action", "record": "U3", "action": "archive"}'),
  (12, '{"resource": "unit", "kind": "action", "record": "U1", "action": "archive"}'),
  (13, '{"resource": "unit", "kind": "patch", "record": "X1", "set": {"title": "mine"}}'),
  (14, '{"resource": "dragon", "kind": "patch", "record": "X1", "set": {"title": "mine"}}'),
  (15, '{"kind": "undo", "undo": "01900000-0000-7000-8000-000000000001"}'),
  (16, '7');
select t.mutate('t_head', '{"id": "01900000-0000-7000-8000-000000000001", "resource": "party", "kind": "patch", "record": "1", "set": {"name": "Айгерим"}}') \g /dev/null
create function t.world() returns text language sql as $$
  select md5(string_agg(x, '|' order by x)) from (
    select 'r' || to_jsonb(r)::text from domovoi.reservation r union all select 'p' || to_jsonb(r)::text from domovoi.party r
    union all select 'u' || to_jsonb(r)::text from domovoi.unit r union all select 'b' || to_jsonb(r)::text from domovoi.block r
    union all select 'o' || to_jsonb(r)::text from domovoi.occupancy r union all select 's' || to_jsonb(r)::text from domovoi.unit_stock r
    union all select 'm' || to_jsonb(r)::text from domovoi.mutation r union all select 'l' || to_jsonb(r)::text from domovoi.change_log r
    union all select 'e' || to_jsonb(r)::text from domovoi.status_event r union all select 'c' || to_jsonb(r)::text from domovoi.company_counter r
    union all select 'i' || to_jsonb(r)::text from domovoi.undo_image r union all select 't' || to_jsonb(r)::text from domovoi.party_token r) x(x)
$$;
create table t.was as select t.world() as w;
select is(t.preview('t_head', (select jsonb_agg(m order by n) from t.m)), $$change [1]
refused DM002 reason [1]
refused DM011 [1]
same [1]
change [1]
refused DM004 unit [1]
refused DM003 [1]
change [New]
refused DM004 unit
change [Flat three 2026-09-01]
change [Flat three 2026-09-01]
change [Flat three]
refused DM010 [Flat one]
refused DM006 [X1]
refused DM007 resource [X1]
change [Айгерим]
refused DM007 resource$$, 'each is told on its own');
select is(t.world(), (select w from t.was), 'and nothing has changed: no record, no history, no number, no request');
select is((select count(*)::int from pg_locks where locktype = 'advisory'), 0, 'nor is anything locked');
select is(t.preview('t_realtor2', (select jsonb_agg(m order by n) from t.m where n in (0, 4, 12))), $$refused DM006 [1]
refused DM006 [1]
refused DM006 [U1]$$, 'what a session does not see has no name for it');
select is(t.preview('t_auditor', (select jsonb_agg(m order by n) from t.m where n in (0, 4, 7))), $$refused DM005 [1]
refused DM005 [1]
refused DM005$$, 'who may do nothing, would do nothing');
select is(t.rows('t_head', $$select reason, detail, remedy from act.preview('[{"resource": "block", "kind": "create", "set": {"unit": "U2", "check_in": "2027-02-02", "check_out": "2027-02-09", "reason": "repair"}}]')$$),
  '[{"reason": "The unit is taken on these dates.", "detail": "U2 2027-02-02 - 2027-02-09", "remedy": "Choose other dates or another unit."}]', 'with the reason and what to do');
select is(t.err('t_head', $$select act.preview('[]')$$), 'DM007', 'of nothing');
select is(t.err('t_head', format('select act.preview(%L)', (select jsonb_agg('{}'::jsonb) from generate_series(1, 501)))), 'DM007', 'of too much');
select is(t.val('t_head', format('select count(*) from act.preview(%L)', (select jsonb_agg(m) from t.m, generate_series(1, 500) where n = 0))), '500', 'five hundred');
select is(t.world(), (select w from t.was), 'and still nothing');

-- what is told is what happens
select is((select array_agg(coalesce(t.mutate('t_head', m) ->> 'code', 'change') order by n) from t.m where n in (1, 2, 5, 8, 9, 11, 12, 15)),
  '{DM002,DM011,DM004,DM004,change,DM010,DM010,change}', 'done one after another, each as it was told (a stay keeps the unit that was to be archived)');
select is(t.preview('t_head', (select jsonb_agg(m order by n) from t.m where n in (10, 15))), $$refused DM004 unit
refused DM001 undo$$, 'afterwards it is told otherwise');
select * from finish();
