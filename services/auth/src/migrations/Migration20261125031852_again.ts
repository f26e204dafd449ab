import { Migration } from '@mikro-orm/migrations';

export class Migration20261125031852_again extends Migration {

  override name = 'Migration20261125031852_again';

  override up(): void | Promise<void> {
    this.addSql(`alter table "users" drop constraint "password_hash_is_argon2id";`);
    this.addSql(`alter table "users" add constraint "password_hash_is_argon2id" check (password_hash like '\$argon2id\$%');`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "users" drop constraint "password_hash_is_argon2id";`);
    this.addSql(`alter table "users" add constraint "password_hash_is_argon2id" check (password_hash ~~ '\$argon2id\$%'::text);`);
  }

}
