-- The machine of an agreement as data (domain.md §3.5): who (permission), guard, reason; what it does is
-- domovoi.agreement_do_<action>. Without a permission: the system's.
insert into domovoi.fsm_state (machine, state, initial, final, sort) values
  ('agreement', 'draft',      true,  false, 1),
  ('agreement', 'active',     false, false, 2),
  ('agreement', 'notice',     false, false, 3),
  ('agreement', 'expired',    false, false, 4),
  ('agreement', 'terminated', false, true,  5),
  ('agreement', 'void',       false, true,  6)
on conflict (machine, state) do update
   set initial = excluded.initial, final = excluded.final, sort = excluded.sort;

insert into domovoi.fsm_transition (machine, from_state, to_state, action, permission, needs_reason, guard) values
  ('agreement', 'draft',   'active',     'sign',            'agreement.sign',      false, 'may_sign'),
  ('agreement', 'draft',   'void',       'void',            'agreement.edit',      false, null),
  ('agreement', 'active',  'notice',     'give_notice',     'agreement.terminate', true,  null),
  ('agreement', 'notice',  'active',     'withdraw_notice', 'agreement.terminate', false, null),
  ('agreement', 'active',  'terminated', 'terminate',       'agreement.terminate', true,  null),
  ('agreement', 'notice',  'terminated', 'terminate',       'agreement.terminate', true,  null),
  ('agreement', 'active',  'expired',    'expire',          null,                  false, 'ended'),
  ('agreement', 'notice',  'expired',    'expire',          null,                  false, 'ended'),
  ('agreement', 'expired', 'active',     'renew',           'agreement.sign',      false, 'may_renew'),
  ('agreement', 'void',    'draft',      'undo',            null,                  false, null)
on conflict (machine, from_state, to_state) do update
   set action = excluded.action, permission = excluded.permission,
       needs_reason = excluded.needs_reason, guard = excluded.guard;
