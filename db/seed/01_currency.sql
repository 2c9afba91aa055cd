-- Currencies and their minor digits (ISO 4217). Amounts are stored in minor units, so a digit here is never
-- changed once money exists in that currency: a conflict keeps the stored row.
insert into domovoi.currency (code, digits) values
  ('KZT', 2), ('RUB', 2), ('UZS', 2), ('KGS', 2), ('TJS', 2), ('TMT', 2), ('AZN', 2), ('AMD', 2), ('GEL', 2),
  ('BYN', 2), ('UAH', 2), ('MDL', 2), ('MNT', 2), ('EUR', 2), ('USD', 2), ('GBP', 2), ('CHF', 2), ('PLN', 2),
  ('CZK', 2), ('HUF', 2), ('RON', 2), ('RSD', 2), ('BGN', 2), ('SEK', 2), ('NOK', 2), ('DKK', 2), ('TRY', 2),
  ('ILS', 2), ('AED', 2), ('SAR', 2), ('QAR', 2), ('KWD', 3), ('BHD', 3), ('OMR', 3), ('JOD', 3), ('TND', 3),
  ('INR', 2), ('PKR', 2), ('CNY', 2), ('HKD', 2), ('SGD', 2), ('THB', 2), ('IDR', 2), ('MYR', 2), ('JPY', 0),
  ('KRW', 0), ('VND', 0), ('ISK', 0), ('CLP', 0), ('AUD', 2), ('NZD', 2), ('CAD', 2), ('MXN', 2), ('BRL', 2),
  ('ZAR', 2), ('EGP', 2)
on conflict (code) do nothing;
