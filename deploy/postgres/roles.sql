-- Run by psql as a superuser, or as a role with CREATEROLE and CREATEDB, with the three passwords in the environment.
\getenv owner_password GATEPASS_OWNER_PASSWORD
\getenv app_password GATEPASS_APP_PASSWORD
\getenv retention_password GATEPASS_RETENTION_PASSWORD

create role gatepass_owner login password :'owner_password';
create role gatepass_app login password :'app_password';
create role gatepass_retention login password :'retention_password';

-- Only a member may create a database for another role.
grant gatepass_owner to current_user;
create database gatepass owner gatepass_owner;

-- Behind a pooler, where the service cannot set its deadlines itself.
alter role gatepass_app set statement_timeout = '4s';
alter role gatepass_app set idle_in_transaction_session_timeout = '10s';
