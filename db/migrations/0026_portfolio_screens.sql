-- The pages of a unit's and a building's card are lists narrowed to it: each is found and counted by an index.

set local role domovoi_owner;

create index on domovoi.charge (company_id, unit_id, due_on, id) where unit_id is not null;
create index on domovoi.payment (company_id, unit_id, booked_on, id) where unit_id is not null;
create index on domovoi.expense (company_id, building_id, incurred_on, id) where building_id is not null;
create index on domovoi.secret_access (company_id, unit_id, at, id);
create index on domovoi.unit_attachment (company_id, unit_id, sort, id);
create index on domovoi.block (company_id, unit_id, check_in, id);
create index on domovoi.price_change (company_id, offering_id, at, id);
