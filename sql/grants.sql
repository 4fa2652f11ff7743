-- Every function runs with the rights of its caller, so everybody may call them.
GRANT USAGE ON SCHEMA anon_funcs TO PUBLIC;
