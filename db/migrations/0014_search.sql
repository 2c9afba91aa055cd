-- Kazakh letters are found by the Russian ones that people type for them on another layout: "кали" finds Қалиева.
-- The client folds what it asks for the same way (text_token).
set local role domovoi_rules;

create or replace function domovoi.words(p text) returns setof text
  language plpgsql immutable parallel safe set search_path = pg_catalog, domovoi, pg_temp
  as $$
declare f text collate "und-x-icu" := translate(domovoi.fold(p), 'әғқңөұүһі', 'агкноуухи');
begin
  return query
    select distinct left(w, 64) from (
      select regexp_split_to_table(f, '[^[:alnum:]]+') as w
      union all
      select trim(both '.,;:!?«»"()' from regexp_split_to_table(f, '\s+'))
    ) b where w <> '';
end $$;

insert into domovoi.unit_token (company_id, token, unit_id, building_id, agent_id, owner_id)
  select company_id, translate(token, 'әғқңөұүһі', 'агкноуухи'), unit_id, building_id, agent_id, owner_id
    from domovoi.unit_token where token ~ '[әғқңөұүһі]' on conflict do nothing;
delete from domovoi.unit_token where token ~ '[әғқңөұүһі]';
insert into domovoi.party_token (company_id, token, party_id, agent_id, contact)
  select company_id, translate(token, 'әғқңөұүһі', 'агкноуухи'), party_id, agent_id, contact
    from domovoi.party_token where token ~ '[әғқңөұүһі]' on conflict do nothing;
delete from domovoi.party_token where token ~ '[әғқңөұүһі]';

reset role;
