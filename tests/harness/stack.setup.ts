import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { StackFile } from '../../infra/local/stack-file.ts';
import { startStack } from './local-stack.ts';
import { freePorts } from '../../infra/local/ports.ts';
import { temporaryFolder } from '../../infra/local/temporary-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    edgeUrl: string;
    /** Of the local stack; undefined on containers. */
    stackFile: StackFile | undefined;
    /** Files where the parts of the stack write their logs. */
    logFolder: string | undefined;
  }
}

/** One local stack for all black-box tests, started as a person starts it, in a folder and on a port of its own. */
export default async function setup({ provide }: TestProject) {
  const folder = temporaryFolder('stack');
  const [edgePort] = (await freePorts(1)) as [number];
  const stack = startStack({ stateDir: join(folder, 'state'), edgePort });
  await stack.ready;
  const stackFile = JSON.parse(readFileSync(join(folder, 'state/stack.json'), 'utf8')) as StackFile;
  provide('edgeUrl', stackFile.edgeUrl);
  provide('stackFile', stackFile);
  provide('logFolder', join(folder, 'state/logs'));
  return async () => {
    stack.child.kill('SIGTERM');
    await stack.exit;
    rmSync(folder, { recursive: true, force: true });
  };
}
