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
  ('payment', 'recorded',  'succeeded', 'confirm', 'payment.confirm', false, 'other_confirms'),
  ('payment', 'recorded',  'rejected',  'reject',  'payment.confirm', true,  null),
  ('payment', 'succeeded', 'reversed',  'reverse', 'refund.approve',  true,  'not_refunded'),
  ('refund',  'requested', 'approved',  'approve', 'refund.approve',  false, 'other_approves'),
  ('refund',  'requested', 'rejected',  'reject',  'refund.approve',  true,  null),
  ('refund',  'approved',  'done',      'pay',     'refund.approve',  false, null),
  ('refund',  'approved',  'failed',    'fail',    'refund.approve',  true,  null),
  ('refund',  'failed',    'approved',  'retry',   'refund.approve',  false, null)
on conflict (machine, from_state, to_state) do update
   set action = excluded.action, permission = excluded.permission,
       needs_reason = excluded.needs_reason, guard = excluded.guard;

insert into domovoi.dict_item (kind, code, sort, names)
select 'expense_kind', code, row_number() over (order by ord)::int, jsonb_build_object('en', en, 'ru', ru, 'kk', kk)
  from (values
    (1, 'repair',     'Repair',             'Ремонт',                'Жөндеу'),
    (2, 'cleaning',   'Cleaning',           'Уборка',                'Тазалау'),
    (3, 'utilities',  'Utilities',          'Коммунальные услуги',   'Коммуналдық қызметтер'),
    (4, 'furniture',  'Furniture',          'Мебель',                'Жиһаз'),
    (5, 'appliances', 'Appliances',         'Бытовая техника',       'Тұрмыстық техника'),
    (6, 'supplies',   'Supplies',           'Расходные материалы',   'Шығын материалдары'),
    (7, 'tax',        'Tax',                'Налог',                 'Салық'),
    (8, 'insurance',  'Insurance',          'Страхование',           'Сақтандыру'),
    (9, 'advertising', 'Advertising',       'Реклама',               'Жарнама'),
    (10, 'purchase',  'Purchase of the unit', 'Покупка объекта',     'Нысанды сатып алу'),
    (11, 'other',     'Other',              'Другое',                'Басқа')) v (ord, code, en, ru, kk)
on conflict (kind, code) do update
   set names = excluded.names || dict_item.names, sort = excluded.sort;

-- four_eyes_minor: {"KZT": 10000000}; without a currency's limit every refund needs a second person, no payment does
insert into domovoi.setting (company_id, key, value) values
  (null, 'four_eyes_minor', '{}'), (null, 'payment_mismatch_bp', '500'), (null, 'provider_fee_bp', '250'),
  (null, 'fee_bearer', '"platform"'), (null, 'payment_failures', '5'), (null, 'payment_block_minutes', '15')
on conflict do nothing;

insert into domovoi.commission_rule (company_id, kind, bp, valid)
select null, k, 1000, '(,)' from unnest(array['platform', 'agent']) k
 where not exists (select from domovoi.commission_rule r where r.company_id is null and r.kind = k);
