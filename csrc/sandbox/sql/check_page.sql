-- Names of columns are nvarchar(50).
SELECT sql_text(:filterColumn, 50) AS ":filterColumn", sql_text(:sortColumn, 50) AS ":sortColumn";
-- Columns come as text and go into a statement, so they must be columns of the view :paged. Sets :column,
-- :direction and :condition.
SELECT 'Invalid column name ''' || :filterColumn || '''.' AS fault
WHERE :filterColumn <> '' AND :filterValue <> ''
    AND :filterColumn COLLATE NOCASE NOT IN (SELECT name FROM pragma_table_info(:paged));
SELECT name AS ":column", CASE WHEN lower(:sortColumn) = lower(name) || ' desc' THEN 'DESC' ELSE 'ASC' END AS ":direction"
FROM pragma_table_info(:paged)
WHERE lower(coalesce(nullif(trim(:sortColumn), ''), :key)) IN (lower(name), lower(name) || ' asc', lower(name) || ' desc');
SELECT 'Invalid column name ''' || :sortColumn || '''.' AS fault WHERE :rows = 0;
-- The parameter is nvarchar(50), and its quotes are doubled although it is not pasted into the statement.
SELECT sql_text(replace(:filterValue, '''', ''''''), 50) AS ":pattern";
SELECT CASE WHEN coalesce(:filterValue, '') = '' THEN '1'
    WHEN coalesce(:filterColumn, '') <> '' THEN 'sql_like("' || :filterColumn || '", :pattern)'
    ELSE 'sql_like(Username, :pattern) OR sql_like(FullName, :pattern) OR sql_like(Email, :pattern)'
END AS ":condition";
-- @StartRow + @MaximumRows is an int.
SELECT 'Arithmetic overflow error converting expression to data type int.' AS fault
WHERE :startRow + :maximumRows > 2147483647;
DELETE FROM Page;
