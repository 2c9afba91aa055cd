-- The registry of people: where somebody lives now, what is open with him, and found by the apartment as well.
-- Nothing is kept twice: both follow from agreements in force and from stays that have checked in. A page of a list
-- asks for its rows alone (subqueries of columns that are not chosen are not run); the words of an apartment are the
-- unit's own, joined to who is in it, so that one more range of unit_token is read and nothing grows with the people.

set local role domovoi_owner;

create index reservation_inside on domovoi.reservation (company_id, party_id) where status = 'checked_in';
create index agreement_inside on domovoi.agreement (company_id, party_id) where status in ('active', 'notice');

-- Who is in which unit now: what home=A02-1 finds. One row a person and unit.
create view api.party_home with (security_invoker) as
  select a.company_id as company, a.party_id as id, u.code as value, a.unit_id as unit
    from domovoi.agreement a join domovoi.unit u on u.company_id = a.company_id and u.id = a.unit_id
   where a.status in ('active', 'notice') and a.kind <> 'management'
     and a.starts_on <= (select domovoi.my_today()) and a.ends_on > (select domovoi.my_today())
  union all
  select r.company_id, r.party_id, u.code, r.unit_id
    from domovoi.reservation r join domovoi.unit u on u.company_id = r.company_id and u.id = r.unit_id
   where r.status = 'checked_in' and r.party_id is not null;

-- As in 0018, and where he lives, what is open with him (in the company's currency if he has an account in it) and when
-- he came into the registry.
create or replace view api.parties with (security_invoker) as
  select p.id, p.company_id as company, p.no, p.kind, p.name,
    case when (select domovoi.has_permission('party.contacts')) then p.phone end as phone,
    case when (select domovoi.has_permission('party.contacts')) then p.email end as email,
    p.language, p.country, p.status, p.note, p.agent_id as agent, a.display_name as agent_label, p.external_id,
    p.version, p.updated_at, p.status_reason, p.contact_by, p.marketing, p.rating,
    p.referrer_id as referrer, f.name as referrer_label, p.merged_into, s.name as merged_into_label,
    (select string_agg(x.role, ' ' order by x.role) from domovoi.party_role x where x.company_id = p.company_id
      and x.party_id = p.id and x.until is null) as roles,
    (select string_agg(distinct h.value, ' ' order by h.value) from api.party_home h where h.company = p.company_id
      and h.id = p.id) as home,
    (select sum(domovoi.balance_of(x.company_id, x.id, x.kind))::bigint from domovoi.account x
      where x.company_id = p.company_id and x.party_id = p.id and x.kind = 'receivable'
      group by x.currency order by x.currency <> (select c.currency from domovoi.company c where c.id = p.company_id),
        x.currency limit 1) as balance_minor,
    (select x.currency from domovoi.account x where x.company_id = p.company_id and x.party_id = p.id
      and x.kind = 'receivable'
      order by x.currency <> (select c.currency from domovoi.company c where c.id = p.company_id), x.currency
      limit 1) as currency
  from domovoi.party p
  left join domovoi.app_user a on a.id = p.agent_id
  left join domovoi.party f on f.company_id = p.company_id and f.id = p.referrer_id
  left join domovoi.party s on s.company_id = p.company_id and s.id = p.merged_into;

-- As in 0006, and the words of the unit that somebody is in now: its code and title find him.
create or replace view api.party_tokens with (security_invoker) as
  select t.company_id as company, t.token, t.party_id as id from domovoi.party_token t
   where not t.contact or (select domovoi.has_permission('party.contacts'))
  union all
  select t.company_id, t.token, h.id from domovoi.unit_token t
    join api.party_home h on h.company = t.company_id and h.unit = t.unit_id;

grant select on api.party_home to domovoi_staff;
reset role;
