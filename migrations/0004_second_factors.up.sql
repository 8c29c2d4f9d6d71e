-- Second factors. Nothing here lets anybody in who reads the table: TOTP secrets are encrypted, recovery codes are digests of 125 random bits,
-- and of a passkey there is the public key only.

-- Since when a login of the user needs a second factor; null: the password alone suffices, unless a setting says otherwise.
alter table users add column second_factor_since timestamptz;

-- `secret_jwe` is the one that logs in, encrypted as private keys are, with the id of the user inside; `pending_jwe` is shown and not yet
-- confirmed. `key_id` and `pending_key_id` say under which of SECRET_KEYS. `last_step`: no code of this step or an earlier one is accepted.
create table totp (
  user_id uuid primary key references users (id) on delete cascade,
  secret_jwe text,
  key_id text,
  last_step bigint not null default 0,
  confirmed_at timestamptz,
  pending_jwe text,
  pending_key_id text,
  pending_at timestamptz
);

-- Those that are left: a code is deleted when it is used. `digest`: SHA-256 of the id of the user and the code.
create table recovery_codes (
  user_id uuid not null references users (id) on delete cascade,
  digest bytea not null,
  primary key (user_id, digest)
);

-- `credential_id` and `public_key` (COSE) as the authenticator made them. `last_challenge`: epoch milliseconds of the last challenge of a
-- step-up that was met; an older one is not accepted.
create table passkeys (
  id uuid primary key,
  user_id uuid not null references users (id) on delete cascade,
  credential_id bytea not null unique,
  public_key bytea not null,
  rp_id text not null,
  name text not null,
  counter bigint not null default 0,
  transports text[] not null default '{}',
  backed_up boolean not null default false,
  last_challenge bigint not null default 0,
  created_at timestamptz not null default now(),
  last_used_on date
);

create index passkeys_user on passkeys (user_id);
