alter table sessions drop column methods, drop column level, drop column authenticated_at;
alter table users drop column claims;
