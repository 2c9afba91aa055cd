-- Deposits (domain.md §3.5): their state follows from their sums, so every move is the system's.
insert into domovoi.fsm_state (machine, state, initial, final, sort) values
  ('deposit', 'required',      true,  false, 1),
  ('deposit', 'held',          false, false, 2),
  ('deposit', 'returned',      false, true,  3),
  ('deposit', 'part_returned', false, true,  4),
  ('deposit', 'forfeited',     false, true,  5),
  ('deposit', 'void',          false, true,  6)
on conflict (machine, state) do update
   set initial = excluded.initial, final = excluded.final, sort = excluded.sort;

insert into domovoi.fsm_transition (machine, from_state, to_state, action, permission, needs_reason, guard)
select 'deposit', f, t, a, null, n, null from (values
  ('required',      'held',          'receive',   false),
  ('required',      'void',          'drop',      false),
  ('held',          'required',      'take_back', false),
  ('held',          'void',          'drop',      false),
  ('held',          'returned',      'return',    false),
  ('held',          'part_returned', 'return',    false),
  ('held',          'forfeited',     'forfeit',   true),
  -- asked for anew, or a payment out of it was reversed
  ('void',          'required',      'ask',       false),
  ('returned',      'required',      'ask',       false),
  ('part_returned', 'required',      'ask',       false),
  ('forfeited',     'required',      'ask',       false),
  ('part_returned', 'held',          'reverse',   false),
  ('forfeited',     'held',          'reverse',   false)) v (f, t, a, n)
on conflict (machine, from_state, to_state) do update
   set action = excluded.action, permission = excluded.permission,
       needs_reason = excluded.needs_reason, guard = excluded.guard;
