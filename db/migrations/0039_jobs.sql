-- What is done by the clock (domain.md §3.8 Workers): each kind of work is a row of job_kind and a function that does
-- a part of it; each time that one is due is a row of job. A slot (the minute, the day, the month that it is for)
-- exists once a company and kind, so that it is done once, whatever dies in between: a step and the note of how far it
-- came are one small transaction.
--
--   domovoi.do_<…>(j domovoi.job) returns jsonb       one step: no more than some hundred rows
--     {"more": bool, "done": n, "failed": n, "total": n, "state": {…}, "result": {…}, "error": text}
--     done and failed are added up; state is what the next step goes on from, result what people read: both merged
--   domovoi.<…>_due(company int) returns boolean      optional: is there anything to do? Else the slot passes silently
--
-- Nobody asks here: domovoi.me() knows no person, and the trail says "system".

set local role domovoi_owner;
grant usage on schema api to domovoi_api;

create table domovoi.job_kind (
  code          text primary key check (code ~ '^[a-z_]+$'),
  title         text not null,
  sort          smallint not null,                     -- what is urgent goes first
  every         text not null check (every in ('minutes', 'day', 'month')),
  minutes       int check (minutes between 1 and 1440), -- "minutes": whole ones of UTC
  at_time       time,                                  -- "day", "month": of the company's clock
  day           text,                                  -- "month": the setting that says which; null: the first
  switch        text,                                  -- the setting that says whether; null: always
  catch_up      boolean not null default false,        -- after a standstill each slot missed, not the last alone
  per_company   boolean not null default true,         -- false: once, for the platform
  step          text not null,                         -- domovoi.<step>(job)
  due           text,                                  -- domovoi.<due>(company)
  permission    text not null references domovoi.permission, -- beside job.run, for whoever starts or stops one
  tries         smallint not null default 5,
  enabled       boolean not null default true,
  check ((every = 'minutes') = (minutes is not null) and (every = 'minutes') = (at_time is null)),
  check (every <> 'minutes' or not catch_up)
);

-- How far each kind of work has come in each company: the last slot that was seen, done or passed.
create table domovoi.job_clock (
  company_id  int not null references domovoi.company,
  kind        text not null references domovoi.job_kind,
  slot        text,
  next_at     timestamptz not null default '-infinity', -- not to be looked at before; by the rules' clock
  primary key (company_id, kind)
);
create index on domovoi.job_clock (next_at);

create table domovoi.job (
  company_id   int not null references domovoi.company,
  id           uuid not null default gen_random_uuid(),
  no           bigint not null,
  kind         text not null references domovoi.job_kind,
  slot         text not null,                           -- "2026-07", "2026-07-01", "2026-07-01T10:15Z", "hand:<id>"
  due_at       timestamptz not null,
  month        text not null check (month ~ '^[12]\d{3}-(0[1-9]|1[0-2])$'), -- that the work is for
  as_of        date not null,                           -- the day of the slot where the company is
  status       text not null default 'queued' check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
  attempts     int not null default 0,
  wait_until   timestamptz,                             -- not to be tried before; by the server's clock, as beat_at
  beat_at      timestamptz,                             -- when a worker last touched it
  leader       text,                                    -- which worker
  started_at   timestamptz,
  finished_at  timestamptz,
  done         int not null default 0,
  failed       int not null default 0,
  total        int,
  state        jsonb not null default '{}',
  result       jsonb not null default '{}',
  error        text,
  version      int not null default 1,
  created_at   timestamptz not null default now(),
  created_by   uuid,
  updated_at   timestamptz not null default now(),
  updated_by   uuid,
  primary key (company_id, id),
  unique (company_id, no),
  unique (company_id, kind, slot)
);
create index on domovoi.job (company_id, no, id);
create index on domovoi.job (company_id, due_at, id);
create index job_waiting on domovoi.job (due_at) where status in ('queued', 'running');
create index job_over on domovoi.job (finished_at) where status in ('done', 'failed', 'cancelled');

alter table domovoi.charge_run add column job_id uuid,   -- made by the clock
  add foreign key (company_id, job_id) references domovoi.job (company_id, id);
create index on domovoi.charge_run (company_id, job_id) where job_id is not null;

do $$ begin
  perform domovoi.protect('domovoi.job', 'company', 'job.view');
  perform domovoi.protect('domovoi.job_kind', 'closed');
  perform domovoi.protect('domovoi.job_clock', 'closed');
end $$;

