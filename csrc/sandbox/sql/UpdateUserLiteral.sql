SELECT 'user_of_literal' AS call;
SELECT :userId AS ":user_UserId";
SELECT 'UpdateUser' AS call;
SELECT :result AS result;
