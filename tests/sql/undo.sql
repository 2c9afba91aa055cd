-- Taking back: every kind of change and its reversal, redo, what refuses, who may, what history says.
\ir fixtures/start.sql
select * from no_plan();

-- A mutation under a known id: its outcome. Undo of it under another.
create function t.m(p_login text, p_n int, m jsonb) returns jsonb language sql as $$
  select t.val(p_login, format('select act.apply_mutation(%L)', m || jsonb_build_object('id',
    '01900000-0000-7000-8000-0000000' || to_char(p_n, 'FM00000'))))::jsonb
$$;
create function t.mid(p_n int) returns text language sql as $$
  select '01900000-0000-7000-8000-0000000' || to_char(p_n, 'FM00000') $$;
create function t.undo(p_login text, p_n int, p_of int) returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') from t.m(p_login, p_n, jsonb_build_object('kind', 'undo', 'undo', t.mid(p_of))) x
$$;
create function t.do(p_login text, p_n int, p_resource text, p_kind text, p_record text, p_set jsonb default '{}', p_action text default null,
    p_args jsonb default null) returns text language sql as $$
  select coalesce(x ->> 'code', x ->> 'status') from t.m(p_login, p_n, jsonb_strip_nulls(jsonb_build_object('resource', p_resource, 'kind', p_kind,
    'record', p_record, 'set', case when p_kind <> 'action' then p_set end, 'action', p_action, 'args', p_args))) x
$$;
create function t.row(p_table text, p_id text) returns jsonb language plpgsql as $$
declare r jsonb;
begin
  execute format('select to_jsonb(x) - ''{version,updated_at,updated_by,status_on}''::text[] from domovoi.%I x where id = $1', p_table) into r using p_id::uuid;
  return r;
end $$;
create function t.used(p_id text) returns text language sql as $$
  select string_agg(check_in || '..' || check_out || case when sold then ' sold' else '' end, ' ' order by unit_id) from domovoi.occupancy where source_id = p_id::uuid
$$;
create function t.history(p_id text) returns text language sql as $$
  select string_agg(coalesce(from_state, '-') || '>' || to_state || coalesce(' ' || reason, ''), ', ' order by id) from domovoi.status_event where record_id = p_id::uuid
$$;

