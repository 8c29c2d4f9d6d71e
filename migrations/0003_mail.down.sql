drop table mail_proofs, mails;
-- No password: the empty hash verifies none.
update users set password_hash = '' where password_hash is null;
alter table users drop column email_verified_at, alter column password_hash set not null;
