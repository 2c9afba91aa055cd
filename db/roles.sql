-- Cluster-wide roles. Idempotent; run by the migrator before the first migration, as a superuser or a
-- role that may create roles. Nothing here can log in except what `domovoi db user add` makes later.
do $$
declare r text;
begin
  foreach r in array array[
    'domovoi_owner',     -- owns tables, views, report functions; a member of nothing
    'domovoi_rules',     -- owns the rule functions (SECURITY DEFINER); has a policy that sees every row
    'domovoi_staff',     -- what every person may touch: usage of api, act, report; select on tables
    'domovoi_platform',  -- scope roles, entered by SET ROLE: all companies …
    'domovoi_company',   -- … the company of the active membership …
    'domovoi_assigned',  -- … its assigned buildings …
    'domovoi_own',       -- … what the agent keeps himself …
    'domovoi_landlord',  -- … what the owner of the property owns
    'domovoi_api'        -- the API server's own questions (schemas auth and ops), for logins of `domovoi db api-role`
  ] loop
    if not exists (select from pg_roles where rolname = r) then
      execute format('create role %I nologin noinherit', r);
    end if;
  end loop;
end $$;
do $$
declare r text;
begin
  foreach r in array array['domovoi_platform', 'domovoi_company', 'domovoi_assigned', 'domovoi_own', 'domovoi_landlord'] loop
    if not exists (select from pg_auth_members m where m.roleid = 'domovoi_staff'::regrole and m.member = r::regrole) then
      execute format('grant domovoi_staff to %I', r);
    end if;
    execute format('alter role %I inherit', r);
  end loop;
end $$;

-- A migrator that is no superuser (a hosted server) must be able to act as the two owners. Nobody else may.
do $$
begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant domovoi_owner, domovoi_rules to %I', current_user);
  end if;
end $$;
