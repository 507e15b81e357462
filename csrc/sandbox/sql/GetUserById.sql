-- SolidCP install_db.sql:18207. From WebsitePanel 2.1.0.722 on a record has no password.
SELECT 'rights' AS call;
SELECT CASE WHEN since('websitepanel 2.1.0.722') THEN NULL WHEN :mayUpdate THEN Password ELSE '' END AS Password, U.*
FROM Users AS U WHERE UserID = :userId AND :knows;
