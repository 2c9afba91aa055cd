-- Portfolio: the machine of listings (domain.md §3.5) and its words.
insert into domovoi.fsm_state (machine, state, initial, final, sort) values
  ('offering.listing', 'draft',      true,  false, 1),
  ('offering.listing', 'moderation', false, false, 2),
  ('offering.listing', 'active',     true,  false, 3), -- a new unit is on offer by the night at once
  ('offering.listing', 'rejected',   false, false, 4),
  ('offering.listing', 'inactive',   false, false, 5),
  ('offering.listing', 'blocked',    false, false, 6),
  ('offering.listing', 'archived',   false, true,  7)
on conflict (machine, state) do update
   set initial = excluded.initial, final = excluded.final, sort = excluded.sort;

insert into domovoi.fsm_transition (machine, from_state, to_state, action, permission, needs_reason, guard) values
  ('offering.listing', 'draft',      'moderation', 'submit',     'unit.publish',     false, 'listing_review'),
  ('offering.listing', 'draft',      'active',     'publish',    'unit.publish',     false, 'listing_direct'),
  ('offering.listing', 'moderation', 'active',     'approve',    'listing.moderate', false, 'listing_ready'),
  ('offering.listing', 'moderation', 'rejected',   'reject',     'listing.moderate', true,  null),
  ('offering.listing', 'rejected',   'draft',      'rework',     'unit.publish',     false, null),
  ('offering.listing', 'active',     'inactive',   'deactivate', 'unit.deactivate',  true,  null),
  ('offering.listing', 'inactive',   'active',     'activate',   'unit.publish',     false, 'unit_lives'),
  ('offering.listing', 'active',     'blocked',    'block',      'listing.moderate', true,  null),
  ('offering.listing', 'blocked',    'active',     'unblock',    'listing.moderate', false, 'unit_lives'),
  ('offering.listing', 'inactive',   'archived',   'archive',    'unit.archive',     false, 'listing_unused'),
  -- the way back, for domovoi.apply_undo alone
  ('offering.listing', 'moderation', 'draft',      'undo',       null,               false, null),
  ('offering.listing', 'active',     'draft',      'undo',       null,               false, null),
  ('offering.listing', 'active',     'moderation', 'undo',       null,               false, null),
  ('offering.listing', 'rejected',   'moderation', 'undo',       null,               false, null),
  ('offering.listing', 'draft',      'rejected',   'undo',       null,               false, null),
  ('offering.listing', 'archived',   'inactive',   'undo',       null,               false, null),
  ('offering.listing', 'draft',      'archived',   'undo',       null,               false, null),
  ('offering.listing', 'active',     'archived',   'undo',       null,               false, null)
on conflict (machine, from_state, to_state) do update
   set action = excluded.action, permission = excluded.permission,
       needs_reason = excluded.needs_reason, guard = excluded.guard;

insert into domovoi.dict_item (kind, code, sort, names)
select kind, code, row_number() over (partition by kind order by ord)::int,
       jsonb_build_object('en', en, 'ru', ru, 'kk', kk)
  from (values
    (10, 'amenity', 'wifi',            'Wi-Fi',             'Wi-Fi',                  'Wi-Fi'),
    (11, 'amenity', 'kitchen',         'Kitchen',           'Кухня',                  'Ас үй'),
    (12, 'amenity', 'washing_machine', 'Washing machine',   'Стиральная машина',      'Кір жуғыш машина'),
    (13, 'amenity', 'dishwasher',      'Dishwasher',        'Посудомоечная машина',   'Ыдыс жуғыш машина'),
    (14, 'amenity', 'tv',              'Television',        'Телевизор',              'Теледидар'),
    (15, 'amenity', 'air_conditioner', 'Air conditioning',  'Кондиционер',            'Кондиционер'),
    (16, 'amenity', 'heating',         'Heating',           'Отопление',              'Жылыту'),
    (17, 'amenity', 'hair_dryer',      'Hair dryer',        'Фен',                    'Шаш кептіргіш'),
    (18, 'amenity', 'parking',         'Parking',           'Парковка',               'Көлік тұрағы'),
    (19, 'amenity', 'elevator',        'Lift',              'Лифт',                   'Лифт'),
    (20, 'amenity', 'balcony',         'Balcony',           'Балкон',                 'Балкон'),
    (21, 'amenity', 'children',        'Children welcome',  'Можно с детьми',         'Балалармен болады'),
    (22, 'amenity', 'pets',            'Pets welcome',      'Можно с питомцами',      'Үй жануарларымен болады'),
    (23, 'amenity', 'smoking',         'Smoking allowed',   'Можно курить',           'Темекі шегуге болады'),
    (24, 'amenity', 'soundproof',      'Soundproof',        'Шумоизоляция',           'Дыбыс оқшаулау'),
    (25, 'amenity', 'workplace',       'Desk to work at',   'Рабочее место',          'Жұмыс орны'),

    (40, 'deactivate_reason', 'repair',   'Repair',              'Ремонт',                 'Жөндеу'),
    (41, 'deactivate_reason', 'personal', 'Personal use',        'Личное использование',   'Жеке пайдалану'),
    (42, 'deactivate_reason', 'season',   'Closed for the season', 'Сезонное закрытие',    'Маусымдық жабылу'),
    (43, 'deactivate_reason', 'sale',     'Sale',                'Продажа',                'Сату'),
    (44, 'deactivate_reason', 'other',    'Other',               'Другое',                 'Басқа')
  ) v (ord, kind, code, en, ru, kk)
on conflict (kind, code) do update set names = excluded.names || dict_item.names, sort = excluded.sort;
