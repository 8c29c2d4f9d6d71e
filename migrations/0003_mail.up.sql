-- Mail: an outbox, and proofs that somebody reads a mailbox. Nothing in these tables opens anything: links and codes are computed from the
-- id of the row and SECRET_KEYS when a mail is sent.

-- A user who was invited, or whose planted credentials were removed, has no password. email_verified_at: when the mailbox was first proved.
alter table users
  alter column password_hash drop not null,
  add column email_verified_at timestamptz;

-- The outbox. `due_at` is the time of the next attempt; while an instance sends the mail, it is when that attempt counts as lost. After the
-- end, `address` is removed first, and the row later. No foreign keys: a user may be deleted while a mail is due.
create table mails (
  id uuid primary key,
  purpose text not null,
  address text,
  normalized_address text,
  user_id uuid,
  state text not null default 'due' check (state in ('due', 'sent', 'failed', 'expired', 'closed')),
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  last_error text
);

create index mails_due on mails (due_at) where state = 'due';
create index mails_due_address on mails (normalized_address) where state = 'due';
create index mails_due_user on mails (user_id) where state = 'due';
create index mails_state on mails (state, id);
create index mails_ended_at on mails (ended_at) where ended_at is not null;

-- A proof that can still be given: it is deleted when it is used, or void. The id is that of the mail.
create table mail_proofs (
  id uuid primary key,
  purpose text not null,
  user_id uuid,
  email text not null,
  normalized_email text not null,
  tries integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  code_expires_at timestamptz not null
);

create index mail_proofs_user on mail_proofs (user_id);
create index mail_proofs_email on mail_proofs (normalized_email);
create index mail_proofs_expires_at on mail_proofs (expires_at);
