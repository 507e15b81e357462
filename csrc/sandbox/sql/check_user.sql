-- The rights to the account :userId; one that does not exist is out of everybody's reach.
SELECT 'rights' AS call;
SELECT 'You are not allowed to access this account' AS fault WHERE NOT :reaches;
