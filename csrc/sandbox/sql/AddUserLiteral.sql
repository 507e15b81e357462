SELECT 'user_of_literal' AS call;
SELECT :ownerId AS ":user_OwnerId", :username AS ":user_Username", :password AS ":user_Password";
SELECT 'AddUser' AS call;
SELECT :result AS result;