-- As in 0030, and which job it was.
create or replace view api.charge_runs with (security_invoker) as
  select r.id, r.company_id as company, r.no, r.kind, r.month, r.as_of, r.dry_run, r.status, r.created, r.skipped,
    r.failed,
    r.created_by as made_by, u.display_name as made_by_label, r.version, r.updated_at,
    r.building_id as building, b.name as building_label, r.agreement_id as agreement, g.no::text as agreement_label,
    r.job_id as job, j.no::text as job_label
  from domovoi.charge_run r left join domovoi.app_user u on u.id = r.created_by
  left join domovoi.building b on b.company_id = r.company_id and b.id = r.building_id
  left join domovoi.agreement g on g.company_id = r.company_id and g.id = r.agreement_id
  left join domovoi.job j on j.company_id = r.company_id and j.id = r.job_id;

create view api.jobs with (security_invoker) as
  select j.id, j.company_id as company, j.no, j.kind, j.slot, j.due_at, j.month, j.as_of, j.status, j.attempts,
    j.done, j.failed, j.total, j.started_at, j.finished_at, j.wait_until, j.beat_at, j.leader, j.error,
    (select string_agg(e.key || '=' || e.value, ' ' order by e.key) from jsonb_each_text(j.result) e) as result,
    j.created_by as made_by, u.display_name as made_by_label, j.version, j.updated_at
  from domovoi.job j left join domovoi.app_user u on u.id = j.created_by;
grant select on api.jobs to domovoi_staff;
reset role;

-- Seeds come after migrations, and a kind of work names its permission: these two are known from now on.
insert into domovoi.permission (code, title, dangerous) values
  ('job.view', 'See scheduled work', false), ('job.run', 'Run scheduled work now', true),
  ('job.manage', 'Run and cancel scheduled work', true), ('charge.run', 'Run charges and late fees', true),
  ('settings.platform', 'Change the settings of the platform', true)
on conflict (code) do nothing;

set local role domovoi_rules;

insert into domovoi.record_kind (resource, plural, reads, creates, patches, machine, keys) values
  ('job', 'jobs', 'job.view', 'job.run', null, null, '{no}');
insert into domovoi.record_action (resource, action, permission, states, sort) values
  ('job', 'cancel', 'job.run', '{queued,running}', 1), ('job', 'run_again', 'job.run', '{failed,cancelled}', 2);
insert into domovoi.writable (resource, ord, name, col, type, on_create, on_patch, on_import) values
  ('job', 1, 'kind', 'kind', 'text', true, false, false),
  ('job', 2, 'month', 'month', 'text', true, false, false);

insert into domovoi.job_kind (code, title, sort, every, minutes, at_time, day, switch, catch_up, per_company, step, due,
    permission) values
  ('holds', 'End holds that have run out', 1, 'minutes', 1, null, null, null, false, true, 'do_holds', 'holds_due',
    'job.manage'),
  ('stays', 'Check in and out by themselves', 2, 'minutes', 5, null, null, null, false, true, 'do_stays', 'stays_due',
    'job.manage'),
  ('agreements', 'End agreements that have run out', 3, 'day', null, '00:10', null, null, false, true, 'do_agreements',
    null, 'job.manage'),
  ('indexation', 'Yearly indexation', 4, 'month', null, '03:00', null, 'auto_indexation', true, true, 'do_charge_run',
    null, 'charge.run'),
  ('charge_run', 'Charge the month', 5, 'month', null, '05:00', 'charge_day', 'auto_charges', true, true,
    'do_charge_run', null, 'charge.run'),
  ('late_fee', 'Late fees of the day', 6, 'day', null, '04:00', null, 'auto_late_fees', false, true, 'do_charge_run',
    null, 'charge.run'),
  ('audit_seal', 'Seal the audit trail', 7, 'minutes', 15, null, null, null, false, true, 'do_audit_seal', 'seal_due',
    'job.manage'),
  ('books', 'Check the books', 8, 'day', null, '02:00', null, null, false, false, 'do_books', null,
    'settings.platform'),
  ('prune', 'Forget what nobody can ask for', 9, 'day', null, '03:30', null, null, false, false, 'do_prune', null,
    'settings.platform');

reset role;
create trigger rules before insert or update on domovoi.job for each row
  execute function domovoi.record_before('job', '', '');
create trigger effects after insert or update or delete on domovoi.job for each row
  execute function domovoi.record_after('job', '');

set local role domovoi_rules;

-- ---- charge runs in parts -------------------------------------------------------------------------------------------

