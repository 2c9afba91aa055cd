-- State machines as data (domain.md §3.5). A transition without a permission belongs to the system alone. Guards
-- are names that the rule functions know; an unknown one refuses.
insert into domovoi.fsm_state (machine, state, initial, final, sort) values
  ('reservation.stay', 'hold',       true,  false, 1),
  ('reservation.stay', 'confirmed',  false, false, 2),
  ('reservation.stay', 'checked_in', false, false, 3),
  ('reservation.stay', 'completed',  false, true,  4),
  ('reservation.stay', 'cancelled',  false, true,  5),
  ('reservation.stay', 'no_show',    false, true,  6),
  ('reservation.stay', 'expired',    false, true,  7)
on conflict (machine, state) do update
   set initial = excluded.initial, final = excluded.final, sort = excluded.sort;

insert into domovoi.fsm_transition (machine, from_state, to_state, action, permission, needs_reason, guard) values
  ('reservation.stay', 'hold',       'confirmed',  'confirm',   'reservation.confirm',  false, 'hold_valid'),
  ('reservation.stay', 'hold',       'cancelled',  'cancel',    'reservation.cancel',   true,  null),
  ('reservation.stay', 'hold',       'expired',    'expire',    null,                   false, 'hold_lapsed'),
  ('reservation.stay', 'confirmed',  'checked_in', 'check_in',  'reservation.checkin',  false, 'arrival_day'),
  ('reservation.stay', 'confirmed',  'cancelled',  'cancel',    'reservation.cancel',   true,  null),
  ('reservation.stay', 'confirmed',  'no_show',    'no_show',   'reservation.no_show',  true,  'after_arrival_day'),
  ('reservation.stay', 'checked_in', 'completed',  'check_out', 'reservation.checkout', false, null),
  -- the way back, for domovoi.apply_undo alone
  ('reservation.stay', 'confirmed',  'hold',       'undo',      null,                   false, null),
  ('reservation.stay', 'cancelled',  'hold',       'undo',      null,                   false, null),
  ('reservation.stay', 'cancelled',  'confirmed',  'undo',      null,                   false, null),
  ('reservation.stay', 'checked_in', 'confirmed',  'undo',      null,                   false, null),
  ('reservation.stay', 'no_show',    'confirmed',  'undo',      null,                   false, null),
  ('reservation.stay', 'completed',  'checked_in', 'undo',      null,                   false, null)
on conflict (machine, from_state, to_state) do update
   set action = excluded.action, permission = excluded.permission,
       needs_reason = excluded.needs_reason, guard = excluded.guard;
