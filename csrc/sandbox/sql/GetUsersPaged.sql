SELECT 0 AS ":recursive";
SELECT 'page_users' AS call;
