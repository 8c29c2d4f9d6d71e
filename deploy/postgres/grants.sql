-- Run as gatepass_owner in its database, after each "gatepass migrate". It may be repeated.
revoke all on database gatepass from public;
revoke all on schema public from public;

grant connect on database gatepass to gatepass_app, gatepass_retention;
grant usage on schema public to gatepass_app, gatepass_retention;

-- Whether migrations are pending.
grant select on gatepass_migrations to gatepass_app, gatepass_retention;

grant select, insert, update, delete on users, sessions, signing_keys, login_attempts, mails, mail_proofs, totp, recovery_codes, passkeys
  to gatepass_app;
grant select, update on global_state to gatepass_app;
grant select, insert, delete on revocations to gatepass_app;
grant select, insert on audit_events to gatepass_app;

grant select, delete on audit_events to gatepass_retention;
