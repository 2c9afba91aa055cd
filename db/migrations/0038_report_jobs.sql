-- Reports that take longer than a caller waits: asked for by one request, made by the server that took it, told by
-- whichever server is asked afterwards. The result is a bytea beside the job, since a large object would need a
-- transaction of several statements (a pooler does not give one) and a cleaner of its own; at most 16 MiB, kept a day.

set local role domovoi_owner;
create table domovoi.report_job (
  id           uuid primary key,
  user_id      uuid not null references domovoi.app_user,
  login_id     uuid,                                     -- with what it was asked for: it must still be live
  key_id       uuid,
  company_id   int,
  role         text,
  see_as       text,
  membership_id uuid not null,                           -- the place in which it was asked for, with at least …
  rights       text[] not null,                          -- … these permissions: who has lost one does not read it
  report       text not null,
  args         jsonb not null,
  format       text not null check (format in ('json', 'csv', 'xlsx')),
  most         int not null,                             -- rows; 0 = all
  status       text not null default 'queued' check (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
  progress     int not null default 0 check (progress between 0 and 100),
  attempts     int not null default 0,
  server       uuid,
  beat_at      timestamptz,
  created_at   timestamptz not null default clock_timestamp(),
  finished_at  timestamptz,
  failure      jsonb,                                    -- {code, field, text, remedy}
  result       bytea check (length(result) <= 16777216)
);
create index on domovoi.report_job (user_id, created_at);
create index on domovoi.report_job (finished_at);
do $$ begin perform domovoi.protect('domovoi.report_job'::regclass, 'closed'); end $$;
reset role;

set local role domovoi_rules;

-- Is the job for who asks? His session or key is live, as before every request (or it is an error); the job is his
-- person's, and for a key its own; and his person still has what he had where it was asked for.
create function domovoi.is_his_job(p_id uuid, p_user uuid, p_login uuid, p_key uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  perform act.assume(p_user, null, null, p_login, p_key, null);
  return exists (select from domovoi.report_job j
    join domovoi.standing x on x.id = j.membership_id and x.user_id = j.user_id
    where j.id = p_id and j.user_id = p_user and (p_key is null or j.key_id = p_key)
      and domovoi.permissions_of(x.company_id, x.user_id, array[x.role]) @> j.rights);
end $$;

-- False: the person has four that are not finished. What is older than a day goes.
create function ops.report_job_new(id uuid, "user" uuid, login uuid, key uuid, company int, role text, see_as text,
    report text, args jsonb, format text, most int) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  perform act.assume("user", company, report_job_new.role, login, key, null);
  delete from domovoi.report_job j where j.finished_at < clock_timestamp() - interval '1 day'
    or j.created_at < clock_timestamp() - interval '2 days';
  perform pg_advisory_xact_lock(7250, hashtext("user"::text));
  if (select count(*) from domovoi.report_job j where j.user_id = "user" and j.finished_at is null
      and coalesce(j.beat_at, j.created_at) > clock_timestamp() - interval '1 minute') >= 4 then
    return false;
  end if;
  insert into domovoi.report_job (id, user_id, login_id, key_id, company_id, role, see_as, membership_id, rights,
      report, args, format, most)
    select report_job_new.id, "user", login, key, company, report_job_new.role, report_job_new.see_as, x.id,
        domovoi.permissions_of(x.company_id, x.user_id, array[x.role]), report_job_new.report, report_job_new.args,
        report_job_new.format, report_job_new.most
      from domovoi.standing x where x.id = current_setting('domovoi.membership')::uuid;
  return true;
end $$;

-- A server takes the job: a new one, or one whose server has not been heard of for 30 seconds. After three servers it
-- has failed. Rows: none when another one has it.
create function ops.report_job_take(id uuid, server uuid)
  returns table ("user" uuid, login uuid, key uuid, company int, role text, see_as text, report text, args jsonb,
    format text, most int)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  update domovoi.report_job j set status = 'failed', finished_at = clock_timestamp(),
      failure = '{"code": "E-JOB", "text": "the servers that made it went away"}'
    where j.id = report_job_take.id and j.status = 'running' and j.attempts >= 3
      and j.beat_at < clock_timestamp() - interval '30 seconds';
  return query update domovoi.report_job j
    set status = 'running', progress = 10, server = report_job_take.server, attempts = j.attempts + 1,
      beat_at = clock_timestamp()
    where j.id = report_job_take.id and (j.status = 'queued' or j.status = 'running'
      and j.beat_at < clock_timestamp() - interval '30 seconds')
    returning j.user_id, j.login_id, j.key_id, j.company_id, j.role, j.see_as, j.report, j.args, j.format, j.most;
end $$;

-- The server is there and has got so far. Null: the job is not its any more; 'cancelled': somebody has cancelled it.
create function ops.report_job_beat(id uuid, server uuid, progress int) returns text
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  update domovoi.report_job j set beat_at = clock_timestamp(), progress = greatest(j.progress, report_job_beat.progress)
    where j.id = report_job_beat.id and j.server = report_job_beat.server and j.status = 'running';
  return (select j.status from domovoi.report_job j where j.id = report_job_beat.id
    and j.server = report_job_beat.server);
end $$;

create function ops.report_job_end(id uuid, server uuid, result bytea, failure jsonb) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  update domovoi.report_job j set status = case when report_job_end.failure is null then 'done' else 'failed' end,
      progress = 100, finished_at = clock_timestamp(), result = report_job_end.result, failure = report_job_end.failure
    where j.id = report_job_end.id and j.server = report_job_end.server and j.status = 'running';
  return found;
end $$;

-- As who asked for it sees it; nobody else does.
create function ops.report_job(id uuid, "user" uuid, login uuid, key uuid)
  returns table (report text, format text, status text, progress int, created_at text, finished_at text, bytes int,
    code text, field text, detail text, remedy text, stale boolean)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  if not domovoi.is_his_job(id, "user", login, key) then return; end if;
  return query select j.report, j.format, j.status, j.progress,
      to_char(j.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      to_char(j.finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), length(j.result),
      j.failure ->> 'code', j.failure ->> 'field', j.failure ->> 'text', j.failure ->> 'remedy',
      j.status = 'running' and j.beat_at < clock_timestamp() - interval '30 seconds'
        or j.status = 'queued' and j.created_at < clock_timestamp() - interval '5 seconds'
    from domovoi.report_job j where j.id = report_job.id;
end $$;

create function ops.report_job_result(id uuid, "user" uuid, login uuid, key uuid)
  returns table (report text, format text, result bytea)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  if not domovoi.is_his_job(id, "user", login, key) then return; end if;
  return query select j.report, j.format, j.result from domovoi.report_job j
    where j.id = report_job_result.id and j.status = 'done';
end $$;

-- False: there is none for him.
create function ops.report_job_cancel(id uuid, "user" uuid, login uuid, key uuid) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  perform domovoi.only_api();
  if not domovoi.is_his_job(id, "user", login, key) then return false; end if;
  update domovoi.report_job j set status = 'cancelled', finished_at = clock_timestamp()
    where j.id = report_job_cancel.id and j.status in ('queued', 'running');
  return true;
end $$;
revoke all on function ops.report_job_new, ops.report_job_take, ops.report_job_beat, ops.report_job_end, ops.report_job,
  ops.report_job_result, ops.report_job_cancel from public;
grant execute on function ops.report_job_new, ops.report_job_take, ops.report_job_beat, ops.report_job_end,
  ops.report_job, ops.report_job_result, ops.report_job_cancel to domovoi_api;
reset role;
