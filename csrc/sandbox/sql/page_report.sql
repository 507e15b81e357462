-- Puts the rows of the view :paged in order: by usage, and where that is the same in none that callers can rely on.
-- The real statement calls spaces P.
SELECT '' AS ":filterColumn", '' AS ":filterValue", 'UsagePercentage' AS ":key",
    coalesce(nullif(trim(:sortColumn), ''), 'UsagePercentage DESC') AS ":sortColumn";
SELECT substr(:sortColumn, CASE WHEN :sortColumn LIKE 'P.%' THEN 3 ELSE 1 END) AS ":sortColumn";
SELECT 'check_page' AS call;
SELECT 'INSERT INTO Page (ID) SELECT PackageID FROM ' || :paged
    || ' ORDER BY sql_key("' || :column || '") ' || :direction AS execute;