-- What a run does with some agreements, or with all: a line each.
create function domovoi.run_part(r domovoi.charge_run, p_agreements uuid[]) returns domovoi.charge_run_line[]
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if r.kind = 'indexation' then return domovoi.run_indexation(r, p_agreements); end if;
  perform domovoi.lock_money(r.company_id);
  perform domovoi.must_be_open(r.company_id, domovoi.company_today(r.company_id));
  return domovoi.run_billing(r, p_agreements);
end $$;

-- Write down what it did: the run itself the first time, its lines every time.
create function domovoi.keep_run(r domovoi.charge_run, p_lines domovoi.charge_run_line[]) returns domovoi.charge_run
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  select count(*) filter (where l.outcome = 'created'), count(*) filter (where l.outcome = 'skipped'),
      count(*) filter (where l.outcome = 'error') into r.created, r.skipped, r.failed from unnest(p_lines) l;
  if exists (select from domovoi.charge_run x where x.company_id = r.company_id and x.id = r.id) then
    update domovoi.charge_run x set created = x.created + r.created, skipped = x.skipped + r.skipped,
        failed = x.failed + r.failed, status = case when x.failed + r.failed > 0 then 'errors' else 'done' end
      where x.company_id = r.company_id and x.id = r.id returning * into r;
  else
    insert into domovoi.charge_run (company_id, id, kind, month, as_of, dry_run, status, created, skipped, failed,
        building_id, agreement_id, job_id)
      values (r.company_id, r.id, r.kind, r.month, r.as_of, r.dry_run, case when r.failed > 0 then 'errors'
        else 'done' end,
        r.created, r.skipped, r.failed, r.building_id, r.agreement_id, r.job_id) returning * into r;
  end if;
  insert into domovoi.charge_run_line (company_id, run_id, outcome, agreement_id, charge_id, kind, period_from,
    period_to,
      due_on, amount, currency, code, message, detail)
    select l.company_id, l.run_id, l.outcome, l.agreement_id, l.charge_id, l.kind, l.period_from, l.period_to, l.due_on,
      l.amount, l.currency, l.code, l.message, l.detail from unnest(p_lines) with ordinality l
     where r.dry_run or l.outcome <> 'skipped' order by l.ordinality;
  return r;
end $$;

-- As in 0030, of the two above.
create or replace function domovoi.run_charges(r domovoi.charge_run, p_agreements uuid[] default null)
  returns domovoi.charge_run
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return domovoi.keep_run(r, domovoi.run_part(r, p_agreements)); end $$;

-- The agreements that a run of that kind and month may meet, in the order of their ids, after one of them.
create function domovoi.run_agreements(p_company int, p_kind text, p_month date, p_after uuid, p_most int)
  returns uuid[]
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return array(select a.id from domovoi.agreement a
     where a.company_id = p_company and (p_after is null or a.id > p_after) and case p_kind
       when 'rent' then a.status in ('active', 'notice', 'terminated', 'expired')
         and a.starts_on < domovoi.next_month(p_month) and a.ends_on > p_month
       when 'late_fee' then a.late_fee_id is not null and a.status not in ('draft', 'void')
       else a.status in ('active', 'notice') and a.index_bp > 0 and a.index_month = extract(month from p_month) end
     order by a.id limit p_most);
end $$;

-- Rent, late fees or indexation of a company, a hundred agreements a step, all of them one run. A run that met nobody
-- is written down once a month, so that the accountant's desk knows that it has been.
create function domovoi.do_charge_run(j domovoi.job) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  most constant int := 100; r domovoi.charge_run; part uuid[]; lines domovoi.charge_run_line[] := '{}'; more boolean;
  month date := (j.month || '-01')::date; total int := j.total; first boolean := j.state ->> 'run' is null;
