-- Credentials and nothing else: users, sessions, signing keys, revocations, audit. SQL for PostgreSQL 15 to 18.

create table users (
  id uuid primary key,
  email text not null,
  email_key text not null unique,
  password_hash text not null,
  role text not null,
  disabled_at timestamptz,
  tokens_from bigint not null default 0,
  not_before_due boolean not null default false,
  session_epoch integer not null default 0,
  created_at timestamptz not null default now()
);

create index users_role on users (role);
create index users_not_before_due on users (id) where not_before_due;

-- One row for all: the same columns as in users, for a session of an earlier era has ended.
create table everybody (
  only_row boolean primary key default true check (only_row),
  tokens_from bigint not null default 0,
  not_before_due boolean not null default false,
  era integer not null default 0
);

insert into everybody default values;

-- One row, one refresh token. The columns that a refresh updates are in no index, and pages keep room: HOT updates. A session counts
-- while its user is there and it is of the era and the user's epoch of now, so that ending all of a user's, or deleting the user, changes
-- one row, however many sessions there are; what is over is removed later. Hence no foreign key, which would cascade.
create table sessions (
  id uuid primary key,
  user_id uuid not null,
  era integer not null default 0,
  user_epoch integer not null default 0,
  current bigint not null default 1,
  parent bigint not null default 0,
  rotated_at timestamptz not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  access_until timestamptz not null,
  last_seen_on date not null,
  ended_at timestamptz,
  user_agent text,
  ip text,
  moved_user_agent text,
  moved_ip text
) with (fillfactor = 80);

-- The sessions of a user that have not been ended, oldest first.
create index sessions_open on sessions (user_id, era, user_epoch, id) where ended_at is null;

-- A key that will not sign again loses its private part; one that was revoked is remembered for ever. `mac` is made with one of
-- SECRET_KEYS, which `mac_key_id` names: a row without a good one is not believed, whoever has written it.
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

-- No foreign keys: the entries of a deleted user must live on. `writer` lets a reader find what committed late.
create table revocations (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('session', 'user', 'everybody')),
  sid uuid,
  sub uuid,
  before bigint,
  expires_at timestamptz not null,
  writer xid8 not null default pg_current_xact_id(),
  check (case kind when 'session' then sid is not null when 'user' then sub is not null and before is not null else before is not null end)
);

create index revocations_expires_at on revocations (expires_at);
create index revocations_writer on revocations (writer, id);

-- Append-only. No foreign keys: what was told of a deleted user stays told.
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

-- Counters of attempts to log in. The key is a keyed hash, so nothing of what a client sent is kept; nothing else is in an
-- index, and pages keep room: HOT updates. A row is of no use once clear_at and known_until are past.
create table login_attempts (
  key uuid primary key,
  clear_at timestamptz not null,
  free_at timestamptz,
  known_until timestamptz
) with (fillfactor = 70);
