-- SolidCP UserController.cs:842, install_db.sql:2646: without the right to it nothing happens, and the answer is 0.
SELECT 'check_not_demo' AS call;
SELECT 'Object reference not set to an instance of an object' AS fault
WHERE NOT EXISTS (SELECT 1 FROM Users WHERE UserID = :userId);
SELECT 'rights' AS call;
UPDATE Users SET Password = :password WHERE UserID = :userId AND :mayUpdate;
SELECT 0 AS result;
