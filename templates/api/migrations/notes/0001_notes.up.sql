create table notes (
  id uuid primary key,
  author uuid not null,
  text text not null
);

create index notes_author on notes (author, id);
