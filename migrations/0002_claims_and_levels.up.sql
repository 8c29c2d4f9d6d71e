-- What tokens carry beside the role: custom claims of the user, and when and how the user of a session was authenticated.

alter table users add column claims jsonb not null default '{}';

-- Written by the login, never updated: no refresh may raise a session. authenticated_at is null where an earlier release began the session:
-- then it is created_at. Methods are those of level 1 to 3.
alter table sessions
  add column authenticated_at timestamptz,
  add column level smallint not null default 1,
  add column methods text[] not null default '{password}';
