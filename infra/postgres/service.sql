-- One database for one service, with two roles: the owner makes the schema, the application may only read and write rows.
create role :"owner" login password :'owner_password';
create role :"app" login password :'app_password';
create database :"database" owner :"owner";
revoke all on database :"database" from public;
grant connect on database :"database" to :"app";
