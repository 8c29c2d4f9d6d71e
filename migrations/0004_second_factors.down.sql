drop table passkeys, recovery_codes, totp;
alter table users drop column second_factor_since;
