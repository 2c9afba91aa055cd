-- What is watched live: whom a change concerns, for the API's event streams; the figures of the day and the alerts as
-- one answer; and who has seen which alert, until when. Alerts are no records: they are what report.attention and the
-- money desk say of the caller's rows at the moment, so a mark is about a question ("the late arrivals that I see"), and
-- it holds only as long as the answer does not get worse.

set local role domovoi_owner;

create table domovoi.alert_mark (
  id          uuid primary key,                 -- made by the client: the same twice is one
  reach       text not null,                    -- whose alert: the company's, or of one person's own rows
  alert       text not null,
  company_id  int references domovoi.company,
  user_id     uuid not null references domovoi.app_user,
  count       bigint not null,                  -- as many as there were: one more, and it is open again
  note        text check (length(note) <= 500),
  at          timestamptz not null,
  until       timestamptz not null check (until > at)
);
create index on domovoi.alert_mark (reach, alert, at);
do $$ begin perform domovoi.protect('domovoi.alert_mark', 'closed'); end $$;
reset role;

set local role domovoi_rules;

-- Everybody who sees a company's rows shares its alerts; who sees a part of them has his own.
create function domovoi.my_reach() returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  return case m.scope when 'platform' then 'p:' || coalesce(m.company_id::text, '*')
    when 'company' then 'c:' || m.company_id when 'own' then 'a:' || m.user_id when 'landlord' then 'o:' || m.user_id
    else 'u:' || m.user_id end;
end $$;

-- By what a change is known to concern the session: as the policies of the change feed, for whoever filters it outside.
create function api.feed_view(out platform boolean, out company int, out "user" uuid, out keys text[],
  out resources text[])
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare m record := domovoi.me();
begin
  if m.user_id is null then perform domovoi.fail('DM009', 'This login has no active membership.'); end if;
  platform := m.scope = 'platform';
  company := m.company_id;
  "user" := m.user_id;
  keys := domovoi.my_keys() || domovoi.my_reach();
  resources := domovoi.my_resources() || 'alert'::text;
end $$;

-- Marks that hold, the newest of each alert.
create function api.alert_marks() returns table (alert text, count bigint, note text, seen_at timestamptz,
    until timestamptz, seen_by text)
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
#variable_conflict use_column
begin
  return query
    select distinct on (k.alert) k.alert, k.count, k.note, k.at, k.until, u.display_name
      from domovoi.alert_mark k join domovoi.app_user u on u.id = k.user_id
     where k.reach = domovoi.my_reach() and k.until > domovoi.now()
     order by k.alert, k.at desc, k.id desc;
end $$;

-- What one must be allowed to do to say that an alert is being looked after.
create function api.may_mark(p_alert text) returns boolean
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return domovoi.has_permission(case when p_alert like 'refunds%' then 'refund.approve'
    when p_alert like 'charges%' or p_alert like 'promises%' then 'payment.record' else 'reservation.edit' end);
end $$;

create function act.alert_mark(id uuid, alert text, count bigint, minutes int, note text) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  m record := domovoi.me();
  k domovoi.alert_mark; reach text := domovoi.my_reach(); at timestamptz := domovoi.now();
begin
  if not api.may_mark($2) then
    perform domovoi.fail('DM005', 'You may not do this.', null, $2, 'Ask the head of your company for the permission.');
  elsif coalesce($4, 480) not between 1 and 10080 then
    perform domovoi.fail('DM007', 'The value is not valid.', 'minutes', $4::text, '1 - 10080');
  elsif length($5) > 500 or $5 ~ '[[:cntrl:]]' then
    perform domovoi.fail('DM007', 'The text is too long or has control characters.', 'note');
  end if;
  insert into domovoi.alert_mark values ($1, reach, $2, m.company_id, m.user_id, $3, nullif(trim($5), ''), at,
      at + make_interval(mins => coalesce($4, 480))) on conflict do nothing;
  if not found then
    select * into k from domovoi.alert_mark x where x.id = $1;
    if (k.user_id, k.reach, k.alert, k.until - k.at) is distinct from (m.user_id, reach, $2,
        make_interval(mins => coalesce($4, 480))) or k.note is distinct from nullif(trim($5), '') then
      perform domovoi.fail('DM008', 'This mutation id was used for another request.', 'id', $1::text, 'Make a new id.');
    end if;
    return;
  end if;
  perform domovoi.audit(m.company_id, 'alert', $1, 'acknowledge', null, jsonb_build_object('alert', $2, 'count', $3,
    'until', at + make_interval(mins => coalesce($4, 480))), $5, $1);
  if m.company_id is not null then -- the feed's entries are of a company
    perform domovoi.log_change(m.company_id, 'alert', md5(reach || $2)::uuid, 'UPDATE', 1, null, array[reach]);
  end if;
