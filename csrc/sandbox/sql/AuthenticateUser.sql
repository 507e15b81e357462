-- A suspended account still authenticates. SolidCP UserController.cs:58; the order of the checks is the panel's.
SELECT 0 AS ":userId";
SELECT UserID AS ":userId" FROM Users WHERE UsernameKey = sql_key(sql_text(:username, 50));
SELECT -109 AS refuse WHERE :userId = 0;
SELECT CASE LoginStatusId WHEN 1 THEN -114 WHEN 2 THEN -115 END AS refuse
FROM Users WHERE UserID = :userId AND since('websitepanel 1.2.2.48');
SELECT -110 AS refuse FROM Users WHERE UserID = :userId AND Password IS NOT :password;
SELECT CASE WHEN since('websitepanel 2.1.0.727') THEN OneTimePasswordState ELSE 0 END AS ":oneTime",
    CASE WHEN since('solidcp 1.4.9') THEN MfaMode ELSE 0 END AS ":secondFactor"
FROM Users WHERE UserID = :userId;
SELECT -116 AS refuse WHERE :oneTime = 2;
-- What a refusal that follows would undo, the panel does not: a one-time password is used up by then.
UPDATE Users SET OneTimePasswordState = 2 WHERE UserID = :userId AND :oneTime = 1;
SELECT CASE StatusID WHEN 3 THEN -105 ELSE -103 END AS result
FROM Users WHERE UserID = :userId AND StatusID IN (3, 4);
INSERT INTO Letters (UserID, Recipient, Body, Sent)
    SELECT UserID, Email, 'Verification code', :now FROM Users
    WHERE UserID = :userId AND :secondFactor = 1 AND :oneTime = 0;
SELECT CASE WHEN :oneTime = 1 THEN 100 WHEN :secondFactor > 0 THEN 101 ELSE 0 END AS result;
