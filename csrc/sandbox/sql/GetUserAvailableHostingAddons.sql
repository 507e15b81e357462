SELECT 1 AS ":isAddon";
SELECT 'available_plans' AS call;
