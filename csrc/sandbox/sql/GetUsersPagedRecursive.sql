SELECT 1 AS ":recursive";
SELECT 'page_users' AS call;
