-- What would happen: each mutation is applied by the engine itself, in a subtransaction that is then rolled back with
-- its locks. Nothing is written, nothing is kept; two mutations of one preview do not see each other.

set local role domovoi_rules;

-- How people name a record, from its row; the words are data (numbers, names, codes).
create function domovoi.label_of(p_resource text, p_row jsonb) returns text
  language plpgsql stable security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  return case p_resource
    when 'unit' then p_row ->> 'title'
    when 'building' then p_row ->> 'name'
    when 'party' then p_row ->> 'name'
    when 'reservation' then p_row ->> 'no'
    when 'block' then (select u.title from domovoi.unit u where u.company_id = (p_row ->> 'company_id')::int
      and u.id = (p_row ->> 'unit_id')::uuid) || ' ' || (p_row ->> 'check_in')
    when 'offering' then (select u.title from domovoi.unit u where u.company_id = (p_row ->> 'company_id')::int
      and u.id = (p_row ->> 'unit_id')::uuid) || ' ' || (p_row ->> 'mode') end;
end $$;

create function domovoi.row_of(p_resource text, p_company int, p_id uuid) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare r jsonb;
begin
  execute format('select to_jsonb(x) from domovoi.%I x where x.company_id = $1 and x.id = $2', p_resource) into r
    using p_company, p_id;
  return r;
end $$;

-- Of a record that the session reaches: what it is called; else what the caller called it.
create function domovoi.label_for(p_resource text, p_key text) returns text
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare at record;
begin
  if p_resource is null or p_resource not in ('unit', 'building', 'offering', 'party', 'reservation', 'block') then
    return p_key;
  end if;
  at := domovoi.locate(p_resource, (domovoi.me()).company_id, p_key);
  if at.id is null then return p_key; end if;
  perform domovoi.check_reach(p_resource, at.company_id, at.id);
  return domovoi.label_of(p_resource, domovoi.row_of(p_resource, at.company_id, at.id));
exception when sqlstate 'DM006' then
  return p_key;
end $$;

-- Did it change anything that a person would see?
create function domovoi.same_row(p_old jsonb, p_new jsonb) returns boolean
  language sql immutable set search_path = pg_catalog, pg_temp
  as $$ select coalesce(p_old - '{version,updated_at,updated_by}'::text[] = p_new - '{version,updated_at,updated_by}'::text[],
    p_old is null and p_new is null) $$;

-- One mutation, tried: {"outcome", "record", "label", and what an error says}.
create function domovoi.try(m jsonb) returns jsonb
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare
  res jsonb; after jsonb; told jsonb; what text := domovoi.singular(m ->> 'resource');
  st text; msg text; col text; det text; hint text; con text;
begin
  begin
    res := domovoi.apply(m);
    what := coalesce(res ->> 'resource', what);
    after := domovoi.row_of(what, (res ->> 'company')::int, (res ->> 'record')::uuid);
    told := jsonb_build_object('outcome', case when domovoi.same_row(nullif(res #> '{image,old}', 'null'), after) then 'same'
        else 'change' end, 'record', res ->> 'record',
      'label', domovoi.label_of(case when what = 'reservation' and m ->> 'kind' = 'create' then 'block' else what end,
        coalesce(nullif(res #> '{image,old}', 'null'), after))); -- a number given here would go to somebody else
    raise exception using errcode = 'DMTRY', message = 'tried';
  exception
    when sqlstate 'DMTRY' then
      return told;
    when others then
      get stacked diagnostics st = returned_sqlstate, msg = message_text, col = column_name,
        det = pg_exception_detail, hint = pg_exception_hint, con = constraint_name;
      told := domovoi.verdict(st, msg, col, det, hint, con);
      if told is null then raise; end if;
      return told || jsonb_build_object('outcome', 'refused', 'record', m ->> 'record', 'label',
        domovoi.label_for(what, m ->> 'record'));
  end;
end $$;

-- The mutations as for act.apply_mutation (their ids do not matter), at most 500, each on its own.
create function act.preview(ms jsonb)
  returns table (n int, record text, label text, outcome text, code text, field text, reason text, detail text,
    remedy text)
  language plpgsql volatile security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
begin
  if (domovoi.me()).user_id is null then
    perform domovoi.fail('DM009', 'This login has no active membership.');
  elsif jsonb_typeof(ms) is distinct from 'array' or jsonb_array_length(ms) not between 1 and 500 then
    perform domovoi.fail('DM007', 'A preview is of 1 to 500 changes.', null, null, 'Ask in several parts.');
  end if;
  for i in 0 .. jsonb_array_length(ms) - 1 loop
    return query select i, x.record, x.label, x.outcome, x.code, x.field, x.message, x.detail, x.remedy
      from jsonb_to_record(domovoi.try(ms -> i)) x (record text, label text, outcome text, code text, field text,
        message text, detail text, remedy text);
  end loop;
end $$;
revoke execute on function act.preview from public;
grant execute on function act.preview to domovoi_staff;

reset role;
