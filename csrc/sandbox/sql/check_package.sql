-- The rights to the space :packageId, for what reads.
SELECT 'rights_to_package' AS call;
SELECT 'You are not allowed to access this package' AS fault WHERE NOT :reachesPackage;
