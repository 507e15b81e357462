-- The rights to the space :packageId, for what writes: the procedure does not return after RAISERROR.
SELECT 'rights_to_package' AS call;
SELECT 'You are not allowed to access this package' AS raise WHERE NOT :reachesPackage;
