-- Runs before every call: what was marked for deletion goes when its time has come.
DELETE FROM Users WHERE IsPeer AND OwnerID IN (SELECT UserID FROM Users WHERE DeleteAt <= :clock);
DELETE FROM Users WHERE DeleteAt <= :clock;
DELETE FROM Packages WHERE DeleteAt <= :clock;