begin
  r.company_id := j.company_id; r.id := coalesce((j.state ->> 'run')::uuid, gen_random_uuid()); r.job_id := j.id;
  r.kind := case j.kind when 'charge_run' then 'rent' else j.kind end; r.month := j.month; r.dry_run := false;
  r.as_of := least(j.as_of, domovoi.company_today(j.company_id));
  if total is null then
    total := cardinality(domovoi.run_agreements(j.company_id, r.kind, month, null, null));
  end if;
  part := domovoi.run_agreements(j.company_id, r.kind, month, (j.state ->> 'after')::uuid, most);
  more := cardinality(part) = most;
  if cardinality(part) > 0 then lines := domovoi.run_part(r, part); end if;
  if cardinality(lines) > 0 or not more and first and not exists (select from domovoi.charge_run x
      where x.company_id = r.company_id and x.month = r.month and x.kind = r.kind and not x.dry_run
        and x.building_id is null and x.agreement_id is null) then
    r := domovoi.keep_run(r, lines);
    if first then perform domovoi.audit(r.company_id, 'charge_run', r.id, 'create', null, to_jsonb(r)); end if;
    first := false;
  end if;
  return jsonb_build_object('more', more, 'done', cardinality(part), 'total', total,
    'failed', (select count(*) from unnest(lines) l where l.outcome = 'error'),
    'state', jsonb_strip_nulls(jsonb_build_object('after', part[cardinality(part)],
      'run', case when not first then r.id end)),
    'result', case when first then '{}' else jsonb_build_object('run', r.no, 'created', r.created,
      'skipped', r.skipped, 'errors', r.failed) end,
    'error', (select l.message from unnest(lines) l where l.outcome = 'error' limit 1));
end $$;

-- ---- the other kinds of work ----------------------------------------------------------------------------------------

create function domovoi.holds_due(p_company int) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return exists (select from domovoi.reservation r where r.company_id = p_company and r.status = 'hold'
    and r.hold_until <= domovoi.now()); end $$;
create function domovoi.do_holds(j domovoi.job) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n int := domovoi.expire_holds(j.company_id, 200);
begin return jsonb_build_object('more', n = 200, 'done', n); end $$;

create function domovoi.stays_due(p_company int) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company);
begin
  return domovoi.setting_of(p_company, 'auto_check_in') = 'true' and exists (select from domovoi.reservation r
      where r.company_id = p_company and r.status = 'confirmed' and r.check_in <= today and r.check_out > today)
    or domovoi.setting_of(p_company, 'auto_check_out') = 'true' and exists (select from domovoi.reservation r
      where r.company_id = p_company and r.status = 'checked_in' and r.check_out <= today);
end $$;
create function domovoi.do_stays(j domovoi.job) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n int := domovoi.sweep_stays(j.company_id);
begin return jsonb_build_object('more', n = 200, 'done', n); end $$;

-- Agreements whose last day is over, in the order of their ids after one of them, each for itself: one whose last
-- account cannot be drawn up keeps nobody else.
create function domovoi.expire_agreements(p_company int, p_after uuid, p_most int, out done int, out failed int,
    out said text, out last uuid, out more boolean)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare today date := domovoi.company_today(p_company); due uuid[]; one uuid;
begin
  due := array(select a.id from domovoi.agreement a where a.company_id = p_company
    and a.status in ('active', 'notice') and a.ends_on <= today and (p_after is null or a.id > p_after)
    order by a.id limit p_most);
  perform domovoi.lock_units(p_company, array(select a.unit_id from domovoi.agreement a
    where a.company_id = p_company and a.id = any (due)));
  done := 0; failed := 0; last := due[cardinality(due)]; more := coalesce(cardinality(due) = p_most, false);
  foreach one in array due loop
    begin
      update domovoi.agreement a set status = 'expired' where a.company_id = p_company and a.id = one
        and a.status in ('active', 'notice') and a.ends_on <= today;
      done := done + found::int;
    exception when others then
      if left(sqlstate, 2) not in ('DM', '22', '23') then raise; end if;
      failed := failed + 1; said := coalesce(said, sqlerrm);
    end;
  end loop;
end $$;
-- As in 0019, of the above.
create or replace function domovoi.expire_agreements(p_company int) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (domovoi.expire_agreements(p_company, null, null)).done; end $$;
create function domovoi.do_agreements(j domovoi.job) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare x record := domovoi.expire_agreements(j.company_id, (j.state ->> 'after')::uuid, 100);
begin
  return jsonb_build_object('more', x.more, 'done', x.done, 'failed', x.failed, 'error', x.said,
    'state', jsonb_strip_nulls(jsonb_build_object('after', x.last)));
end $$;

create function domovoi.seal_due(p_company int) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return exists (select from domovoi.audit_log a where a.company_id = p_company
    and a.xid >= coalesce((select h.seen from domovoi.audit_head h where h.company_id = p_company), '0')
    and not exists (select from domovoi.audit_seal s where s.company_id = p_company and s.audit_id = a.id));
end $$;
create function domovoi.do_audit_seal(j domovoi.job) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return jsonb_build_object('more', false, 'done', domovoi.audit_seal(j.company_id)); end $$;