end $$;
reset role;

-- Read with the caller's own rights.
set local role domovoi_owner;

-- Alerts now, the worst first. `money`: what report.desk said, by whom has asked it already.
create function api.alerts(money jsonb default null) returns table (id text, name text, severity int, count bigint,
    resource text, filter text, status text, seen_by text, seen_at timestamptz, until timestamptz, note text,
    may_acknowledge boolean)
  language plpgsql stable set jit = off as $$
#variable_conflict use_column
begin
  return query
    select a.id, a.name, a.severity, a.count, a.resource, a.filter,
        case when k.alert is null then 'open' else 'acknowledged' end, k.seen_by, k.seen_at, k.until, k.note,
        api.may_mark(a.id)
      from (select t.key as id, t.name, t.severity, t.count, t.resource, t.filter from report.attention() t
        union all
        select (d ->> 'key') || coalesce('.' || (d ->> 'currency'), ''), d ->> 'name',
            case d ->> 'key' when 'refunds_failed' then 2 else 1 end, (d ->> 'count')::bigint, d ->> 'resource',
            d ->> 'filter'
          from jsonb_array_elements(coalesce(alerts.money, (select coalesce(jsonb_agg(x), '[]')
            from report.desk() x))) d
         where d ->> 'key' in ('refunds_failed', 'charges_overdue', 'promises_due')) a
      left join api.alert_marks() k on k.alert = a.id and k.count >= a.count
     order by a.severity desc, k.alert is not null, a.count desc, a.id;
end $$;

-- The day in one answer: how it stands, what waits for whoever keeps the money, what needs somebody.
create function api.monitor() returns jsonb
  language plpgsql stable set jit = off as $$
declare
  f record := report.frame(null);
  desk jsonb := (select coalesce(jsonb_agg(jsonb_build_object('key', d.key, 'name', d.name, 'count', d.count,
      'amount_minor', d.amount_minor, 'currency', d.currency, 'since', d.since, 'resource', d.resource,
      'filter', d.filter)), '[]')
    from report.desk() d where d.key <> 'closed_upto');
begin
  return jsonb_build_object('as_of', f.at, 'today', f.today, 'company', f.company, 'currency', f.currency,
    'figures', (select jsonb_agg(jsonb_build_object('key', t.key, 'name', t.name, 'done', t.done, 'total', t.total,
        'resource', t.resource, 'filter', t.filter)) from report.today() t) || jsonb_build_object('key', 'occupied',
        'name', 'Occupied units', 'done', null, 'total', (select count(*) from api.unit_days u
          where u.status = 'occupied' and (f.company is null or u.company = f.company)), 'resource', 'units', 'filter', 'status=occupied'),
    'money', desk,
    'alerts', (select coalesce(jsonb_agg(a), '[]') from api.alerts(desk) a));
end $$;

-- Somebody looks after it: no alert that he sees is none that he can mark. id: the same twice has one effect.
create function act.alert_acknowledge(id uuid, alert text, minutes int default null, note text default null)
  returns jsonb
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
#variable_conflict use_column
declare n bigint := (select a.count from api.alerts() a where a.id = alert_acknowledge.alert);
begin
  if n is null then
    raise exception using errcode = 'DM006', message = 'There is no such alert.', column = 'id', detail = left($2, 60);
  end if;
  perform act.alert_mark($1, $2, n, $3, $4);
  return (select to_jsonb(a) from api.alerts() a where a.id = alert_acknowledge.alert);
end $$;
reset role;

revoke execute on function api.feed_view, api.alert_marks, api.may_mark, api.alerts, api.monitor, act.alert_mark,
  act.alert_acknowledge, domovoi.my_reach from public;
grant execute on function api.feed_view, api.alert_marks, api.may_mark, api.alerts, api.monitor, act.alert_mark,
  act.alert_acknowledge to domovoi_staff;
