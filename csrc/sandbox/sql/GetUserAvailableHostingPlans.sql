SELECT 0 AS ":isAddon";
SELECT 'available_plans' AS call;