-- A17: what the ledger says of an account is what is open on it. If not, the job has failed and says where.
create function domovoi.do_books(j domovoi.job) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare wrong text := (select string_agg(f, ', ') from (select f from domovoi.ledger_faults() f limit 20) x);
begin
  if wrong is not null then
    perform domovoi.fail('DM011', 'The books do not agree.', null, wrong);
  end if;
  return '{"more": false}';
end $$;

-- What is past asking for: images of changes that cannot be taken back any more, looks that are over, jobs of the last
-- season, and what the sign-in keeps. Five hundred rows of each a step.
create function domovoi.do_prune(j domovoi.job) returns jsonb
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n int; done int := 0; more boolean := false; most constant int := 500; t timestamptz := domovoi.now();
begin
  delete from domovoi.undo_image x where x.mutation_id in (select o.mutation_id from domovoi.undo_image o
    where o.at < t - interval '2 days' order by o.at limit most for update skip locked);
  get diagnostics n = row_count; done := done + n; more := more or n = most;
  delete from domovoi.look x where x.id in (select o.id from domovoi.look o where o.until < t - interval '90 days'
    limit most);
  get diagnostics n = row_count; done := done + n; more := more or n = most;
  delete from domovoi.job x where (x.company_id, x.id) in (select o.company_id, o.id from domovoi.job o
    where o.status in ('done', 'failed', 'cancelled') and o.finished_at < t - interval '90 days'
      and not exists (select from domovoi.charge_run r where r.company_id = o.company_id and r.job_id = o.id)
    order by o.finished_at limit most for update skip locked);
  get diagnostics n = row_count; done := done + n; more := more or n = most;
  if not more then done := done + (select coalesce(sum(p.rows), 0) from ops.prune() p); end if;
  return jsonb_build_object('more', more, 'done', done);
end $$;

-- ---- when -----------------------------------------------------------------------------------------------------------

-- Where work for the platform is kept: in the platform's own company, else in the oldest one.
create function domovoi.home_company() returns int
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$ begin return (select c.id from domovoi.company c where c.status <> 'closed' order by c.kind <> 'platform', c.id
    limit 1); end $$;

-- The slots of a kind after one of them (null: only the newest) that are due at that instant, in their order. A day
-- and a month are the company's: a clock that is put forward over the hour or back over it again leaves one slot a day.
create function domovoi.job_slots(k domovoi.job_kind, p_company int, p_after text, p_at timestamptz)
  returns table (slot text, due_at timestamptz, as_of date)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  zone text := (select c.tz from domovoi.company c where c.id = p_company);
  today date := (p_at at time zone zone)::date; t timestamptz; since date; nth int;
