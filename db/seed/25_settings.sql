-- What can be set (domain.md §1.7 K1–K12, §1.2 S1.62, S1.65): the shipped value, its bounds, where it may differ. A value
-- that somebody set is a row of domovoi.setting and stays; bounds and words follow the program.
insert into domovoi.setting_def (key, type, fallback, least, most, choices, scopes, title, source, sort) values
  ('hold_minutes',          'int',  '15',      1, 10080, null, '{platform,company}', 'Minutes an unpaid hold lasts when made online', 'K4', 10),
  ('hold_minutes_manual',   'int',  '1440',    1, 43200, null, '{platform,company}', 'Minutes an unpaid hold lasts when made by staff', 'K4', 11),
  ('undo_minutes',          'int',  '10',      0, 1440,  null, '{platform,company}', 'Minutes a change may be taken back', null, 12),
  ('auto_check_in',         'bool', 'false',   null, null, null, '{platform,company}', 'Check guests in by themselves on the arrival day', 'K10', 13),
  ('auto_check_out',        'bool', 'false',   null, null, null, '{platform,company}', 'Check guests out by themselves on the departure day', 'K10', 14),
  ('auto_check_out_minute', 'int',  '720',     0, 1439,  null, '{platform,company}', 'Minute of the day at which that happens', 'K10', 15),
  ('prepayment_bp',         'bp',   '10000',   0, 10000, null, '{platform,company}', 'Part of a stay to be paid before it is confirmed', null, 16),
  ('service_fee_bp',        'bp',   '0',       0, 5000,  null, '{platform,company}', 'Service fee that the guest pays', 'K12', 17),
  ('cancel_policy',         'word', '"default_24_12"', null, null, null, '{platform,company}', 'Refund policy of units that name none', 'K5', 18),
  ('refund_unused_bp',      'bp',   '0',       0, 10000, null, '{platform,company}', 'Part of unused nights given back on early departure', 'K9', 19),
  ('moderation',            'bool', 'false',   null, null, null, '{platform,company}', 'Listings are approved before they go on offer', 'K7', 30),
  ('photos_required',       'bool', 'false',   null, null, null, '{platform,company}', 'A listing needs its photos to go on offer', 'K3', 31),
  ('photos_min',            'int',  '3',       0, 50,    null, '{platform,company}', 'Photos that a listing needs', 'K3', 32),
  ('photos_max',            'int',  '6',       1, 100,   null, '{platform,company}', 'Photos that a listing may have', 'K3', 33),
  ('photo_max_bytes',       'int',  '7340032', 10240, 104857600, null, '{platform,company}', 'Largest photo, in bytes', 'K3', 34),
  ('unit_limit',            'int',  '0',       0, 1000000, null, '{platform,company}', 'Units that a company may have (0: no limit)', 'S1.62', 40),
  ('agent_limit',           'int',  '0',       0, 100000, null, '{platform,company}', 'Agents that a company may have (0: no limit)', 'S1.62', 41),
  ('auto_charges',          'bool', 'false',   null, null, null, '{platform,company}', 'Charge each month by itself', 'A23', 45),
  ('charge_day',            'int',  '1',       1, 31,    null, '{platform,company}', 'Day of the month on which that happens', 'A23', 46),
  ('auto_late_fees',        'bool', 'false',   null, null, null, '{platform,company}', 'Charge late fees each day by themselves', 'A24', 47),
  ('auto_indexation',       'bool', 'false',   null, null, null, '{platform,company}', 'Index rents by themselves in their month', 'S4', 48),
  ('four_eyes_minor',       'amounts', '{}',   null, null, null, '{platform,company}', 'Amount above which a second person confirms or approves', '§3.6', 50),
  ('payment_mismatch_bp',   'bp',   '500',     0, 10000, null, '{platform,company}', 'Difference of a payment that is still accepted', null, 51),
  ('payment_failures',      'int',  '5',       1, 100,   null, '{platform,company}', 'Failed payments before a pause', null, 52),
  ('payment_block_minutes', 'int',  '15',      1, 1440,  null, '{platform,company}', 'Minutes of that pause', null, 53),
  ('provider_fee_bp',       'bp',   '250',     0, 10000, null, '{platform,company}', 'What the payment provider keeps', 'K2', 54),
  ('fee_bearer',            'choice', '"platform"', null, null, '{platform,company}', '{platform,company}', 'Who bears it', 'K2', 55)
on conflict (key) do update set type = excluded.type, fallback = excluded.fallback, least = excluded.least, most = excluded.most,
  choices = excluded.choices, scopes = excluded.scopes, title = excluded.title, source = excluded.source, sort = excluded.sort;

insert into domovoi.dict_item (kind, code, sort, names)
select 'leave_reason', code, n::int, jsonb_build_object('en', en, 'ru', ru, 'kk', kk)
  from (values -- S1.61
    (1, 'low_activity', 'Low activity',    'Низкая активность', 'Белсенділігі төмен'),
    (2, 'bad_reviews',  'Bad reviews',     'Плохие отзывы',     'Нашар пікірлер'),
    (3, 'broke_rules',  'Broke the rules', 'Нарушение правил',  'Ережені бұзды'),
    (4, 'dismissed',    'Dismissed',       'Уволен',            'Жұмыстан шықты'),
    (5, 'other',        'Other',           'Другое',            'Басқа')) v (n, code, en, ru, kk)
on conflict (kind, code) do update set names = excluded.names || dict_item.names;
-- other spellings that a dictionary was shipped with (K15); what somebody wrote stays
update domovoi.dict_item d set aliases = array(select jsonb_array_elements_text(d.meta -> 'aliases'))
 where d.meta ? 'aliases' and d.aliases = '{}';
