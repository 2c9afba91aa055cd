-- A deposit pays by an action of its own (deposit.deduct, which deposit.manage guards): whoever may only record
-- payments cannot spend one that is held by calling a payment "deposit".

set local role domovoi_rules;

-- As in 0020, but a payment that is recorded by hand never comes out of a deposit.
create or replace function domovoi.payment_create(p_company int, p_id uuid, p_set jsonb) returns void
  language plpgsql security definer set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare p domovoi.payment; s jsonb; today date := domovoi.company_today(p_company);
begin
  p.charge_id := domovoi.money_ref('charge', p_company, p_set ->> 'charge', 'charge');
  p.agreement_id := domovoi.money_ref('agreement', p_company, p_set ->> 'agreement', 'agreement');
  p.reservation_id := domovoi.money_ref('reservation', p_company, p_set ->> 'reservation', 'reservation');
  p.currency := coalesce(nullif(p_set ->> 'currency', ''),
    (select x.currency from domovoi.charge x where x.company_id = p_company and x.id = p.charge_id),
    (select x.currency from domovoi.agreement x where x.company_id = p_company and x.id = p.agreement_id),
    (select x.currency from domovoi.reservation x where x.company_id = p_company and x.id = p.reservation_id),
    (select x.currency from domovoi.company x where x.id = p_company));
  s := domovoi.read_set('payment', p_company, p_set, 'create', p.currency);
  perform domovoi.must_have(s, 'amount', 'method');
  if s ->> 'method' = 'deposit' then
    perform domovoi.fail('DM007', 'A deposit pays by an action of its own.', 'method', null,
      'Use the action deduct of the deposit.');
  end if;
  p := jsonb_populate_record(p, s);
  p.company_id := p_company; p.id := p_id;
  if num_nulls(p.party_id, p.charge_id, p.agreement_id, p.reservation_id) = 4 then
    perform domovoi.must_have(s, 'party_id');
  elsif p.booked_on > today then
    perform domovoi.fail('DM007', 'The day has not come yet.', 'booked_on', p.booked_on::text);
  end if;
  perform domovoi.must_be_open(p_company, p.booked_on);
  if (domovoi.me()).scope = 'own' then p.agent_id := domovoi.my_user(); end if;
  perform domovoi.must_not_wait(p_company, coalesce(p.party_id,
    (select x.party_id from domovoi.charge x where x.company_id = p_company and x.id = p.charge_id),
    (select x.party_id from domovoi.agreement x where x.company_id = p_company and x.id = p.agreement_id),
    (select x.party_id from domovoi.reservation x where x.company_id = p_company and x.id = p.reservation_id)));
  perform domovoi.record_payment(p, false);
end $$;

reset role;