begin
  if k.every = 'minutes' then
    t := date_bin(make_interval(mins => k.minutes), p_at, '2000-01-01T00:00Z');
    return query select x.slot, t, today
      from (select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as slot) x
     where p_after is null or x.slot > p_after;
  elsif k.every = 'day' then
    since := case when p_after is null then today - 1 else greatest(p_after::date + 1, today - 400) end;
    return query select to_char(d.day, 'YYYY-MM-DD'), x.due, d.day from (select since + n as day
          from generate_series(0, today - since) n) d
        cross join lateral (select (d.day + k.at_time) at time zone zone as due) x
       where x.due <= p_at and (p_after is not null or x.due > p_at - interval '26 hours') order by d.day;
  else
    nth := coalesce((domovoi.setting_of(p_company, k.day) #>> '{}')::int, 1);
    since := case when p_after is null then domovoi.month_of(today) - interval '1 month'
      else greatest((p_after || '-01')::date + interval '1 month', today - interval '13 months') end;
    return query select to_char(m.day, 'YYYY-MM'), x.due, m.day from (select domovoi.due_day(g::date, nth) as day
          from generate_series(domovoi.month_of(since)::timestamp, today, interval '1 month') g) m
        cross join lateral (select (m.day + k.at_time) at time zone zone as due) x
       where x.due <= p_at order by m.day;
  end if;
end $$;

-- When to look again: at the next slot of minutes or of the day, but within an hour, because settings may change.
create function domovoi.job_look(k domovoi.job_kind, p_company int, p_at timestamptz) returns timestamptz
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare zone text := (select c.tz from domovoi.company c where c.id = p_company); today date; t timestamptz;
begin
  if k.every = 'minutes' then
    return date_bin(make_interval(mins => k.minutes), p_at, '2000-01-01T00:00Z') + make_interval(mins => k.minutes);
  end if;
  today := (p_at at time zone zone)::date;
  t := (today + k.at_time) at time zone zone;
  if t <= p_at then t := (today + 1 + k.at_time) at time zone zone; end if;
  return least(t, p_at + interval '1 hour');
end $$;

-- Does the clock work for this company? Not in one that is made up and stands still: its days are not today's (0022).
create function domovoi.job_wakes(p_company int) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return coalesce(current_setting('domovoi.now', true), '') <> ''
    or exists (select from domovoi.server s where s.kind = 'live')
    or coalesce((select max(r.booked_on) from domovoi.reservation r where r.company_id = p_company)
      >= domovoi.company_today(p_company) - 2, true);
end $$;

-- One kind of work in one company: its slots until now become jobs or pass, and the hand of its clock moves on.
create function domovoi.job_wind(k domovoi.job_kind, p domovoi.job_clock, p_at timestamptz) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare s record; n int := 0; last text; wanted boolean := k.enabled and domovoi.job_wakes(p.company_id); busy boolean;
begin
  if wanted and k.switch is not null then
    wanted := coalesce(domovoi.setting_of(p.company_id, k.switch) = 'true', false);
  end if;
  last := (select max(x.slot) from domovoi.job_slots(k, p.company_id, p.slot, p_at) x);
  if last is null then
    update domovoi.job_clock c set next_at = domovoi.job_look(k, p.company_id, p_at)
      where c.company_id = p.company_id and c.kind = p.kind;
    return 0;
  end if;
  -- what has been going on for months does not begin with the month that is half over
  wanted := wanted and not (k.catch_up and p.slot is null);
  if wanted and k.due is not null then
    execute format('select domovoi.%I($1)', k.due) into wanted using p.company_id;
  end if;
  busy := not k.catch_up and exists (select from domovoi.job x where x.company_id = p.company_id and x.kind = k.code
    and x.status in ('queued', 'running'));
  for s in select * from domovoi.job_slots(k, p.company_id, p.slot, p_at) x
      where wanted and not busy and (k.catch_up or x.slot = last) order by x.slot loop
    insert into domovoi.job (company_id, kind, slot, due_at, month, as_of)
      values (p.company_id, k.code, s.slot, s.due_at, to_char(s.as_of, 'YYYY-MM'), s.as_of)
      on conflict (company_id, kind, slot) do nothing;
    n := n + found::int;
  end loop;
  update domovoi.job_clock c set slot = last, next_at = domovoi.job_look(k, p.company_id, p_at)
    where c.company_id = p.company_id and c.kind = p.kind;
  return n;
end $$;

-- ---- by hand --------------------------------------------------------------------------------------------------------

create function domovoi.job_label(r jsonb) returns text
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$ begin return concat_ws(' ', r ->> 'no', r ->> 'kind', r ->> 'month'); end $$;

create function domovoi.job_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  s jsonb := domovoi.read_set('job', p_company, p_set, 'create', null); today date := domovoi.company_today(p_company);
  k domovoi.job_kind; m text;
begin
  perform domovoi.must_have(s, 'kind');
  select * into k from domovoi.job_kind x where x.code = s ->> 'kind';
  if k.code is null then
    perform domovoi.fail('DM007', 'This value is not known.', 'kind', left(s ->> 'kind', 40),
      'One of: ' || (select string_agg(x.code, ', ' order by x.sort) from domovoi.job_kind x));
  end if;
  perform domovoi.require(k.permission);
  if k.code = 'indexation' then perform domovoi.require('agreement.sign'); end if;
  m := coalesce(s ->> 'month', to_char(today, 'YYYY-MM'));
  if m !~ '^[12]\d{3}-(0[1-9]|1[0-2])$' then
    perform domovoi.fail('DM007', 'The value is not valid.', 'month', left(m, 40), 'Write months as YYYY-MM.');
  elsif m > to_char(today + interval '1 year', 'YYYY-MM') then
    perform domovoi.fail('DM007', 'The month is too far ahead.', 'month', m, 'Choose an earlier month.');
  end if;
  insert into domovoi.job (company_id, id, kind, slot, due_at, month, as_of)
    values (p_company, p_id, k.code, 'hand:' || p_id, domovoi.now(), m, today);
end $$;

-- The general refusal, and the permission of the kind of work itself.
create function domovoi.job_refusal(r jsonb, p_action text, out code text, out reason text, out detail text,
    out remedy text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare a domovoi.record_action; may text[];
begin
  select * into a from domovoi.record_action x where x.resource = 'job' and x.action = p_action;
  may := array[a.permission] || array(select k.permission from domovoi.job_kind k where k.code = r ->> 'kind');
  if a.action is null then
    code := 'DM007'; reason := 'There is no such action.'; detail := p_action;
    return;
  end if;
  detail := (select min(p) from unnest(may) p where not domovoi.has_permission(p));
  if detail is not null then
    code := 'DM005'; reason := 'You may not do this.'; remedy := 'Ask the head of your company for the permission.';
  elsif not r ->> 'status' = any (a.states) then
    code := 'DM001'; reason := 'This is not possible in the present state.'; detail := r ->> 'status';
  end if;
end $$;

-- Cancelled, it stops before its next step and keeps what is done; run again, it goes on from there.
create function domovoi.job_act(p_company int, p_id uuid, p_action text, p_args jsonb, p_was jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if p_action = 'cancel' then
    update domovoi.job x set status = 'cancelled', finished_at = domovoi.now() where x.company_id = p_company
      and x.id = p_id;
  else
    update domovoi.job x set status = 'queued', attempts = 0, wait_until = null, beat_at = null, leader = null,
        finished_at = null, error = null
      where x.company_id = p_company and x.id = p_id;
  end if;
end $$;

create function act.job_cancel(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('job', id, version, 'cancel', '{}') $$;
create function act.job_run_again(id text, version int default null) returns jsonb
  language sql set search_path = pg_catalog, pg_temp
  as $$ select act.call('job', id, version, 'run_again', '{}') $$;
grant execute on function act.job_cancel, act.job_run_again to domovoi_staff;

-- ---- the worker's doors ---------------------------------------------------------------------------------------------

-- Only in nobody's name, and only the session that holds the lock 7241, 2: one that lost its connection has lost the
-- lock with it, and cannot do by mistake what another one is doing now.
create function domovoi.must_lead() returns void
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if domovoi.my_user() is not null or not exists (select from pg_locks l where l.locktype = 'advisory'
      and l.classid = 7241 and l.objid = 2 and l.objsubid = 2 and l.granted and l.pid = pg_backend_pid()) then
    perform domovoi.fail('DM005', 'Only the worker that leads may do this.');
  end if;
end $$;

-- A new leader: what another one left unfinished waits again, and goes on from its last step. What has killed twenty
-- workers is not given a twenty-first.
create function ops.job_lead(p_leader text) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare n int;
begin
  perform domovoi.only_api();
  perform domovoi.must_lead();
  update domovoi.job x set status = case when x.attempts >= 20 then 'failed' else 'queued' end,
      finished_at = case when x.attempts >= 20 then domovoi.now() end,
      error = case when x.attempts >= 20 then 'The worker died of it.' else x.error end
    where x.status = 'running' and x.leader is distinct from p_leader;
  get diagnostics n = row_count;
  return n;
end $$;

-- Make jobs of what has become due, in no more than so many companies and kinds; returns how many were looked at.
create function ops.jobs_due(p_most int default 200) returns int
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.job_clock; k domovoi.job_kind; n int := 0; t timestamptz := domovoi.now(); home int;
begin
  perform domovoi.only_api();
  perform domovoi.must_lead();
  home := domovoi.home_company();
  if exists (select from domovoi.company c, domovoi.job_kind x where c.status <> 'closed'
      and (x.per_company or c.id = home) and not exists (select from domovoi.job_clock y where y.company_id = c.id
        and y.kind = x.code)) then
    insert into domovoi.job_clock (company_id, kind)
      select c.id, x.code from domovoi.company c, domovoi.job_kind x
       where c.status <> 'closed' and (x.per_company or c.id = home) on conflict do nothing;
  end if;
  for p in select c.* from domovoi.job_clock c join domovoi.company x on x.id = c.company_id and x.status <> 'closed'
      where c.next_at <= t order by c.next_at limit p_most for update of c loop
    select * into k from domovoi.job_kind x where x.code = p.kind;
    k.enabled := k.enabled and (k.per_company or p.company_id = home);
    perform domovoi.job_wind(k, p, t);
    n := n + 1;
  end loop;
  return n;
end $$;

-- The next job to do a step of, if there is one: the urgent kinds first, in turns within a kind.
create function ops.job_begin(p_leader text, out company int, out id uuid, out kind text, out slot text,
    out attempts int, out late_seconds bigint)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare j domovoi.job;
begin
  perform domovoi.only_api();
  perform domovoi.must_lead();
  select x.* into j from domovoi.job x join domovoi.job_kind k on k.code = x.kind
   where x.status in ('queued', 'running') and (x.wait_until is null or x.wait_until <= clock_timestamp())
   order by k.sort, x.beat_at nulls first, x.due_at, x.slot limit 1 for update of x skip locked;
  if j.id is null then return; end if;
  if j.status = 'queued' then
    update domovoi.job x set status = 'running', attempts = x.attempts + 1, leader = p_leader,
        started_at = coalesce(x.started_at, domovoi.now()), beat_at = clock_timestamp()
      where x.company_id = j.company_id and x.id = j.id returning * into j;
  end if;
  company := j.company_id; id := j.id; kind := j.kind; slot := j.slot; attempts := j.attempts;
  late_seconds := greatest(extract(epoch from j.started_at - j.due_at), 0);
end $$;

-- What is wrong with this job: tried again later, or failed where that would not help. (Rules say no for a reason.)
create function ops.job_trouble(j domovoi.job, p_state text, p_message text, p_detail text) returns text
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  over boolean := p_state like 'DM%' or j.attempts >= (select k.tries from domovoi.job_kind k where k.code = j.kind);
  becomes text;
begin
  perform domovoi.only_api();
  update domovoi.job x
    set status = case when x.status <> 'running' then x.status when over then 'failed' else 'queued' end,
      error = left(concat_ws(': ', p_message, nullif(p_detail, '')), 2000), beat_at = clock_timestamp(),
      wait_until = clock_timestamp() + least(30 * 2 ^ (x.attempts - 1), 3600) * interval '1 s',
      finished_at = case when x.status <> 'running' or over then coalesce(x.finished_at, domovoi.now()) end
    where x.company_id = j.company_id and x.id = j.id returning status into becomes;
  return becomes;
end $$;

-- One step, and how far it came, together or not at all. The row is not locked while it works, so that somebody may
-- cancel the job meanwhile; what this step did is kept then, too.
create function ops.job_step(p_company int, p_id uuid, out status text, out done int, out failed int, out total int,
    out error text)
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare j domovoi.job; r jsonb; st text; msg text; det text;
begin
  perform domovoi.only_api();
  perform domovoi.must_lead();
  select * into j from domovoi.job x where x.company_id = p_company and x.id = p_id;
  if j.status = 'running' then
    begin
      execute format('select domovoi.%I($1)', (select k.step from domovoi.job_kind k where k.code = j.kind)) into r
        using j;
      set constraints all immediate;
    exception when query_canceled or others then
      get stacked diagnostics st = returned_sqlstate, msg = message_text, det = pg_exception_detail;
    end;
    if st is not null then
      perform ops.job_trouble(j, st, msg, det);
    else
      update domovoi.job x set done = x.done + coalesce((r ->> 'done')::int, 0),
          failed = x.failed + coalesce((r ->> 'failed')::int, 0), total = coalesce((r ->> 'total')::int, x.total),
          state = x.state || coalesce(r -> 'state', '{}'), result = x.result || coalesce(r -> 'result', '{}'),
          error = coalesce(r ->> 'error', case when x.failed > 0 then x.error end),
          beat_at = clock_timestamp(), attempts = case when (r ->> 'more')::boolean then least(x.attempts, 1)
            else x.attempts end,
          status = case when x.status = 'running' and not (r ->> 'more')::boolean then 'done' else x.status end,
          finished_at = case when (r ->> 'more')::boolean then x.finished_at
            else coalesce(x.finished_at, domovoi.now()) end
        where x.company_id = p_company and x.id = p_id;
    end if;
  end if;
  select x.status, x.done, x.failed, x.total, x.error into status, done, failed, total, error
    from domovoi.job x where x.company_id = p_company and x.id = p_id;
end $$;

-- A step that broke off at its end, where the function itself could not note it.
create function ops.job_broke(p_company int, p_id uuid, p_state text, p_message text) returns text
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare j domovoi.job;
begin
  perform domovoi.only_api();
  perform domovoi.must_lead();
  select * into j from domovoi.job x where x.company_id = p_company and x.id = p_id;
  return ops.job_trouble(j, p_state, p_message, null);
end $$;

-- The notifier that the worker hosts looks at the feed and sweeps with the same login.
grant execute on function ops.job_lead, ops.jobs_due, ops.job_begin, ops.job_step, ops.job_broke, api.feed, domovoi.tick
  to domovoi_api;
reset role;
