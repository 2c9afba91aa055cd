-- Money: its state machines (domain.md §3.5), the words for expenses, and the settings that a company may override.
insert into domovoi.fsm_state (machine, state, initial, final, sort) values
  ('payment', 'recorded',  true,  false, 1),
  ('payment', 'succeeded', false, false, 2),
  ('payment', 'rejected',  false, true,  3),
  ('payment', 'reversed',  false, true,  4),
  ('refund',  'requested', true,  false, 1),
  ('refund',  'approved',  false, false, 2),
  ('refund',  'done',      false, true,  3),
  ('refund',  'failed',    false, false, 4),
  ('refund',  'rejected',  false, true,  5)
on conflict (machine, state) do update
   set initial = excluded.initial, final = excluded.final, sort = excluded.sort;

insert into domovoi.fsm_transition (machine, from_state, to_state, action, permission, needs_reason, guard) values
  ('payment', 'recorded',  'succeeded', 'confirm', 'payment.confirm', false, 'four_eyes'),
  ('payment', 'recorded',  'rejected',  'reject',  'payment.confirm', true,  null),
  ('payment', 'succeeded', 'reversed',  'reverse', 'refund.approve',  true,  'not_refunded'),
  ('refund',  'requested', 'approved',  'approve', 'refund.approve',  false, 'four_eyes'),
  ('refund',  'requested', 'rejected',  'reject',  'refund.approve',  true,  null),
  ('refund',  'approved',  'done',      'pay',     'refund.approve',  false, null),
  ('refund',  'approved',  'failed',    'fail',    'refund.approve',  true,  null),
  ('refund',  'failed',    'approved',  'retry',   'refund.approve',  false, null)
on conflict (machine, from_state, to_state) do update
   set action = excluded.action, permission = excluded.permission,
       needs_reason = excluded.needs_reason, guard = excluded.guard;
