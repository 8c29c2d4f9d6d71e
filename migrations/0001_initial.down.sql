drop table login_attempts;
drop table audit_events;
drop table revocations;
drop table signing_keys;
drop table sessions;
drop table global_state;
drop table users;
