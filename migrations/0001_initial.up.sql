-- Credentials and nothing else: users, sessions, signing keys, revocations, audit. SQL for PostgreSQL 15 to 18.

create table users (
  id uuid primary key,
  email text not null,
  normalized_email text not null unique,
  password_hash text not null,
  role text not null,
  disabled_at timestamptz,
  tokens_valid_from bigint not null default 0,
  not_before_due boolean not null default false,
  session_epoch integer not null default 0,
  created_at timestamptz not null default now()
);

create index users_role on users (role);
create index users_not_before_due on users (id) where not_before_due;

-- One row: the columns that users has, but for all users at once. A session of an earlier session_epoch has ended.
create table global_state (
  only_row boolean primary key default true check (only_row),
  tokens_valid_from bigint not null default 0,
  not_before_due boolean not null default false,
  session_epoch integer not null default 0
);

insert into global_state default values;

-- One row is one session and its one refresh token. No index has a column that a refresh updates, and pages keep free space: HOT updates.
-- A session is active only while its user exists, global_epoch is that of global_state, and user_epoch is that of the user: ending all
-- sessions of a user, or deleting the user, updates one row. A job deletes inactive sessions later. A foreign key would cascade.
create table sessions (
  id uuid primary key,
  user_id uuid not null,
  global_epoch integer not null default 0,
  user_epoch integer not null default 0,
  current_generation bigint not null default 1,
  parent_generation bigint not null default 0,
  rotated_at timestamptz not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  access_until timestamptz not null,
  last_seen_on date not null,
  ended_at timestamptz,
  user_agent text,
  ip text,
  last_refresh_user_agent text,
  last_refresh_ip text
) with (fillfactor = 80);

-- Sessions of a user that nobody has ended, oldest first. Idle ones are among them.
create index sessions_by_user on sessions (user_id, global_epoch, user_epoch, id) where ended_at is null;

-- A key that will not sign again loses its private part. A revoked key stays for ever. `mac` is made with the one of SECRET_KEYS that
-- `mac_key_id` names: a row without a valid MAC is ignored, so write access to the table is not enough to add a key.
create table signing_keys (
  kid text primary key,
  purpose text not null,
  algorithm text not null,
  public_jwk jsonb not null,
  private_jwe text,
  mac text not null,
  mac_key_id text not null,
  created_at timestamptz not null default now(),
  published_at timestamptz not null,
  signs_from timestamptz,
  verifies_until timestamptz,
  revoked_at timestamptz
);

-- No foreign keys: entries outlive a deleted user. `writer` is the inserting transaction: a reader finds by it what committed late.
create table revocations (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('session', 'user', 'everybody')),
  sid uuid,
  sub uuid,
  not_before bigint,
  expires_at timestamptz not null,
  writer xid8 not null default pg_current_xact_id(),
  check (case kind
    when 'session' then sid is not null
    when 'user' then sub is not null and not_before is not null
    else not_before is not null
  end)
);

create index revocations_expires_at on revocations (expires_at);
create index revocations_writer on revocations (writer, id);

-- Append-only. No foreign keys: events outlive a deleted user.
create table audit_events (
  id uuid primary key,
  at timestamptz not null default now(),
  type text not null,
  user_id uuid,
  actor_id uuid,
  session_id uuid,
  ip text,
  user_agent text,
  request_id text,
  details jsonb not null default '{}'
);

create index audit_events_user on audit_events (user_id, id);
create index audit_events_type on audit_events (type, id);

-- Counters of attempts to log in. The key is a keyed hash, so nothing that a client sent is stored. No other column is in an index, and
-- pages keep free space: HOT updates. A row can be deleted once decayed_at and known_until are past.
create table login_attempts (
  key uuid primary key,
  decayed_at timestamptz not null,
  blocked_until timestamptz,
  known_until timestamptz
) with (fillfactor = 70);
