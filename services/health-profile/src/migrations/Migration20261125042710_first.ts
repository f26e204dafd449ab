import { Migration } from '@mikro-orm/migrations';

export class Migration20261125042710_first extends Migration {

  override name = 'Migration20261125042710_first';

  override up(): void | Promise<void> {
    this.addSql(`create table "data_keys" ("owner" text not null, "version" int not null, "wrapped" text not null, "kek_id" text not null, "created_at" timestamptz not null default now(), primary key ("owner", "version"));`);
    this.addSql(`create index "data_keys_kek_id_index" on "data_keys" ("kek_id");`);

    this.addSql(`create table "key_canaries" ("keyring" text not null, "key_id" text not null, "fingerprint" text not null, primary key ("keyring", "key_id"));`);

    this.addSql(`create table "outbox" ("seq" bigserial primary key, "id" uuid not null, "user_id" uuid not null, "aggregate_version" int not null, "type" text not null, "data" jsonb not null, "traceparent" text not null, "occurred_at" timestamptz not null default now(), "sent_at" timestamptz null, "stream_seq" bigint null);`);
    this.addSql(`alter table "outbox" add constraint "outbox_id_unique" unique ("id");`);
    this.addSql(`create index "outbox_unsent" on "outbox" ("seq") where "sent_at" is null;`);
    this.addSql(`alter table "outbox" add constraint "outbox_person_version" unique ("user_id", "aggregate_version");`);

    this.addSql(`create table "parked_events" ("stream" text not null, "stream_seq" bigint not null, "subject" text not null, "headers" jsonb not null, "body" bytea not null, "reason" text not null, "parked_at" timestamptz not null default now(), primary key ("stream", "stream_seq"));`);

    this.addSql(`create table "people" ("user_id" uuid not null, "provisioned_at" timestamptz(3) not null, "event_version" int not null default 0, "latest_version" int not null default 0, "erased_at" timestamptz(3) null, primary key ("user_id"));`);

    this.addSql(`create table "settings_versions" ("id" uuid not null, "user_id" uuid not null, "version" int not null, "effective_from" timestamptz(3) not null, "created_at" timestamptz(3) not null, "created_by" uuid not null, "document" text not null, primary key ("id"));`);
    this.addSql(`alter table "settings_versions" add constraint "settings_version_of_person" unique ("user_id", "version");`);

    this.addSql(`create table "stream_positions" ("stream" text not null, "stream_seq" bigint not null, primary key ("stream"));`);

    this.addSql(`alter table "data_keys" add constraint "data_keys_wrapped" check (wrapped ~ '^k1\\.[A-Za-z0-9_-]{1,32}\\.[A-Za-z0-9_-]+\$');`);

    this.addSql(`alter table "settings_versions" add constraint "settings_versions_user_id_foreign" foreign key ("user_id") references "people" ("user_id") on delete cascade;`);
    this.addSql(`alter table "settings_versions" add constraint "document_is_sealed" check (document ~ '^f1\\.[1-9][0-9]{0,9}\\.[A-Za-z0-9_-]+={0,2}\$');`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "settings_versions" drop constraint "settings_versions_user_id_foreign";`);

    this.addSql(`drop table if exists "data_keys" cascade;`);
    this.addSql(`drop table if exists "key_canaries" cascade;`);
    this.addSql(`drop table if exists "outbox" cascade;`);
    this.addSql(`drop table if exists "parked_events" cascade;`);
    this.addSql(`drop table if exists "people" cascade;`);
    this.addSql(`drop table if exists "settings_versions" cascade;`);
    this.addSql(`drop table if exists "stream_positions" cascade;`);
  }

}
