-- People (domain.md §1.1 S0.10, §3.3 G2): personal data apart from the record, what somebody is to the company, the
-- black list, duplicates and their merge, erasure.

-- a table of the owner folds names
set local role domovoi_rules;
grant execute on function domovoi.fold to domovoi_owner;
reset role;
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

-- Who looked at personal data, who tried to, who wrote them. A value is shown only to an access whose row here is
-- committed (act.pii_of): nobody looks and then rolls the trace back.
create table domovoi.pii_access (
  company_id  int not null,
  id          bigint generated always as identity,
  party_id    uuid not null,
  what        text not null check (what in ('reveal', 'set')),
  granted     boolean not null,
  reason      text,
  by_user     uuid not null,
  at          timestamptz not null,
  xid         xid8 not null default pg_current_xact_id(),
  agent_id    uuid,                                      -- of the party, then
  primary key (company_id, id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id)
);
create index on domovoi.pii_access (company_id, party_id, id);

-- ---- the record itself -----------------------------------------------------------------------------------------

alter table domovoi.party drop constraint party_status_check;
alter table domovoi.party add constraint party_status_check
  check (status in ('active', 'inactive', 'blacklisted', 'merged', 'erased'));
-- e-mail and phone are not unique, though domain.md G2 says so: imports and families share them, and a refused row
-- helps nobody. Who has the same is reported as a suspect (report.duplicates), and merged by hand.
alter table domovoi.party
  add column status_reason text,
  add column merged_into uuid,
  add column contact_by text check (contact_by in ('phone', 'email', 'whatsapp', 'telegram')),
  add column marketing text check (marketing in ('yes', 'no')), -- null: never asked
  add column rating smallint check (rating between 1 and 5),
  add column referrer_id uuid,
  -- the name as it is compared: folding a million names anew takes minutes (the audit masks whatever is called pii_…)
  add column pii_name text collate "C" generated always as (domovoi.fold(name)) stored,
  add constraint party_merged_into_fkey foreign key (company_id, merged_into) references domovoi.party (company_id, id),
  add constraint party_referrer_fkey foreign key (company_id, referrer_id) references domovoi.party (company_id, id),
  add constraint party_merged_check check ((status = 'merged') = (merged_into is not null) and merged_into <> id),
  add constraint party_no_own_referrer_check check (referrer_id <> id);
create index on domovoi.party (company_id, merged_into) where merged_into is not null;
create index on domovoi.party (company_id, referrer_id) where referrer_id is not null;
create index on domovoi.party (company_id, phone, id) where phone is not null;
create index party_email_key on domovoi.party (company_id, (lower(email) collate "C"), id) where email is not null;
create index party_pii_name on domovoi.party (company_id, pii_name, id) include (phone)
  where status not in ('merged', 'erased');
create index on domovoi.party_pii (company_id, birth_date, party_id) where birth_date is not null;

-- What somebody is to the company, since when and until when (half-open). Guests and tenants become so by themselves.
create table domovoi.party_role (
  company_id  int not null,
  party_id    uuid not null,
  role        text not null check (role in ('tenant', 'guest', 'buyer', 'resident', 'member', 'owner', 'vendor')),
  since       date not null,
  until       date,
  agent_id    uuid,                                      -- the party's
  primary key (company_id, party_id, role, since),
  foreign key (company_id, party_id) references domovoi.party (company_id, id),
  check (since <= until)
);
create unique index party_role_now on domovoi.party_role (company_id, party_id, role) where until is null;
create index on domovoi.party_role (company_id, role, party_id) where until is null;
create index on domovoi.party_role (company_id, agent_id, role, party_id) where until is null;

create table domovoi.party_merge (
  company_id   int not null,
  id           bigint generated always as identity,
  survivor_id  uuid not null,
  merged_id    uuid not null,
  moved        jsonb not null,                           -- ids and names of fields, nothing that anybody wrote
  by_user      uuid,
  at           timestamptz not null,
  undone_at    timestamptz,
  undone_by    uuid,
  primary key (company_id, id),
  foreign key (company_id, survivor_id) references domovoi.party (company_id, id),
  foreign key (company_id, merged_id) references domovoi.party (company_id, id)
);
create index on domovoi.party_merge (company_id, survivor_id, id);
create unique index on domovoi.party_merge (company_id, merged_id) where undone_at is null;

create table domovoi.party_erasure (
  company_id  int not null,
  id          bigint generated always as identity,
  party_id    uuid not null,
  basis       text not null,
  by_user     uuid,
  at          timestamptz not null,
  primary key (company_id, id),
  foreign key (company_id, party_id) references domovoi.party (company_id, id)
);

do $$ begin
  perform domovoi.protect('domovoi.party_pii', 'closed');
  perform domovoi.protect('domovoi.pii_access', 'company', 'audit.view');
  perform domovoi.protect('domovoi.party_role', 'party', 'party.view');
  perform domovoi.protect('domovoi.party_merge', 'closed');
  perform domovoi.protect('domovoi.party_erasure', 'closed');
end $$;

insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import) values
  ('party', 11, 'contact_by', 'contact_by', 'text', true, true, true),
  ('party', 12, 'marketing', 'marketing', 'text', true, true, true),
  ('party', 13, 'rating', 'rating', 'int', true, true, true),
  ('party', 14, 'referrer', 'referrer_id', 'party', true, true, true);

reset role;
revoke update, delete, truncate on domovoi.pii_access, domovoi.party_erasure from domovoi_rules;
revoke delete, truncate on domovoi.party_merge from domovoi_rules;
set local role domovoi_rules;

insert into domovoi.record_action (resource, action, permission, needs_reason, states, sort) values
  ('party', 'add_role',    'party.edit',     false, '{active,inactive,blacklisted}', 1),
  ('party', 'remove_role', 'party.edit',     false, '{active,inactive,blacklisted}', 2),
  ('party', 'set_pii',     'party.edit_pii', false, '{active,inactive,blacklisted}', 3),
  ('party', 'reveal_pii',  'party.view_pii', true,  '{active,inactive,blacklisted}', 4),
  ('party', 'ban',         'party.ban',      true,  '{active,inactive}', 5),
  ('party', 'unban',       'party.ban',      true,  '{blacklisted}', 6),
  ('party', 'merge',       'party.merge',    false, '{active,inactive,blacklisted}', 7),
  ('party', 'unmerge',     'party.merge',    false, '{active,inactive,blacklisted}', 8),
  ('party', 'erase',       'party.erase',    true,  '{active,inactive,blacklisted}', 9);

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

-- ---- changed by everybody who edits people ---------------------------------------------------------------------

-- Texts that a person is reached by. Said here and not by a CHECK: what is there already stays until it is touched.
create function domovoi.check_contacts(r domovoi.party, was domovoi.party) returns void
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if r.email is distinct from was.email and r.email !~ '^[^@[:space:]]+@[^@[:space:].]+(\.[^@[:space:].]+)+$' then
    perform domovoi.fail('DM007', 'This is not an e-mail address.', 'email', null, 'Like name@example.com.');
  elsif r.phone is distinct from was.phone and r.phone !~ '^\+[1-9]\d{6,14}$' then -- E.164
    perform domovoi.fail('DM007', 'The value is not valid.', 'phone', null, 'Like +77011234567.');
  end if;
end $$;

-- As in 0003, and contacts have a form.
create or replace function domovoi.party_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  new.updated_at := domovoi.now();
  if tg_op = 'UPDATE' or new.updated_by is null then new.updated_by := domovoi.my_user(); end if;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1; new.no := old.no; new.created_at := old.created_at; new.created_by :=
      old.created_by;
    perform domovoi.check_contacts(new, old);
  else
    new.no := coalesce(new.no, domovoi.next_no(new.company_id, 'party'));
    new.version := 1; new.created_at := new.updated_at; new.created_by := new.updated_by;
    perform domovoi.check_contacts(new, null);
  end if;
  return new;
end $$;