-- a patch
\set p '00000000-0000-7000-8000-000000000201'
create table t.before as select t.row('party', :'p') as r;
select is(t.do('t_head', 1, 'party', 'patch', :'p', '{"name": "Mistyped", "phone": ""}'), 'applied', 'a name is mistyped');
select is(t.undo('t_manager', 2, 1), 'DM005', 'a colleague does not take it back');
select is(t.undo('t_head', 3, 1), 'applied', 'who did it does');
select is(t.row('party', :'p'), (select r from t.before), 'and it is as it was');
select is((select array_agg(token order by token) from domovoi.party_token where party_id = :'p' and token ~ 'mist'), null, 'also for the search');
select is(t.undo('t_head', 3, 1), 'applied', 'the same request again');
select is((select version from domovoi.party where id = :'p'), 3, 'has one effect');
select is(t.undo('t_head', 4, 1), 'DM001', 'what is taken back is not taken back again');
select is(t.undo('t_head', 5, 3), 'applied', 'undo of the undo');
select is(t.row('party', :'p') ->> 'name', 'Mistyped', 'is redo');
select is(t.undo('t_head', 6, 5), 'applied', 'and back');
select is(t.row('party', :'p'), (select r from t.before), 'as often as one likes');
select is((t.m('t_head', 6, jsonb_build_object('kind', 'undo', 'undo', t.mid(5)))) #>> '{row,name}', 'Семёнова Айгерим', 'with the row, without naming the resource');

-- changed since
select is(t.do('t_head', 10, 'party', 'patch', :'p', '{"note": "first"}'), 'applied', 'a note');
select is(t.do('t_manager', 11, 'party', 'patch', :'p', '{"note": "second"}'), 'applied', 'somebody writes over it');
select is(t.m('t_head', 12, jsonb_build_object('kind', 'undo', 'undo', t.mid(10))) - 'message',
  '{"status": "rejected", "code": "DM003", "field": null, "detail": "Name of t_manager", "remedy": "Look at it, and change it back by hand.", "replayed": false}',
  'refused, and by whom it was changed');
select is(t.undo('t_manager', 13, 11), 'applied', 'who came last may');
select is(t.undo('t_head', 14, 10), 'DM003', 'which does not bring the first one back in');

-- too late, and what is no change
select is(t.do('t_head', 20, 'party', 'patch', :'p', '{"note": "late"}'), 'applied', 'a note');
set domovoi.now = '2026-06-16T09:11:00+05';
select is(t.undo('t_head', 21, 20), 'DM001', 'eleven minutes later it stays');
insert into domovoi.setting (company_id, key, value) values (901, 'undo_minutes', '60');
select is(t.undo('t_head', 22, 20), 'applied', 'unless the company gives more time');
insert into domovoi.setting (company_id, key, value, version) values (901, 'undo_minutes', '10', 2);
set domovoi.now = '2026-06-16T09:00:00+05';
select is(t.undo('t_head', 23, 9999), 'DM006', 'no such change');
select is(t.do('t_head', 24, 'party', 'patch', :'p', '{"kind": "dog"}'), 'DM007', 'a refusal');
select is(t.undo('t_head', 25, 24), 'DM001', 'has nothing to take back');
select is(t.m('t_head', 26, '{"kind": "undo"}') ->> 'code', 'DM007', 'of what?');
select is(t.undo('t_head_beta', 27, 20), 'DM005', 'another company''s head neither');

-- a stay along its machine and back
create table t.stay as select x ->> 'record' as id from t.m('t_head', 30,
  '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "check_in": "2026-06-16", "check_out": "2026-06-20"}}') x;
select id as r from t.stay \gset
select hold_until as held from domovoi.reservation where id = :'r' \gset
select is(t.do('t_head', 31, 'reservation', 'action', :'r', '{}', 'confirm'), 'applied', 'confirmed');
select is(t.undo('t_head', 32, 31), 'applied', 'not so');
select is((select status || ' ' || (hold_until = :'held') from domovoi.reservation where id = :'r'), 'hold true', 'a hold as it was');
select is(t.used(:'r'), '2026-06-16..2026-06-20', 'which holds its nights and has sold none');
select is(t.undo('t_head', 33, 32), 'applied', 'redo');
select is(t.do('t_head', 34, 'reservation', 'action', :'r', '{}', 'check_in'), 'applied', 'checked in');
select is(t.undo('t_head', 35, 34), 'applied', 'too early');
select is(t.undo('t_head', 36, 35), 'applied', 'after all');
set domovoi.now = '2026-06-17T09:00:00+05';
select is(t.do('t_head', 37, 'reservation', 'action', :'r', '{}', 'check_out'), 'applied', 'left on the second day');
select is(t.used(:'r'), '2026-06-16..2026-06-17 sold', 'the rest is free');
select is(t.undo('t_head', 38, 37), 'applied', 'no, still there');
select is((select status || ' ' || check_out from domovoi.reservation where id = :'r'), 'checked_in 2026-06-20', 'until the day that was agreed');
select is(t.used(:'r'), '2026-06-16..2026-06-20 sold', 'and has the nights again');
select is(t.undo('t_head', 39, 38), 'applied', 'left for good');
create table t.rival as select x ->> 'record' as id from t.m('t_head', 40,
  '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "check_in": "2026-06-18", "check_out": "2026-06-19"}}') x;
select is(t.undo('t_head', 41, 39), 'DM004', 'the nights are somebody else''s now');
select is(t.history(:'r'), '->hold, hold>confirmed, confirmed>hold undo, hold>confirmed, confirmed>checked_in, checked_in>confirmed undo, confirmed>checked_in, checked_in>completed, completed>checked_in undo, checked_in>completed',
  'history tells what was taken back');
select is(t.undo('t_head', 42, 40), 'applied', 'the rival was a mistake');
select is((select status || ' ' || status_reason || ' ' || cancelled_by from domovoi.reservation r join t.rival v on r.id = v.id::uuid), 'cancelled undone company', 'a new stay is cancelled');
select is(t.undo('t_head', 43, 39), 'applied', 'and now the guest stays on');
select is(t.undo('t_head', 44, 42), 'DM004', 'so the rival cannot come again');
set domovoi.now = '2026-06-16T09:00:00+05';

-- a cancellation; a hold that ran out meanwhile
create table t.hold as select x ->> 'record' as id from t.m('t_head', 50,
  '{"resource": "reservation", "kind": "create", "set": {"unit": "U2", "check_in": "2026-07-16", "check_out": "2026-07-20"}}') x;
select id as h from t.hold \gset
select is(t.do('t_head', 51, 'reservation', 'action', :'h', '{}', 'extend_hold', '{"until": "2026-06-16T09:05:00+05"}'), 'applied', 'held five minutes');
select is(t.do('t_head', 52, 'reservation', 'action', :'h', '{}', 'cancel', '{"reason": "other"}'), 'applied', 'cancelled');
select is(t.used(:'h'), null, 'free');
set domovoi.now = '2026-06-16T09:06:00+05';
select is(t.undo('t_head', 53, 52), 'applied', 'taken back');
select is((select concat_ws(' ', status, coalesce(status_reason, '-'), coalesce(cancelled_by, '-'), hold_until - domovoi.now()) from domovoi.reservation where id = :'h'), 'hold - - 00:10:00',
  'held again, for as long as it could have been taken back');
select is(t.undo('t_head', 54, 53), 'applied', 'and cancelled again');
select is((select status || ' ' || status_reason from domovoi.reservation where id = :'h'), 'cancelled other', 'for the reason that was given');
set domovoi.now = '2026-06-16T09:00:00+05';

-- a no-show; a stay that is moved; nobody's unit any more
create table t.late as select x ->> 'record' as id from t.m('t_head', 60,
  '{"resource": "reservation", "kind": "create", "set": {"unit": "U1", "check_in": "2026-06-15", "check_out": "2026-06-18"}}') x;
select id as l from t.late \gset
select is(t.do('t_head', 61, 'reservation', 'action', :'l', '{}', 'confirm'), 'applied', 'confirmed');
select is(t.do('t_head', 62, 'reservation', 'action', :'l', '{}', 'no_show', '{"reason": "no_arrival"}'), 'applied', 'not come');
select is(t.undo('t_head', 63, 62), 'applied', 'the wrong guest');
select is(t.used(:'l'), '2026-06-15..2026-06-18 sold', 'is in again');
select is(t.do('t_head', 64, 'reservation', 'patch', :'l', '{"unit": "H-1", "price_per_night": "5"}'), 'applied', 'moved to a room of three');
select is(t.used(:'l'), '2026-06-15..2026-06-18 sold 2026-06-15..2026-06-18 sold 2026-06-15..2026-06-18 sold', 'on its beds');
select is(t.undo('t_head', 65, 64), 'applied', 'and back');
select is((select u.code || ' ' || price_per_night || ' ' || t.used(:'l') from domovoi.reservation r join domovoi.unit u on u.id = r.unit_id where r.id = :'l'), 'U1 1000000 2026-06-15..2026-06-18 sold', 'with its price');
select is(t.do('t_head', 66, 'reservation', 'patch', :'l', '{"unit": "H-1c"}'), 'applied', 'moved');
select is(t.do('t_head', 67, 'unit', 'action', 'U1', '{}', 'archive'), 'DM010', 'the unit has a stay to come');
select is(t.undo('t_head', 68, 66), 'applied', 'and back once more');

-- blocks
create table t.block as select x ->> 'record' as id from t.m('t_head', 70,
  '{"resource": "block", "kind": "create", "set": {"unit": "H-1a", "check_in": "2026-07-01", "check_out": "2026-07-05", "reason": "repair", "comment": "pipe"}}') x;
select id as b from t.block \gset
select t.row('block', :'b') as brow \gset
select is(t.undo('t_head', 71, 70), 'applied', 'a block that was a mistake');
select is(t.row('block', :'b'), null, 'is gone');
select is(t.undo('t_head', 72, 71), 'applied', 'and was none');
select is(t.row('block', :'b') - '{created_at}'::text[], :'brow'::jsonb - '{created_at}'::text[], 'the same block');
select is(t.do('t_head', 73, 'block', 'action', :'b', '{}', 'delete'), 'applied', 'deleted');
select is(t.undo('t_manager', 74, 73), 'DM005', 'not by a colleague');
select is(t.undo('t_head', 75, 73), 'applied', 'brought back');
select is(t.used(:'b'), '2026-07-01..2026-07-05', 'with its nights');
select is(t.do('t_head', 76, 'block', 'action', :'b', '{}', 'delete'), 'applied', 'deleted');
select is(t.do('t_head', 77, 'reservation', 'create', null, '{"unit": "H-1", "check_in": "2026-07-04", "check_out": "2026-07-06"}'), 'applied', 'somebody books the whole room');
select is(t.undo('t_head', 78, 76), 'DM004', 'then it stays deleted');
select is(t.do('t_head', 79, 'block', 'create', null, '{"unit": "U3", "check_in": "2026-07-01", "check_out": "2026-07-05", "reason": "repair"}'), 'applied', 'a block');
select is(t.do('t_head', 80, 'block', 'patch', (select id::text from domovoi.block where check_out = '2026-07-05' and unit_id = '00000000-0000-7000-8000-000000000103'), '{"check_out": "2026-07-09"}'), 'applied', 'longer');
select is(t.undo('t_head', 81, 80), 'applied', 'and as it was');

-- units: archive, restore, a new part, a move to another house
select is(t.undo('t_head', 88, 77), 'applied', 'nobody books the room after all');
select is(t.do('t_head', 89, 'unit', 'create', null, '{"code": "N", "title": "New flat"}'), 'applied', 'a new flat');
select domovoi.stock_of(901, array(select id from domovoi.unit where company_id = 901)) as stock \gset
create function t.stock() returns jsonb language sql as $$ select domovoi.stock_of(901, array(select id from domovoi.unit where company_id = 901 and archived_at is null)) $$;
select is(t.do('t_head', 90, 'unit', 'action', 'H-1b', '{}', 'archive'), 'applied', 'a bed is archived');
select isnt(t.stock(), :'stock'::jsonb, 'and off stock');
select is(t.undo('t_head', 91, 90), 'applied', 'it is needed');
select is(t.stock(), :'stock'::jsonb, 'and on offer as it was');
select is(t.undo('t_head', 92, 91), 'applied', 'redo');
select is(t.undo('t_head', 93, 92), 'applied', 'and undo');
select is(t.stock(), :'stock'::jsonb, 'all the same');
create table t.part as select x ->> 'record' as id from t.m('t_manager', 94, '{"resource": "unit", "kind": "create", "set": {"code": "N-A", "title": "Room of two", "parent": "N"}}') x;
select is((select count(*)::int from domovoi.unit_stock s join domovoi.unit u on u.id = s.unit_id where u.code = 'N' and upper_inf(in_stock)), 0, 'a divided flat is not on offer itself');
select is(t.undo('t_manager', 95, 94), 'applied', 'who may make a unit takes it back, without the right to archive');
select isnt((select archived_at from domovoi.unit where code = 'N-A'), null, 'it is archived');
select is(t.stock(), :'stock'::jsonb, 'and the flat is on offer as before');
select is(t.do('t_head', 96, 'unit', 'patch', 'U3', '{"parent": "H", "title": "Annex", "building": "B1"}'), 'applied', 'a flat becomes a part of the hostel');
select is(t.undo('t_head', 97, 96), 'applied', 'or not');
select is((select (title, parent_id, building_id, lock_id = id)::text from domovoi.unit where code = 'U3'), '("Flat three",,,t)', 'it stands for itself again');
select is(t.stock(), :'stock'::jsonb, 'on offer as before');

-- buildings, offers, people that were made
select is(t.do('t_head', 100, 'building', 'create', null, '{"code": "B9", "name": "Ninth"}'), 'applied', 'a building');
select is(t.undo('t_head', 101, 100), 'DM001', 'stays');
select is(t.do('t_head', 102, 'building', 'patch', 'B9', '{"name": "Nine"}'), 'applied', 'its name');
select is(t.undo('t_head', 103, 102), 'applied', 'does not');
select is(t.do('t_head', 104, 'offering', 'create', null, '{"unit": "U1", "mode": "slot", "price": "10"}'), 'applied', 'an offer');
select is(t.undo('t_head', 105, 104), 'applied', 'withdrawn');
select is((select status from domovoi.offering where mode = 'slot'), 'archived', 'is archived');
select is(t.do('t_realtor', 106, 'party', 'create', null, '{"name": "New guest"}'), 'applied', 'a guest');
select is(t.undo('t_realtor', 107, 106), 'applied', 'entered twice');
select is((select status from domovoi.party where name = 'New guest'), 'inactive', 'is inactive');
select is(t.undo('t_realtor', 108, 107), 'applied', 'and back');
select is((select status from domovoi.party where name = 'New guest'), 'active', 'is active');

-- rights as they are now
select is(t.do('t_realtor', 110, 'party', 'patch', :'p', '{"note": "by the agent"}'), 'applied', 'an agent edits a guest of his');
update domovoi.party set agent_id = t.id('t_realtor2'), version = version where id = :'p';
update domovoi.undo_image set version = (select version from domovoi.party where id = :'p') where mutation_id = t.mid(110)::uuid;
select is(t.undo('t_realtor', 111, 110), 'DM006', 'who is not his any more');
update domovoi.membership set role = 'auditor' where user_id = t.id('t_manager');
select is(t.do('t_head', 112, 'party', 'patch', :'p', '{"note": "x"}'), 'applied', 'a note');
update domovoi.undo_image set user_id = t.id('t_manager') where mutation_id = t.mid(112)::uuid;
select is(t.err('t_manager', 'select * from api.stay_offers limit 1'), 'ok', 'the manager is an auditor now');
select is(t.do('t_manager', 113, 'party', 'patch', :'p', '{"note": "y"}'), 'DM005', 'who changes nothing');
select is(t.m('t_head', 114, '{"resource": "reservation", "kind": "action", "record": "1", "action": "undo"}') ->> 'code', 'DM005', 'the way back is no action of anybody''s');

create table t.called_off as select t.m('t_head', 189,
  '{"resource": "reservation", "kind": "create", "set": {"unit": "U3", "check_in": "2027-04-01", "check_out": "2027-04-03"}}') ->> 'record' as id;
select is(t.m('t_head', 190, jsonb_build_object('record', (select id from t.called_off)) || '{"resource": "reservation", "kind": "action", "action": "cancel", "args": {"reason": " Undone"}}') ->> 'code',
  'DM007', 'only taking back says that a stay is undone');

-- the platform: a session over all companies writes to one of them, by the record
\set q '00000000-0000-7000-8000-000000000203'
\set x '00000000-0000-7000-8000-000000000109'
create table t.other as select t.row('party', :'q') as r;
select is(t.val('t_super', format('select outcome from act.preview(%L)', jsonb_build_array(jsonb_build_object('resource', 'party', 'kind', 'patch',
  'record', :'q', 'set', '{"note": "x"}'::jsonb)))), 'change', 'the platform looks what would happen at one company');
select is(t.row('party', :'q'), (select r from t.other), 'and nothing has');
select is(t.do('t_super', 200, 'party', 'patch', :'q', '{"note": "of the platform"}'), 'applied', 'it writes there');
select is(t.row('party', :'q') ->> 'note', 'of the platform', 'by the id alone');
select is(t.undo('t_head', 201, 200), 'DM005', 'which is nobody else''s to take back');
select is(t.undo('t_super', 202, 200), 'applied', 'it takes that back');
select is(t.row('party', :'q'), (select r from t.other), 'and all is as it was');
select is(t.undo('t_super', 203, 202), 'applied', 'again');
select is(t.undo('t_super', 204, 200), 'DM003', 'the first is an older change now');
select is(t.undo('t_super', 205, 203), 'applied', 'the last is the one that is taken back');
select is(t.row('party', :'q'), (select r from t.other), 'and so on');
create table t.far as select t.m('t_super', 206, jsonb_build_object('resource', 'reservation', 'kind', 'create', 'set',
  jsonb_build_object('unit', :'x', 'check_in', '2027-03-01', 'check_out', '2027-03-03'))) as m;
select is((select m ->> 'status' from t.far), 'applied', 'a stay is of its unit''s company');
select is(t.undo('t_super', 207, 206), 'applied', 'taken back');
select is((select company_id || ' ' || status || ' ' || cancelled_by from domovoi.reservation where id = (select (m ->> 'record')::uuid from t.far)), '902 cancelled platform',
  'by the platform');
select is(t.m('t_super', 208, '{"resource": "party", "kind": "create", "company": 902, "set": {"name": "New there"}}') ->> 'status', 'applied', 'a guest of a company that is named');
select is(t.undo('t_super', 209, 208), 'applied', 'is taken back');
select is((select company_id || ' ' || status from domovoi.party where name = 'New there'), '902 inactive', 'there');

-- what is kept is kept a day, and nobody reads it
set domovoi.now = '2026-06-18T09:00:00+05';
select t.do('t_head', 120 + n, 'party', 'patch', :'p', jsonb_build_object('note', n)) from generate_series(1, 60) n \g /dev/null
select cmp_ok((select count(*)::int from domovoi.undo_image where at < domovoi.now() - interval '1 day'), '=', 0, 'old images go by themselves');
select is(t.err('t_head', 'select * from domovoi.undo_image'), '42501', 'not for clients');
select is((select count(*)::int from domovoi.reservation r where r.company_id = 901 and (r.status in ('hold', 'confirmed', 'checked_in', 'completed'))
  <> exists (select from domovoi.occupancy o where o.company_id = 901 and o.source_id = r.id)), 0, 'occupancy has exactly the stays that use a unit');
select * from finish();
