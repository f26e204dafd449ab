import { Migration } from '@mikro-orm/migrations';

export class Migration20261125031954_first extends Migration {

  override name = 'Migration20261125031954_first';

  override up(): void | Promise<void> {
    this.addSql(`create table "data_keys" ("owner" text not null, "version" int not null, "wrapped" text not null, "kek_id" text not null, "created_at" timestamptz not null default now(), primary key ("owner", "version"));`);
    this.addSql(`create index "data_keys_kek_id_index" on "data_keys" ("kek_id");`);

    this.addSql(`create table "key_canaries" ("keyring" text not null, "key_id" text not null, "fingerprint" text not null, primary key ("keyring", "key_id"));`);

    this.addSql(`create table "outbox" ("seq" bigserial primary key, "id" uuid not null, "user_id" uuid not null, "aggregate_version" int not null, "type" text not null, "data" jsonb not null, "traceparent" text not null, "occurred_at" timestamptz not null default now(), "sent_at" timestamptz null, "stream_seq" bigint null);`);
    this.addSql(`alter table "outbox" add constraint "outbox_id_unique" unique ("id");`);
    this.addSql(`create index "outbox_unsent" on "outbox" ("seq") where "sent_at" is null;`);
    this.addSql(`alter table "outbox" add constraint "outbox_person_version" unique ("user_id", "aggregate_version");`);

    this.addSql(`create table "signing_keys" ("id" uuid not null, "kid" text not null, "state" text not null, "public_jwk" jsonb not null, "private_key" text not null, "created_at" timestamptz not null default now(), "activated_at" timestamptz null, "retired_at" timestamptz null, primary key ("id"));`);
    this.addSql(`alter table "signing_keys" add constraint "signing_keys_kid_unique" unique ("kid");`);
    this.addSql(`create unique index "one_active_signing_key" on "signing_keys" ("state") where "state" = 'active';`);

    this.addSql(`create table "users" ("id" uuid not null, "email_index" text not null, "email" text not null, "email_verified" boolean not null default false, "password_hash" text not null, "pepper_id" text not null, "credential_version" int not null default 1, "event_version" int not null default 0, "created_at" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`alter table "users" add constraint "users_email_index_unique" unique ("email_index");`);

    this.addSql(`create table "sessions" ("id" uuid not null, "user_id" uuid not null, "generation" int not null default 0, "salt" bytea not null, "refresh_key_id" text not null, "scope" text not null, "amr" text[] not null, "auth_time" timestamptz(3) not null, "created_at" timestamptz(3) not null, "rotated_at" timestamptz(3) not null, "idle_expires_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "device" text not null, "revoked_at" timestamptz(3) null, "revoke_reason" text null, primary key ("id"));`);
    this.addSql(`create index "sessions_user_id_index" on "sessions" ("user_id");`);

    this.addSql(`alter table "data_keys" add constraint "data_keys_wrapped" check (wrapped ~ '^k1\\.[A-Za-z0-9_-]{1,32}\\.[A-Za-z0-9_-]+\$');`);

    this.addSql(`alter table "signing_keys" add constraint "private_key_is_sealed" check (private_key ~ '^f1\\.[1-9][0-9]{0,9}\\.[A-Za-z0-9_-]+={0,2}\$');`);
    this.addSql(`alter table "signing_keys" add constraint "signing_key_state" check (state in ('next', 'active', 'retired', 'removed'));`);

    this.addSql(`alter table "users" add constraint "email_is_sealed" check (email ~ '^f1\\.[1-9][0-9]{0,9}\\.[A-Za-z0-9_-]+={0,2}\$');`);
    this.addSql(`alter table "users" add constraint "password_hash_is_argon2id" check (password_hash ~ '^[\$]argon2id[\$]');`);

    this.addSql(`alter table "sessions" add constraint "sessions_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "sessions" add constraint "device_is_sealed" check (device ~ '^f1\\.[1-9][0-9]{0,9}\\.[A-Za-z0-9_-]+={0,2}\$');`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "sessions" drop constraint "sessions_user_id_foreign";`);

    this.addSql(`drop table if exists "data_keys" cascade;`);
    this.addSql(`drop table if exists "key_canaries" cascade;`);
    this.addSql(`drop table if exists "outbox" cascade;`);
    this.addSql(`drop table if exists "signing_keys" cascade;`);
    this.addSql(`drop table if exists "users" cascade;`);
    this.addSql(`drop table if exists "sessions" cascade;`);
  }

}
