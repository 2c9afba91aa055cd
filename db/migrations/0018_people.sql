-- People (domain.md §1.1 S0.10, §3.3 G2): personal data apart from the record, what somebody is to the company, the black
-- list, duplicates and their merge, erasure.

set local role domovoi_owner;

-- ---- personal data (DESIGN §4) ---------------------------------------------------------------------------------

-- No policy but the rules': written by set_pii, read by reveal_pii, which logs first. It is in no view, no list, no
-- export, no outcome of a mutation, no undo image and no replica.
create table domovoi.party_pii (
  company_id  int not null,
  party_id    uuid not null,
  birth_date  date check (birth_date > '1850-01-01'),
  passport    text check (length(passport) <= 200),
  employment  text check (length(employment) <= 1000),
  emergency   text check (length(emergency) <= 1000),    -- whom to call
  version     int not null default 1,
  updated_at  timestamptz not null default now(),
  updated_by  uuid,
  primary key (company_id, party_id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id)
);

do $$ begin
  perform domovoi.protect('domovoi.party_pii', 'closed');
end $$;

reset role;
set local role domovoi_rules;

-- Full years by the calendar (S0.10; the seed's days / 365.25 refuses people on their 18th birthday). Who was born on
-- 29 February grows older on 1 March of a common year: the day after the 28th is the first on which the year is full.
create function domovoi.age_on(p_born date, p_on date) returns int
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
begin
  return extract(year from p_on)::int - extract(year from p_born)::int
    - case when to_char(p_on, 'MMDD') < to_char(p_born, 'MMDD') then 1 else 0 end;
end $$;

-- Of age on that day? Null where nobody has told the birth date.
create function domovoi.is_adult(p_company int, p_party uuid, p_on date) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select domovoi.age_on(x.birth_date, p_on) >= 18 from domovoi.party_pii x
    where x.company_id = p_company and x.party_id = p_party); end $$;

reset role;