-- The words that a person is found by: his own, and those of the records merged into his; the merged and the erased
-- are not found themselves.
create function domovoi.put_tokens(p domovoi.party) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  delete from domovoi.party_token t where t.company_id = p.company_id and t.party_id = p.id;
  if p.status in ('merged', 'erased') then return; end if;
  insert into domovoi.party_token (company_id, token, party_id, agent_id, contact)
    with recursive same as (
      select p.id, p.no, p.name, p.phone, p.email, p.external_id
      union all
      select x.id, x.no, x.name, x.phone, x.email, x.external_id
        from same s join domovoi.party x on x.company_id = p.company_id and x.merged_into = s.id
    )
    select p.company_id, w, p.id, p.agent_id, bool_and(t.contact) from same s cross join lateral (
      select w, false from domovoi.words(concat_ws(' ', s.name, s.no, s.external_id)) w
      union all select w, true from domovoi.phone_tails(s.phone) w
      union all select domovoi.fold(s.email), true where s.email is not null) t(w, contact)
    group by w;
end $$;

-- As in 0003, and states leave their trace.
create or replace function domovoi.party_after() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if tg_op = 'INSERT' then
    -- no other record can be merged into this one yet: the short way, for imports
    insert into domovoi.party_token (company_id, token, party_id, agent_id, contact)
      select new.company_id, w, new.id, new.agent_id, bool_and(contact) from (
        select w, false from domovoi.words(concat_ws(' ', new.name, new.no, new.external_id)) w
        union all select w, true from domovoi.phone_tails(new.phone) w
        union all select domovoi.fold(new.email), true where new.email is not null) t(w, contact)
      group by w;
  elsif (new.name, new.phone, new.email, new.external_id, new.status) is distinct from (old.name, old.phone, old.email,
      old.external_id, old.status) then
    perform domovoi.put_tokens(new);
  end if;
  if tg_op = 'UPDATE' and new.agent_id is distinct from old.agent_id then
    update domovoi.party_token t set agent_id = new.agent_id where t.company_id = new.company_id
      and t.party_id = new.id;
    update domovoi.party_role t set agent_id = new.agent_id where t.company_id = new.company_id
      and t.party_id = new.id;
  end if;
  if tg_op = 'UPDATE' and new.status <> old.status then
    insert into domovoi.status_event (company_id, machine, record_id, from_state, to_state, reason, by_user, at)
    values (new.company_id, 'party', new.id, old.status, new.status, new.status_reason, new.updated_by, domovoi.now());
  end if;
  perform domovoi.log_change(new.company_id, 'party', new.id, tg_op, new.version,
    case when tg_op = 'UPDATE' then domovoi.keys_of(old) end, domovoi.keys_of(new));
  return null;
end $$;

-- The black list has a permission and a reason of its own; the other states are somebody's doing, not a field.
create function domovoi.check_party_status(p_old text, p_new text) returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_new in ('merged', 'erased') or p_new is null then
    perform domovoi.fail('DM007', 'The value is not valid.', 'status', p_new);
  elsif 'blacklisted' in (p_old, p_new) and p_old is null then
    perform domovoi.require('party.ban');
  elsif 'blacklisted' in (p_old, p_new) then
    perform domovoi.fail('DM007', 'The black list is not a field.', 'status', p_new, 'Use ban and unban.');
  end if;
end $$;

-- As in 0004, with the fields of this file.
create or replace function domovoi.create_party(p_company int, p_id uuid, s jsonb) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.party := jsonb_populate_record(null::domovoi.party, s); m record := domovoi.me();
begin
  perform domovoi.must_have(s, 'name');
  if m.scope = 'own' then r.agent_id := coalesce(r.agent_id, m.user_id); end if;
  if r.status is not null then perform domovoi.check_party_status(null, r.status); end if;
  insert into domovoi.party (company_id, id, no, kind, name, phone, email, language, country, status, note,
    agent_id, external_id, contact_by, marketing, rating, referrer_id, updated_by)
    values (p_company, p_id, r.no, coalesce(r.kind, 'person'), r.name, r.phone, r.email, r.language, r.country,
      coalesce(r.status, 'active'), r.note, r.agent_id, r.external_id, r.contact_by, r.marketing, r.rating,
      r.referrer_id, m.user_id);
  return p_id;
end $$;

