-- Refund policies that are shipped (S1.32): hours before the arrival, and how much of what was paid comes back. A company
-- may have its own of the same code.
insert into domovoi.cancel_policy (company_id, code, name, tiers, host_cancel_bp, no_show_bp) values
  (null, 'default_24_12', '24 hours, 12 hours', '24:100,12:50', 10000, 10000),
  (null, 'flexible', 'Flexible: 3 days', '72:100', 10000, 10000),
  (null, 'moderate', 'Moderate: 3 days, 1 day', '72:100,24:50', 10000, 10000),
  (null, 'strict', 'Strict: 7 days', '168:100', 10000, 10000)
on conflict (company_id, code) do update set name = excluded.name, tiers = excluded.tiers,
  host_cancel_bp = excluded.host_cancel_bp, no_show_bp = excluded.no_show_bp
  where (cancel_policy.name, cancel_policy.tiers, cancel_policy.host_cancel_bp, cancel_policy.no_show_bp)
    is distinct from (excluded.name, excluded.tiers, excluded.host_cancel_bp, excluded.no_show_bp);
