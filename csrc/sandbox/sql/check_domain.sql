-- A domain that is there already. A panel tells more of them apart when it adds the domain, which is later.
-- SolidCP ServerController.cs:2263, install_db.sql:2762.
SELECT -502 AS refuse FROM Domains
WHERE :domainName <> '' AND sql_key(DomainName) = sql_key(sql_text(:domainName, 100));
