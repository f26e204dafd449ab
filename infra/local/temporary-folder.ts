import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for a stack that is thrown away. Others may pass through it: PostgreSQL's user, where root starts it. */
export function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), `diabetics-${prefix}-`));
  chmodSync(folder, 0o711);
  return folder;
}