create or replace function domovoi.patch_party(p_company int, p_id uuid, p_base int, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.party; old domovoi.party; s jsonb; m record := domovoi.me();
begin
  select * into old from domovoi.party p where p.company_id = p_company and p.id = p_id for no key update;
  perform domovoi.check_version(p_base, old.version);
  if old.status in ('merged', 'erased') then perform domovoi.say_gone(old.status); end if;
  s := domovoi.read_set('party', p_company, p_set, 'patch', null);
  if s = '{}' then return; end if;
  r := jsonb_populate_record(old, s);
  if r.status is distinct from old.status then perform domovoi.check_party_status(old.status, r.status); end if;
  if m.scope = 'own' then perform domovoi.must_reach(p_company, r.agent_id, null, null); end if;
  update domovoi.party p set kind = r.kind, name = r.name, phone = r.phone, email = r.email, language = r.language,
    country = r.country, status = r.status, note = r.note, agent_id = r.agent_id, contact_by = r.contact_by,
    marketing = r.marketing, rating = r.rating, referrer_id = r.referrer_id
    where p.company_id = p_company and p.id = p_id;
end $$;

create function domovoi.say_gone(p_status text) returns void
  language plpgsql immutable set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_status = 'erased' then perform domovoi.fail('DM001', 'This person has been erased.', 'status');
  else perform domovoi.fail('DM001', 'This record is merged into another one.', 'status'); end if;
end $$;

-- Taking back. A merge is taken back whole (and made again by redo); of everything else the row says what it was.
create or replace function domovoi.restore_party(p_company int, p_id uuid, p_now jsonb, p_old jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r domovoi.party := jsonb_populate_record(null::domovoi.party,
  coalesce(p_old, p_now || '{"status": "inactive"}'));
begin
  if p_now ->> 'status' = 'merged' then
    perform domovoi.unmerge(p_company, p_id);
  elsif r.status = 'merged' then
    perform domovoi.merge(p_company, p_id, r.merged_into);
  else
    update domovoi.party p set kind = r.kind, name = r.name, phone = r.phone, email = r.email, language = r.language,
        country = r.country, status = r.status, status_reason = r.status_reason, note = r.note, agent_id = r.agent_id,
        contact_by = r.contact_by, marketing = r.marketing, rating = r.rating, referrer_id = r.referrer_id
      where p.company_id = p_company and p.id = p_id;
  end if;
end $$;

-- An image of a party is kept only of what is in its row: an action that changed something else (a role, personal data)
-- has nothing to put back there, and must not look as if it had. Nothing is kept of an erasure.
create function domovoi.undo_image_before() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare now jsonb := domovoi.row_of('party', new.company_id, new.record_id);
begin
  if new.permission = 'party.erase'
      or new.permission = 'party.merge' and new.old ->> 'status' <> 'merged' and now ->> 'status' <> 'merged' -- unmerge
      or domovoi.same_row(new.old, now) then
    return null;
  end if;
  return new;
end $$;

-- ---- personal data: written, revealed -------------------------------------------------------------------------

-- No message and no detail here repeats a value: refusals are kept for ever (domovoi.mutation).
create function domovoi.set_pii(p_company int, p_id uuid, p_args jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  x domovoi.party_pii; f text; v text;
  known constant text[] := '{birth_date,passport,employment,emergency}';
begin
  select * into x from domovoi.party_pii y where y.company_id = p_company and y.party_id = p_id;
  foreach f in array array(select jsonb_object_keys(p_args)) loop
    v := nullif(trim(p_args ->> f), '');
    if f <> all (known) then
      perform domovoi.fail('DM007', 'There is no such field.', f);
    elsif v ~ '[\x01-\x1f\x7f\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]'
        or length(v) > (case f when 'passport' then 200 else 1000 end) then
      perform domovoi.fail('DM007', 'The text is too long or has control characters.', f);
    elsif f = 'birth_date' and v is not null then
      if not coalesce(domovoi.is_date(v), false) then
        perform domovoi.fail('DM007', 'The value is not valid.', f, null, 'Write dates as YYYY-MM-DD.');
      elsif v::date > domovoi.company_today(p_company) or v::date <= '1850-01-01' then
        perform domovoi.fail('DM007', 'Nobody was born on this day.', f);
      end if;
    end if;
    x := jsonb_populate_record(x, jsonb_build_object(f, v));
  end loop;
  insert into domovoi.party_pii as y (company_id, party_id, birth_date, passport, employment, emergency, updated_at,
      updated_by)
    values (p_company, p_id, x.birth_date, x.passport, x.employment, x.emergency, domovoi.now(), domovoi.my_user())
    on conflict (company_id, party_id) do update set birth_date = excluded.birth_date, passport = excluded.passport,
      employment = excluded.employment, emergency = excluded.emergency, updated_at = excluded.updated_at,
      updated_by = excluded.updated_by, version = y.version + 1;
  perform domovoi.log_pii(p_company, p_id, 'set', true, null);
end $$;

create function domovoi.log_pii(p_company int, p_id uuid, p_what text, p_granted boolean, p_reason text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.pii_access (company_id, party_id, what, granted, reason, by_user, at, agent_id)
    select p_company, p_id, p_what, p_granted, left(trim(p_reason), 500), domovoi.my_user(), domovoi.now(), p.agent_id
      from domovoi.party p where p.company_id = p_company and p.id = p_id;
end $$;

-- ---- roles -----------------------------------------------------------------------------------------------------

-- Was this person that on this day? (Public to the other rules.)
create function domovoi.party_has_role(p_company int, p_party uuid, p_role text, p_on date) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return exists (select from domovoi.party_role x where x.company_id = p_company and x.party_id = p_party
    and x.role = p_role and x.since <= p_on and (x.until is null or x.until > p_on)); end $$;

create function domovoi.set_role(p_company int, p_id uuid, p_action text, p_args jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  today date := domovoi.company_today(p_company);
  what text := p_args ->> 'role';
  word text := case p_action when 'add_role' then 'since' else 'until' end;
  on_day date; x domovoi.party_role;
begin
  if what is null then perform domovoi.fail('DM007', 'A value is required.', 'role'); end if;
  if p_args ->> word is not null and not coalesce(domovoi.is_date(p_args ->> word), false) then
    perform domovoi.fail('DM007', 'The value is not valid.', word, p_args ->> word, 'Write dates as YYYY-MM-DD.');
  end if;
  on_day := coalesce((p_args ->> word)::date, today);
  select * into x from domovoi.party_role y where y.company_id = p_company and y.party_id = p_id and y.role = what
    and y.until is null;
  if on_day > today or on_day < x.since then
    perform domovoi.fail('DM007', 'The value is not valid.', word, on_day::text);
  elsif p_action = 'add_role' and x.role is not null then
    perform domovoi.fail('DM001', 'The person has this role already.', 'role', what);
  elsif p_action = 'remove_role' and x.role is null then
    perform domovoi.fail('DM001', 'The person does not have this role.', 'role', what);
  elsif p_action = 'add_role' then
    insert into domovoi.party_role as y (company_id, party_id, role, since, agent_id)
      select p_company, p_id, what, on_day, p.agent_id from domovoi.party p where p.company_id = p_company
        and p.id = p_id
      on conflict (company_id, party_id, role, since) do update set until = null;
  else
    update domovoi.party_role y set until = on_day where y.company_id = p_company and y.party_id = p_id
      and y.role = what and y.until is null;
  end if;
  update domovoi.party p set updated_at = p.updated_at where p.company_id = p_company and p.id = p_id; -- its version
end $$;

-- Somebody stays or rents for the first time: the rows of one statement at once, and nothing but an index look-up for
-- who is known already. FOR KEY SHARE of the foreign key is held here; the party's own row is not touched, so that
-- bookings and merges lock in one order (units, then people).
create function domovoi.become(p_role text, p_company int[], p_party uuid[], p_since date[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.party_role (company_id, party_id, role, since, agent_id)
    select n.c, n.p, p_role, min(n.since), min(p.agent_id::text)::uuid
      from unnest(p_company, p_party, p_since) n (c, p, since)
      join domovoi.party p on p.company_id = n.c and p.id = n.p
     where not exists (select from domovoi.party_role x where x.company_id = n.c and x.party_id = n.p
       and x.role = p_role and x.until is null)
     group by 1, 2
    on conflict do nothing;
end $$;

-- Whom a row of the merged means: the survivor, through any number of merges.
create function domovoi.survivor(p_company int, p_party uuid) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare who uuid := p_party; next uuid;
begin
  loop
    next := (select p.merged_into from domovoi.party p where p.company_id = p_company and p.id = who);
    exit when next is null;
    who := next;
  end loop;
  return who;
end $$;

-- A stay is made for somebody who was merged or erased a moment ago: by number he was still himself. The foreign key
-- has waited for the merge, so what is read here is what is so.
create function domovoi.follow_stays(p_company int[], p_stay uuid[], p_party uuid[]) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s record;
begin
  for s in select n.c, n.r, n.p, p.status from unnest(p_company, p_stay, p_party) n (c, r, p)
      join domovoi.party p on p.company_id = n.c and p.id = n.p where p.status in ('merged', 'erased') loop
    if s.status = 'erased' then perform domovoi.fail('DM007', 'This person has been erased.', 'party'); end if;
    update domovoi.reservation r set party_id = domovoi.survivor(s.c, s.p) where r.company_id = s.c and r.id = s.r;
  end loop;
end $$;

create function domovoi.stays_made() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare c int[]; r uuid[]; p uuid[]; d date[];
begin
  select array_agg(a.company_id), array_agg(a.id), array_agg(a.party_id), array_agg(a.booked_on) into c, r, p, d
    from added a where a.party_id is not null;
  if c is not null then
    perform domovoi.follow_stays(c, r, p);
    perform domovoi.become('guest', c, array(select domovoi.survivor(x, y) from unnest(c, p) u (x, y)), d);
  end if;
  return null;
end $$;

create function domovoi.stay_given() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.follow_stays(array[new.company_id], array[new.id], array[new.party_id]);
  perform domovoi.become('guest', array[new.company_id], array[domovoi.survivor(new.company_id, new.party_id)],
    array[new.booked_on]);
  return null;
end $$;

-- An agreement in force makes tenants. It is heard of by its history: its table comes later than this file.
create function domovoi.agreement_signed() returns trigger
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.become('tenant', array[a.company_id], array[a.party_id], array[a.starts_on])
    from domovoi.agreement a where a.company_id = new.company_id and a.id = new.record_id
     and a.kind in ('lease', 'office');
  perform domovoi.become('member', array[a.company_id], array[a.party_id], array[a.starts_on])
    from domovoi.agreement a where a.company_id = new.company_id and a.id = new.record_id and a.kind = 'membership';
  perform domovoi.become('owner', array[a.company_id], array[a.party_id], array[a.starts_on])
    from domovoi.agreement a where a.company_id = new.company_id and a.id = new.record_id and a.kind = 'management';
  return null;
end $$;

-- Guests of stays that came past the triggers (the demo's COPY, an older release).
create function domovoi.fill_guests() returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  insert into domovoi.party_role (company_id, party_id, role, since, agent_id)
    select p.company_id, p.id, 'guest', r.since, p.agent_id
      from (select x.company_id, x.party_id, min(x.booked_on) as since from domovoi.reservation x
             where x.party_id is not null group by 1, 2) r
      join domovoi.party p on p.company_id = r.company_id and p.id = r.party_id
     where p.status not in ('merged', 'erased')
    on conflict do nothing;
end $$;

-- ---- merge -----------------------------------------------------------------------------------------------------

-- Every column of every table that names a person, but those of this file that stay with the record they are about:
-- tables that are added later are moved without a word here. `keys`: what else names a row.
create function domovoi.party_refs(out tab text, out col text, out keys text[]) returns setof record
  language sql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
    select c.relname::text, a.attname::text, array(select k.attname::text from pg_index i join pg_attribute k
        on k.attrelid = i.indrelid and k.attnum = any (i.indkey)
        where i.indrelid = c.oid and i.indisprimary and k.attname not in ('company_id', a.attname) order by 1)
      from pg_constraint f
      join pg_class c on c.oid = f.conrelid and c.relnamespace = 'domovoi'::regnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum = any (f.conkey) and a.attname <> 'company_id'
     where f.contype = 'f' and f.confrelid = 'domovoi.party'::regclass
       and c.relname not in ('party_pii', 'party_token', 'party_role', 'party_merge', 'party_erasure', 'pii_access')
       and a.attname <> 'merged_into'
     order by 1, 2
  $$;

-- Rows of one table from one person to another: all of them, or those named; the moved rows' keys. A row that would
-- then be there twice (a co-tenant of the same agreement) stays where it is.
create function domovoi.move_refs(p_company int, p_tab text, p_col text, p_keys text[], p_from uuid, p_to uuid,
    p_only jsonb default null, p_but uuid[] default '{}') returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  moved jsonb;
  key text := (select string_agg(format('%L, x.%I', k, k), ', ') from unnest(p_keys) k);
  own_key boolean := exists (select from pg_index i join pg_attribute k on k.attrelid = i.indrelid
    and k.attnum = any (i.indkey) where i.indrelid = ('domovoi.' || quote_ident(p_tab))::regclass and i.indisprimary
    and k.attname = p_col);
begin
  execute format('with m as (update domovoi.%1$I x set %2$I = $3 where x.company_id = $1 and x.%2$I = $2%3$s%4$s
      returning jsonb_build_object(%5$s) as k) select jsonb_agg(k order by k) from m', p_tab, p_col,
    case when p_tab = 'party' then ' and x.id <> $3' when own_key then format(' and not exists (select
      from domovoi.%I y where y.company_id = x.company_id and y.%I = $3 and (%s) = (%s))', p_tab, p_col,
      (select string_agg(format('y.%I', k), ', ') from unnest(p_keys) k),
      (select string_agg(format('x.%I', k), ', ') from unnest(p_keys) k)) else '' end,
    case when p_only is not null then format(' and jsonb_build_object(%s) in (select jsonb_array_elements($4))', key)
      when p_tab = 'account' then ' and x.id <> all ($5)' else '' end, -- joined accounts stay, empty
    key) into moved using p_company, p_from, p_to, coalesce(p_only, '[]'), p_but;
  return coalesce(moved, '[]');
end $$;

-- Units, then money, then people: the order of every writer. The rows of people are locked FOR UPDATE, so that nobody
-- is in the middle of writing something for them (a foreign key holds FOR KEY SHARE), and nobody starts to.
create function domovoi.lock_people(p_company int, p_ids uuid[]) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare units uuid[]; seen uuid[];
begin
  units := array(select distinct r.unit_id from domovoi.reservation r where r.company_id = p_company
    and r.party_id = any (p_ids));
  perform domovoi.lock_units(p_company, units);
  if to_regprocedure('domovoi.lock_money(int)') is not null then perform domovoi.lock_money(p_company); end if;
  perform from domovoi.party p where p.company_id = p_company and p.id = any (p_ids) order by p.id for update;
  seen := array(select distinct r.unit_id from domovoi.reservation r where r.company_id = p_company
    and r.party_id = any (p_ids));
  if not seen <@ units then -- a stay on another unit came between: begin again
    raise exception using errcode = '55P03', message = 'a unit came between';
  end if;
end $$;

-- What merge, unmerge and erase do, once all is locked. One of them at a time in a company, and who does not get its
-- turn soon gives up the record that it holds: so of all that wait for a second record there is only one, and no rivals
-- can hold what each other needs. For others (bookings, payments) it waits in turns, and begins again.
create function domovoi.with_people(p_company int, p_held uuid, p_other uuid, p_what text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare was text := current_setting('lock_timeout'); mine boolean;
begin
  for look in 1 .. 5 loop
    mine := pg_try_advisory_xact_lock(7246, p_company);
    exit when mine;
    perform pg_sleep(0.02);
  end loop;
  for turn in 1 .. 12 loop
    exit when not mine;
    begin
      perform set_config('lock_timeout', '400ms', true); -- shorter than deadlock_timeout: nobody else is its victim
      perform domovoi.lock_people(p_company, array_remove(array[p_held, p_other], null));
      case p_what
        when 'merge' then perform domovoi.merge_now(p_company, p_held, p_other);
        when 'unmerge' then perform domovoi.unmerge_now(p_company, p_held, p_other);
        when 'erase' then perform domovoi.erase_now(p_company, p_held);
      end case;
      perform set_config('lock_timeout', was, true);
      return;
    exception when lock_not_available then
      continue;
    end;
  end loop;
  perform domovoi.fail('DM003', 'Somebody is working with one of these records just now.', null, null,
    'Repeat it in a moment.');
end $$;

-- Money that belongs to a person and not to an agreement is on one account a person (and kind and currency). Where the
-- survivor has such an account already, what was posted is taken back and posted again on his: a charge or a payment
-- and its postings stay on one account, and void or refund them finds both.
create function domovoi.join_accounts(p_company int, p_from uuid, p_to uuid) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  pairs jsonb; olds uuid[]; news uuid[]; charges uuid[]; payments uuid[]; txs jsonb := '[]'; tx uuid;
begin
  select jsonb_agg(jsonb_build_array(a.id, b.id) order by a.no), array_agg(a.id order by a.no),
      array_agg(b.id order by a.no) into pairs, olds, news
    from domovoi.account a
    join lateral (select x.id from domovoi.account x where x.company_id = p_company and x.party_id = p_to
      and x.kind = a.kind and x.currency = a.currency and x.agreement_id is null order by x.no limit 1) b on true
   where a.company_id = p_company and a.party_id = p_from and a.agreement_id is null;
  if pairs is null then return '{}'; end if;
  with m as (update domovoi.charge c set account_id = news[array_position(olds, c.account_id)]
      where c.company_id = p_company and c.account_id = any (olds) returning c.id)
    select array_agg(id order by id) into charges from m;
  with m as (update domovoi.payment c set account_id = news[array_position(olds, c.account_id)]
      where c.company_id = p_company and c.account_id = any (olds) returning c.id)
    select array_agg(id order by id) into payments from m;
  for tx in select distinct e.tx_id from domovoi.ledger_entry e
      join domovoi.ledger_tx t on t.company_id = e.company_id and t.id = e.tx_id
      where e.company_id = p_company and e.account_id = any (olds) and t.reverses is null
        and not exists (select from domovoi.ledger_tx r where r.company_id = p_company and r.reverses = t.id)
      order by 1 loop
    txs := txs || to_jsonb(domovoi.repost(p_company, tx, olds, news, p_from));
  end loop;
  return jsonb_build_object('accounts', pairs, 'charges', to_jsonb(coalesce(charges, '{}')),
    'payments', to_jsonb(coalesce(payments, '{}')), 'postings', txs, 'allocation',
    coalesce((select max(a.id) from domovoi.allocation a where a.company_id = p_company), 0));
end $$;

-- A posting taken back, and made again with some accounts in place of others. Merges within this one that still stand
-- go on knowing their postings.
create function domovoi.repost(p_company int, p_tx uuid, p_olds uuid[], p_news uuid[], p_party uuid) returns uuid
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare t record; l record; day date; tx uuid; within uuid[] := domovoi.family(p_company, p_party);
begin
  select * into t from domovoi.ledger_tx x where x.company_id = p_company and x.id = p_tx;
  day := greatest(t.booked_on, domovoi.company_today(p_company));
  select array_agg(e.account_id order by e.line) as before, array_agg(-e.amount order by e.line) as back,
      array_agg(coalesce(p_news[array_position(p_olds, e.account_id)], e.account_id) order by e.line) as after,
      array_agg(e.amount order by e.line) as again, min(e.currency) as currency into l
    from domovoi.ledger_entry e where e.company_id = p_company and e.tx_id = p_tx;
  perform domovoi.post(p_company, 'reversal', t.ref_kind, t.ref_id, day, l.before, l.back, l.currency, 'merge', p_tx);
  tx := domovoi.post(p_company, t.kind, t.ref_kind, t.ref_id, day, l.after, l.again, l.currency, t.memo);
  update domovoi.party_merge m set moved = jsonb_set(m.moved, '{money,postings}',
      (m.moved #> '{money,postings}') - p_tx::text || to_jsonb(tx::text))
    where m.company_id = p_company and m.survivor_id = any (within) and m.undone_at is null
      and m.moved #> '{money,postings}' ? p_tx::text;
  return tx;
end $$;

-- Empty fields of the survivor are filled; his own win. The names of what was filled.
create function domovoi.fill_person(p_company int, p_from uuid, p_to uuid) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  a domovoi.party; b domovoi.party; x domovoi.party_pii; y domovoi.party_pii; filled text[]; pii text[]; has boolean;
begin
  select * into a from domovoi.party p where p.company_id = p_company and p.id = p_to;
  select * into b from domovoi.party p where p.company_id = p_company and p.id = p_from;
  filled := array(select k from unnest(array['phone', 'email', 'language', 'country', 'note', 'agent_id', 'contact_by',
    'marketing', 'rating', 'referrer_id']) k where to_jsonb(a) ->> k is null and to_jsonb(b) ->> k is not null
    and not (k = 'referrer_id' and b.referrer_id = a.id) order by 1);
  a := jsonb_populate_record(a, (select coalesce(jsonb_object_agg(k, to_jsonb(b) -> k), '{}') from unnest(filled) k));
  update domovoi.party p set phone = a.phone, email = a.email, language = a.language, country = a.country,
      note = a.note, agent_id = a.agent_id, contact_by = a.contact_by, marketing = a.marketing, rating = a.rating,
      referrer_id = a.referrer_id, status = case when b.status = 'blacklisted' then b.status else p.status end
    where p.company_id = p_company and p.id = p_to;
  select * into x from domovoi.party_pii p where p.company_id = p_company and p.party_id = p_to;
  has := found;
  select * into y from domovoi.party_pii p where p.company_id = p_company and p.party_id = p_from;
  if not found then return jsonb_build_object('fields', to_jsonb(filled), 'pii', '[]'::jsonb, 'had_pii', has); end if;
  pii := array(select k from unnest(array['birth_date', 'passport', 'employment', 'emergency']) k
    where to_jsonb(x) ->> k is null and to_jsonb(y) ->> k is not null order by 1);
  insert into domovoi.party_pii as p (company_id, party_id, birth_date, passport, employment, emergency, updated_at,
      updated_by) values (p_company, p_to, y.birth_date, y.passport, y.employment, y.emergency, domovoi.now(),
      domovoi.my_user())
    on conflict (company_id, party_id) do update set birth_date = coalesce(p.birth_date, y.birth_date),
      passport = coalesce(p.passport, y.passport), employment = coalesce(p.employment, y.employment),
      emergency = coalesce(p.emergency, y.emergency), version = p.version + 1, updated_at = domovoi.now();
  return jsonb_build_object('fields', to_jsonb(filled), 'pii', to_jsonb(pii), 'had_pii', has);
end $$;

create function domovoi.merge_now(p_company int, p_id uuid, p_into uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a domovoi.party; b domovoi.party; moved jsonb; rows jsonb := '{}'; ref record; had jsonb; money jsonb;
begin
  select * into a from domovoi.party p where p.company_id = p_company and p.id = p_into;
  select * into b from domovoi.party p where p.company_id = p_company and p.id = p_id;
  if a.id is null then perform domovoi.no_record(p_into::text); end if;
  if a.status in ('merged', 'erased') then perform domovoi.say_gone(a.status); end if;
  if b.status in ('merged', 'erased') then perform domovoi.say_gone(b.status); end if;
  had := (select coalesce(jsonb_agg(jsonb_build_array(x.role, x.since)), '[]') from domovoi.party_role x
    where x.company_id = p_company and x.party_id = p_into and x.until is null);
  insert into domovoi.party_role (company_id, party_id, role, since, agent_id)
    select p_company, p_into, x.role, x.since, a.agent_id from domovoi.party_role x where x.company_id = p_company
      and x.party_id = p_id and x.until is null
    on conflict do nothing;
  moved := jsonb_build_object('was', b.status, 'into_was', a.status) || domovoi.fill_person(p_company, p_id, p_into);
  money := domovoi.join_accounts(p_company, p_id, p_into);
  for ref in select * from domovoi.party_refs() loop
    rows := rows || jsonb_build_object(ref.tab || '.' || ref.col, domovoi.move_refs(p_company, ref.tab, ref.col,
      ref.keys, p_id, p_into, null, array(select (x ->> 0)::uuid from jsonb_array_elements(money -> 'accounts') x)));
  end loop;
  update domovoi.party p set status = 'merged', merged_into = p_into where p.company_id = p_company and p.id = p_id;
  perform domovoi.put_tokens(p) from domovoi.party p where p.company_id = p_company and p.id = p_into;
  moved := moved || jsonb_build_object('rows', rows, 'money', money, 'roles', (select coalesce(jsonb_agg(
      jsonb_build_array(x.role, x.since)), '[]') from domovoi.party_role x where x.company_id = p_company
      and x.party_id = p_into and x.until is null
      and not had @> jsonb_build_array(jsonb_build_array(x.role, x.since))));
  insert into domovoi.party_merge (company_id, survivor_id, merged_id, moved, by_user, at)
    values (p_company, p_into, p_id, moved, domovoi.my_user(), domovoi.now());
end $$;

create function domovoi.merge(p_company int, p_id uuid, p_into uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_into is null then
    perform domovoi.fail('DM007', 'A value is required.', 'into');
  elsif p_into = p_id then
    perform domovoi.fail('DM007', 'A record cannot be merged into itself.', 'into');
  end if;
  perform domovoi.with_people(p_company, p_id, p_into, 'merge');
end $$;

-- ---- and back --------------------------------------------------------------------------------------------------

-- What has happened to moved money since, so that it cannot be told apart any more.
create function domovoi.check_money_back(p_company int, p_money jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  charges uuid[] := array(select jsonb_array_elements_text(p_money -> 'charges'));
  payments uuid[] := array(select jsonb_array_elements_text(p_money -> 'payments'));
  news uuid[] := array(select jsonb_array_elements_text(p_money -> 'postings'));
  accounts uuid[] := array(select x ->> 1 from jsonb_array_elements(p_money -> 'accounts') x);
  detail text;
begin
  detail := (select 'charge ' || c.no from domovoi.allocation a
    join domovoi.charge c on c.company_id = a.company_id and c.id = a.charge_id
    where a.company_id = p_company and a.id > (p_money ->> 'allocation')::bigint
      and (a.charge_id = any (charges)) <> (a.payment_id = any (payments))
    group by c.no, a.payment_id having sum(a.amount) <> 0 order by c.no limit 1);
  detail := coalesce(detail, (select t.ref_kind || ' ' || t.booked_on from domovoi.ledger_tx t
    where t.company_id = p_company and (t.reverses = any (news) or t.reverses is null and t.id <> all (news)
      and t.ref_id = any (charges || payments) and exists (select from domovoi.ledger_entry e
        where e.company_id = p_company and e.tx_id = t.id and e.account_id = any (accounts))
      and not exists (select from domovoi.ledger_tx r where r.company_id = p_company and r.reverses = t.id))
    limit 1));
  if detail is not null then
    perform domovoi.fail('DM010', 'The money of the two has been used together since.', null, detail,
      'Take that back first, or leave the records merged.');
  end if;
end $$;

create function domovoi.part_accounts(p_company int, p_id uuid, p_money jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  olds uuid[] := array(select x ->> 0 from jsonb_array_elements(p_money -> 'accounts') x);
  news uuid[] := array(select x ->> 1 from jsonb_array_elements(p_money -> 'accounts') x);
begin
  if p_money = '{}' then return; end if;
  perform domovoi.check_money_back(p_company, p_money);
  update domovoi.charge c set account_id = olds[array_position(news, c.account_id)] where c.company_id = p_company
    and c.id = any (array(select jsonb_array_elements_text(p_money -> 'charges'))::uuid[]);
  update domovoi.payment c set account_id = olds[array_position(news, c.account_id)] where c.company_id = p_company
    and c.id = any (array(select jsonb_array_elements_text(p_money -> 'payments'))::uuid[]);
  perform domovoi.repost(p_company, x::uuid, news, olds, p_id)
    from jsonb_array_elements_text(p_money -> 'postings') x;
end $$;

-- Back go exactly the rows that came; if one of them is somebody else's by now, none.
create function domovoi.part_rows(p_company int, p_rows jsonb, p_id uuid, p_from uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare ref record; wanted jsonb;
begin
  for ref in select * from domovoi.party_refs() loop
    wanted := coalesce(p_rows -> (ref.tab || '.' || ref.col), '[]');
    continue when wanted = '[]';
    if jsonb_array_length(domovoi.move_refs(p_company, ref.tab, ref.col, ref.keys, p_from, p_id, wanted))
        <> jsonb_array_length(wanted) then
      perform domovoi.fail('DM003', 'The record has been changed since.', null, ref.tab,
        'Look at it, and change it back by hand.');
    end if;
  end loop;
end $$;

create function domovoi.unfill_person(p_company int, p_id uuid, p_from uuid, m jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a domovoi.party; b domovoi.party; x domovoi.party_pii; y domovoi.party_pii; none jsonb;
begin
  select * into a from domovoi.party p where p.company_id = p_company and p.id = p_from;
  select * into b from domovoi.party p where p.company_id = p_company and p.id = p_id;
  none := (select coalesce(jsonb_object_agg(k, null), '{}') from jsonb_array_elements_text(m -> 'fields') k
    where to_jsonb(a) ->> k = to_jsonb(b) ->> k); -- what was changed since is the survivor's own
  a := jsonb_populate_record(a, none);
  if m ->> 'was' = 'blacklisted' and a.status = 'blacklisted' then a.status := m ->> 'into_was'; end if;
  update domovoi.party p set phone = a.phone, email = a.email, language = a.language, country = a.country,
      note = a.note, agent_id = a.agent_id, contact_by = a.contact_by, marketing = a.marketing, rating = a.rating,
      referrer_id = a.referrer_id, status = a.status
    where p.company_id = p_company and p.id = p_from;
  select * into x from domovoi.party_pii p where p.company_id = p_company and p.party_id = p_from;
  select * into y from domovoi.party_pii p where p.company_id = p_company and p.party_id = p_id;
  none := (select coalesce(jsonb_object_agg(k, null), '{}') from jsonb_array_elements_text(m -> 'pii') k
    where to_jsonb(x) ->> k = to_jsonb(y) ->> k);
  x := jsonb_populate_record(x, none);
  if not (m ->> 'had_pii')::boolean and coalesce(x.birth_date::text, x.passport, x.employment, x.emergency) is null then
    delete from domovoi.party_pii p where p.company_id = p_company and p.party_id = p_from;
  elsif none <> '{}' then
    update domovoi.party_pii p set birth_date = x.birth_date, passport = x.passport, employment = x.employment,
        emergency = x.emergency, version = p.version + 1
      where p.company_id = p_company and p.party_id = p_from;
  end if;
end $$;

create function domovoi.unmerge_now(p_company int, p_from uuid, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare x domovoi.party_merge; s text := (select p.status from domovoi.party p where p.company_id = p_company
  and p.id = p_from);
begin
  if s in ('merged', 'erased') then perform domovoi.say_gone(s); end if;
  select * into x from domovoi.party_merge y where y.company_id = p_company and y.survivor_id = p_from
    and y.undone_at is null order by y.id desc limit 1;
  if x.merged_id is distinct from p_id then
    perform domovoi.fail('DM010', 'Another record was merged into the same one later.', null,
      (select p.no::text from domovoi.party p where p.company_id = p_company and p.id = x.merged_id),
      'Take that back first.');
  end if;
  update domovoi.party p set status = x.moved ->> 'was', merged_into = null -- first: what is his must not follow him
    where p.company_id = p_company and p.id = p_id;
  perform domovoi.part_accounts(p_company, p_id, x.moved -> 'money');
  perform domovoi.part_rows(p_company, x.moved -> 'rows', p_id, p_from);
  perform domovoi.unfill_person(p_company, p_id, p_from, x.moved);
  delete from domovoi.party_role r where r.company_id = p_company and r.party_id = p_from and r.until is null
    and (x.moved -> 'roles') @> jsonb_build_array(jsonb_build_array(r.role, r.since));
  perform domovoi.put_tokens(p) from domovoi.party p where p.company_id = p_company and p.id = p_from;
  update domovoi.party_merge y set undone_at = domovoi.now(), undone_by = domovoi.my_user()
    where y.company_id = p_company and y.id = x.id;
end $$;

-- Part somebody from the record that he was merged into.
create function domovoi.unmerge(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare into_id uuid := (select p.merged_into from domovoi.party p where p.company_id = p_company and p.id = p_id);
begin
  if into_id is null then
    perform domovoi.fail('DM001', 'Nobody is merged into this record.', 'status');
  end if;
  perform domovoi.with_people(p_company, into_id, p_id, 'unmerge');
end $$;

-- Whom unmerge parts: the one named (by the number that is his own), else the last.
create function domovoi.merged_into(p_company int, p_survivor uuid, p_key text) returns uuid
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare who uuid;
begin
  if p_key is null then
    return (select x.merged_id from domovoi.party_merge x where x.company_id = p_company and x.survivor_id = p_survivor
      and x.undone_at is null order by x.id desc limit 1);
  end if;
  who := (domovoi.locate_row('party', p_company, p_key)).id;
  return (select p.id from domovoi.party p where p.company_id = p_company and p.id = who
    and p.merged_into = p_survivor);
end $$;

-- ---- erasure (S1.74) -------------------------------------------------------------------------------------------

-- This record and all that were merged into it: they are one person.
create function domovoi.family(p_company int, p_id uuid) returns uuid[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return array(with recursive same as (select p_id as id union all select p.id from same s
    join domovoi.party p on p.company_id = p_company and p.merged_into = s.id) select same.id from same);
end $$;

-- What still runs with somebody, the first that is found; reason is null if nothing does.
create function domovoi.party_busy(p_company int, p_ids uuid[], out reason text, out detail text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  detail := (select min(a.no) from domovoi.agreement a where a.company_id = p_company
    and a.status in ('draft', 'active', 'notice') and (a.party_id = any (p_ids) or a.payer_id = any (p_ids)
      or exists (select from domovoi.agreement_party x where x.company_id = p_company and x.agreement_id = a.id
        and x.party_id = any (p_ids))));
  if detail is not null then reason := 'There is an agreement that is not over.'; return; end if;
  detail := (select min(r.no) from domovoi.reservation r where r.company_id = p_company and r.party_id = any (p_ids)
    and r.status in ('hold', 'confirmed', 'checked_in'));
  if detail is not null then reason := 'There is a stay that is not over.'; return; end if;
  detail := coalesce(
    (select 'charge ' || min(c.no) from domovoi.charge c where c.company_id = p_company and c.party_id = any (p_ids)
      and c.voided_on is null and c.allocated < c.amount),
    (select 'payment ' || min(p.no) from domovoi.payment p where p.company_id = p_company and p.party_id = any (p_ids)
      and p.status in ('recorded', 'succeeded') and p.allocated + p.refunded < p.amount),
    (select 'refund ' || min(f.no) from domovoi.refund f join domovoi.payment p on p.company_id = f.company_id
        and p.id = f.payment_id
      where f.company_id = p_company and p.party_id = any (p_ids) and f.status in ('requested', 'approved', 'failed')));
  if detail is not null then reason := 'There is money that is not settled.'; end if;
end $$;

-- For ever: names, contacts, notes, personal data, words to search by, comments of stays and payments, and what could
-- take a change back. What stays: ids, stays, agreements and money with their numbers (accounts must add up), when and
-- by whom something was done, reasons of states (words of lists, and history is only added to), terms of agreements.
create function domovoi.erase_now(p_company int, p_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare ids uuid[] := domovoi.family(p_company, p_id); busy record := domovoi.party_busy(p_company, ids);
begin
  if busy.reason is not null then
    perform domovoi.fail('DM010', busy.reason, null, busy.detail, 'Settle it first.');
  end if;
  update domovoi.reservation r set comment = null where r.company_id = p_company and r.party_id = any (ids)
    and r.comment is not null;
  update domovoi.payment r set comment = null where r.company_id = p_company and r.party_id = any (ids)
    and r.comment is not null;
  delete from domovoi.party_pii x where x.company_id = p_company and x.party_id = any (ids);
  delete from domovoi.undo_image i where i.company_id = p_company and (i.resource = 'party' and i.record_id = any (ids)
    or (i.old ->> 'party_id')::uuid = any (ids));
  update domovoi.party p set name = 'Erased ' || p.no, phone = null, email = null, language = null, country = null,
      note = null, contact_by = null, marketing = null, rating = null, referrer_id = null, status = 'erased',
      status_reason = null, merged_into = null
    where p.company_id = p_company and p.id = any (ids);
  delete from domovoi.party_token t where t.company_id = p_company and t.party_id = any (ids);
  -- a replica drops it
  perform domovoi.log_change(p_company, 'party', p.id, 'delete', p.version, domovoi.keys_of(p), null)
    from domovoi.party p where p.company_id = p_company and p.id = any (ids);
end $$;

create function domovoi.erase(p_company int, p_id uuid, p_basis text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.with_people(p_company, p_id, null, 'erase');
  insert into domovoi.party_erasure (company_id, party_id, basis, by_user, at)
    values (p_company, p_id, left(trim(p_basis), 500), domovoi.my_user(), domovoi.now());
end $$;

-- ---- actions ---------------------------------------------------------------------------------------------------

create function domovoi.set_ban(p_company int, p_id uuid, p_action text, p_reason text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  update domovoi.party p set status = case p_action when 'ban' then 'blacklisted' else 'active' end,
      status_reason = left(trim(p_reason), 500)
    where p.company_id = p_company and p.id = p_id;
end $$;

create function domovoi.party_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  case p_action
    when 'add_role', 'remove_role' then perform domovoi.set_role(p_company, p_id, p_action, p_args);
    when 'set_pii' then perform domovoi.set_pii(p_company, p_id, p_args - 'reason');
    when 'reveal_pii' then perform domovoi.log_pii(p_company, p_id, 'reveal', true, p_args ->> 'reason');
    when 'ban', 'unban' then perform domovoi.set_ban(p_company, p_id, p_action, p_args ->> 'reason');
    when 'merge' then
      perform domovoi.merge(p_company, p_id, domovoi.reference('party', p_company, p_args ->> 'into'));
    when 'unmerge' then perform domovoi.unmerge(p_company, domovoi.merged_into(p_company, p_id, p_args ->> 'party'));
    when 'erase' then perform domovoi.erase(p_company, p_id, p_args ->> 'reason');
  end case;
end $$;

create function domovoi.party_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a domovoi.record_action; c int := r ->> 'company_id'; busy record;
begin
  select * into a from domovoi.record_action x where x.resource = 'party' and x.action = p_action;
  if not found then
    code := 'DM007'; reason := 'There is no such action.'; detail := p_action;
  elsif not domovoi.has_permission(a.permission) then
    code := 'DM005'; reason := 'You may not do this.'; detail := a.permission;
    remedy := 'Ask the head of your company for the permission.';
  elsif r ->> 'status' <> all (a.states) then
    code := 'DM001'; detail := r ->> 'status';
    reason := case when r ->> 'status' = 'erased' then 'This person has been erased.'
      when r ->> 'status' = 'merged' then 'This record is merged into another one.'
      when p_action = 'ban' then 'The person is on the black list already.'
      when p_action = 'unban' then 'The person is not on the black list.'
      else 'This is not possible in the present state.' end;
  elsif p_action = 'unmerge' and not exists (select from domovoi.party_merge x where x.company_id = c
      and x.survivor_id = (r ->> 'id')::uuid and x.undone_at is null) then
    code := 'DM001'; reason := 'Nobody is merged into this record.';
  elsif p_action = 'erase' then
    busy := domovoi.party_busy(c, domovoi.family(c, (r ->> 'id')::uuid));
    if busy.reason is not null then
      code := 'DM010'; reason := busy.reason; detail := busy.detail; remedy := 'Settle it first.';
    end if;
  end if;
end $$;

-- ---- answers ---------------------------------------------------------------------------------------------------

-- The personal data of somebody, to whoever has said why within the last minute and may still know: only against a
-- committed line of the log, so a session that rolls back has seen nothing. Null: ask (again).
create function act.pii_of(company int, party uuid) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.require('party.view_pii');
  perform domovoi.check_reach('party', company, party);
  if not exists (select from domovoi.pii_access x where x.company_id = company and x.party_id = party
      and x.what = 'reveal' and x.granted and x.by_user = domovoi.my_user()
      and x.at > domovoi.now() - interval '1 minute' and x.xid is distinct from pg_current_xact_id_if_assigned()) then
    return null;
  end if;
  return (select jsonb_build_object('name', p.name, 'birth_date', x.birth_date, 'passport', x.passport,
      'employment', x.employment, 'emergency', x.emergency)
    from domovoi.party p left join domovoi.party_pii x on x.company_id = p.company_id and x.party_id = p.id
   where p.company_id = company and p.id = party);
end $$;

-- Somebody was refused: that is logged, too, after the refusal (what the refused request itself wrote is gone).
create function act.pii_refused(key text, reason text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at record := domovoi.locate('party', (domovoi.me()).company_id, key);
begin
  if at.id is not null then perform domovoi.log_pii(at.company_id, at.id, 'reveal', false, reason); end if;
end $$;

-- What an outcome about a person says besides: who looks like the one just added; what was asked to be revealed.
create function act.party_outcome(m jsonb, o jsonb, answer jsonb) returns jsonb
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
declare secret jsonb; alike uuid[];
begin
  if m ->> 'kind' = 'create' and o ->> 'status' = 'applied' then
    alike := act.similar_to((o ->> 'company')::int, (o ->> 'record')::uuid);
    return answer || case when cardinality(alike) > 0 then jsonb_build_object('similar', alike) else '{}' end;
  elsif m ->> 'kind' is distinct from 'action' or m ->> 'action' is distinct from 'reveal_pii' then
    return answer;
  elsif o ->> 'status' = 'rejected' then
    if not (o ->> 'replayed')::boolean then perform act.pii_refused(m ->> 'record', m #>> '{args,reason}'); end if;
    return answer;
  end if;
  secret := act.pii_of((o ->> 'company')::int, (o ->> 'record')::uuid);
  -- the first time the line of the log is not committed yet: the same request again has the answer
  return answer || case when secret is null then '{"repeat": true}' else jsonb_build_object('revealed', secret) end;
end $$;

-- As in 0010, and outcomes about people say what there is to say.
create or replace function act.apply_mutation(m jsonb) returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
declare
  o jsonb := act.mutate(m); what text := coalesce(o ->> 'resource', m ->> 'resource');
  answer jsonb := act.with_row(case what when 'parties' then 'party' else rtrim(what, 's') end, o);
begin
  return case when what in ('party', 'parties') then act.party_outcome(m, o, answer) else answer end;
end $$;

-- Who looks like this person: ids that the session may see, by the same telephone, e-mail or name; at most five.
create function act.similar_to(company int, party uuid) returns uuid[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.party; m record := domovoi.me();
begin
  select * into p from domovoi.party x where x.company_id = company and x.id = party;
  if not domovoi.has_permission('party.contacts') then return '{}'; end if;
  return array(
    select x.id from (
      select a.* from domovoi.party a where a.company_id = company and a.phone = p.phone
      union select a.* from domovoi.party a where a.company_id = company and lower(a.email) collate "C" = lower(p.email)
      union select * from (select a.* from domovoi.party a where a.company_id = company
        and a.pii_name = p.pii_name and a.status not in ('merged', 'erased') limit 20) n) x
     where x.id <> party and x.status not in ('merged', 'erased')
       and (m.scope = 'assigned' and m.company_id = company or domovoi.reaches(company, x.agent_id, null, null))
     order by x.no limit 5);
end $$;

-- The doors. reveal_pii alone returns its refusal: raising would take the line of the log back with it.
create function act.party_add_role(id text, version int default null, role text default null, since date default null)
  returns jsonb language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('party', id, version, 'add_role', jsonb_build_object('role', role, 'since', since)) $$;
create function act.party_remove_role(id text, version int default null, role text default null,
  until date default null) returns jsonb language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('party', id, version, 'remove_role', jsonb_build_object('role', role, 'until', until)) $$;
create function act.party_set_pii(id text, version int default null, birth_date date default null,
  passport text default null, employment text default null, emergency text default null)
  returns jsonb language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('party', id, version, 'set_pii', jsonb_build_object('birth_date', birth_date,
    'passport', passport, 'employment', employment, 'emergency', emergency)) $$;
create function act.party_reveal_pii(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.apply_mutation(jsonb_build_object('id', gen_random_uuid(), 'resource', 'party', 'kind', 'action',
    'record', id, 'base_version', version, 'action', 'reveal_pii', 'args', jsonb_build_object('reason', reason))) $$;
create function act.party_ban(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('party', id, version, 'ban', jsonb_build_object('reason', reason)) $$;
create function act.party_unban(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('party', id, version, 'unban', jsonb_build_object('reason', reason)) $$;
create function act.party_merge(id text, version int default null, "into" text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('party', id, version, 'merge', jsonb_build_object('into', "into")) $$;
create function act.party_unmerge(id text, version int default null, party text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('party', id, version, 'unmerge', jsonb_build_object('party', party)) $$;
create function act.party_erase(id text, version int default null, reason text default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('party', id, version, 'erase', jsonb_build_object('reason', reason)) $$;
grant execute on function act.party_merge, act.party_unmerge, act.party_erase, act.pii_of, act.pii_refused,
  act.party_outcome, act.similar_to, act.party_add_role,
  act.party_remove_role, act.party_set_pii, act.party_reveal_pii, act.party_ban, act.party_unban to domovoi_staff;

-- As before, but the number or id of somebody merged leads to the survivor.
alter function domovoi.locate(text, int, text) rename to locate_row;
create function domovoi.locate(p_resource text, p_company int, p_key text, out company_id int, out id uuid)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  select l.company_id, l.id into company_id, id from domovoi.locate_row(p_resource, p_company, p_key) l;
  if p_resource = 'party' and id is not null then id := domovoi.survivor(company_id, id); end if;
end $$;

reset role;

create trigger rules before insert on domovoi.undo_image for each row when (new.resource = 'party')
  execute function domovoi.undo_image_before();
create trigger roles after insert on domovoi.reservation referencing new table as added
  for each statement execute function domovoi.stays_made();
create trigger roles_changed after update of party_id on domovoi.reservation for each row
  when (new.party_id is distinct from old.party_id and new.party_id is not null) execute function domovoi.stay_given();
create trigger roles after insert on domovoi.status_event for each row
  when (new.machine = 'agreement' and new.to_state = 'active') execute function domovoi.agreement_signed();
create trigger append_only before update or delete or truncate on domovoi.pii_access execute function
  domovoi.append_only();
create trigger append_only before update or delete or truncate on domovoi.party_erasure execute function
  domovoi.append_only();
set local role domovoi_rules;
select domovoi.fill_guests();
reset role;

set local role domovoi_owner;

create or replace view api.parties with (security_invoker) as
  select p.id, p.company_id as company, p.no, p.kind, p.name,
    case when (select domovoi.has_permission('party.contacts')) then p.phone end as phone,
    case when (select domovoi.has_permission('party.contacts')) then p.email end as email,
    p.language, p.country, p.status, p.note, p.agent_id as agent, a.display_name as agent_label, p.external_id,
    p.version, p.updated_at, p.status_reason, p.contact_by, p.marketing, p.rating,
    p.referrer_id as referrer, f.name as referrer_label, p.merged_into, s.name as merged_into_label,
    (select string_agg(x.role, ' ' order by x.role) from domovoi.party_role x where x.company_id = p.company_id
      and x.party_id = p.id and x.until is null) as roles
  from domovoi.party p
  left join domovoi.app_user a on a.id = p.agent_id
  left join domovoi.party f on f.company_id = p.company_id and f.id = p.referrer_id
  left join domovoi.party s on s.company_id = p.company_id and s.id = p.merged_into;

-- What role=tenant finds: one row a person and role that is his now.
create view api.party_roles with (security_invoker) as
  select x.company_id as company, x.party_id as id, x.role as value, x.since from domovoi.party_role x
   where x.until is null;

-- Who looked at personal data, who tried to, who wrote them; never what they say.
create view api.pii_log with (security_invoker) as
  select x.id, x.company_id as company, x.party_id as party, p.name as party_label, x.what, x.granted, x.reason,
    x.by_user as "user", u.display_name as user_label, x.at, 1 as version
  from domovoi.pii_access x
  left join domovoi.party p on p.company_id = x.company_id and p.id = x.party_id
  left join domovoi.app_user u on u.id = x.by_user;

-- By what people are compared, for who may merge them. As columns, so that an index gives whole groups in order.
create view api.party_keys with (security_invoker) as
  select p.company_id as company, p.id, p.no, p.name, p.phone, lower(p.email) collate "C" as email_key,
    p.pii_name as name_key
  from domovoi.party p
  where p.status not in ('merged', 'erased') and (select domovoi.has_permission('party.merge'))
    and (select domovoi.has_permission('party.contacts'));

grant select on api.parties, api.party_roles, api.pii_log, api.party_keys to domovoi_staff;
reset role;

-- People of one name born on one day: ids, never the day.
set local role domovoi_rules;
create function api.party_births(company int, most int) returns table (ids uuid[])
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  perform domovoi.require('party.merge');
  if m.scope not in ('platform', 'company') or m.company_id <> party_births.company then return; end if;
  return query select array_agg(p.id order by p.no) from domovoi.party_pii x
      join domovoi.party p on p.company_id = x.company_id and p.id = x.party_id
     where x.company_id = party_births.company and x.birth_date is not null
       and p.status not in ('merged', 'erased') and domovoi.reaches(p.company_id, p.agent_id, null, null)
     group by x.birth_date, p.pii_name having count(*) > 1 order by x.birth_date limit party_births.most;
end $$;
grant execute on function api.party_births to domovoi_staff;
reset role;

set local role domovoi_owner;
-- Who may be one and the same: pairs with a score and why, the likeliest first. Groups of one telephone, one e-mail, or
-- one name with a telephone that ends alike or the same birth date; in a group each is compared with its first member.
-- A name alone is no suspicion. "most" bounds what is looked for of each sort, the whole is bounded by the indexes.
create function report.duplicates(most int default 200, company int default null)
  returns table (score int, why text, no bigint, name text, other_no bigint, other_name text, key text, filter text)
  language plpgsql stable set max_parallel_workers_per_gather = 0 set jit = off as $$
#variable_conflict use_column
declare f record := report.frame(duplicates.company); n int := least(greatest(duplicates.most, 1), 1000);
begin
  if f.company is null then
    raise exception using errcode = 'DM007', message = 'The company is missing.', column = 'company',
      hint = 'Name the company.';
  end if;
  perform from api.party_births(f.company, 0); -- asks for the permission
  return query
    with found as (
      (select 60 as score, 'phone' as why, array_agg(k.id) as ids from api.party_keys k
        where k.company = f.company and k.phone is not null group by k.phone having count(*) > 1 limit n)
      union all
      (select 60, 'email', array_agg(k.id) from api.party_keys k
        where k.company = f.company and k.email_key is not null group by k.email_key having count(*) > 1 limit n)
      union all
      (select 50, 'name, phone', array_agg(k.id) from api.party_keys k
        where k.company = f.company and k.phone is not null group by k.name_key, right(k.phone, 7)
        having count(*) > 1 limit n)
      union all
      select 70, 'name, birth date', b.ids from api.party_births(f.company, n) b
    ), member as (
      select d.score, d.why, row_number() over () as g, d.ids from found d
    ), pair as (
      select m.score, m.why, first_value(k.no) over w as no, first_value(k.name) over w as name, k.no as other_no,
        k.name as other_name, first_value(k.id) over w as first_id, k.id
        from member m cross join lateral unnest(m.ids) i (id)
        join api.party_keys k on k.company = f.company and k.id = i.id
      window w as (partition by m.g order by k.no)
    )
    -- each reason more makes it likelier; never certain
    select least(99, sum(p.score))::int, string_agg(p.why, '; ' order by p.why), p.no, p.name, p.other_no, p.other_name,
        p.no || ':' || p.other_no, 'id=' || p.first_id || ',' || p.id
      from pair p where p.id <> p.first_id
     group by p.no, p.name, p.other_no, p.other_name, p.first_id, p.id
     order by 1 desc, 3, 5 limit n;
end $$;
revoke execute on function report.duplicates from public;
grant execute on function report.duplicates to domovoi_staff;
reset role;
