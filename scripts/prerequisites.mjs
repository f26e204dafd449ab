// What the machine must have before anything is fetched. Runs on whatever Node it has: no imports from npm here.
import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';

const NODE_AT_LEAST = 20;
const FREE_BYTES_AT_LEAST = 1e9;

/** @returns {string[]} a line for each lack, with its remedy */
export function lacks(folder) {
  const answers = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  const { bavail, bsize } = statfsSync(folder);
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  return [
    process.platform === 'linux' && isGlibc && ['x64', 'arm64'].includes(process.arch)
      ? undefined
      : 'This runs on Linux with glibc only: use such a machine, or docker compose up --build --wait.',
    Number(process.versions.node.split('.')[0]) >= NODE_AT_LEAST
      ? undefined
      : `Node ${process.version} is too old: install Node ${NODE_AT_LEAST} or newer.`,
    answers('npm', '--version') ? undefined : 'npm does not answer: install it with Node.',
    answers('python3', '-m', 'pip', '--version') ? undefined : 'Python 3 with pip does not answer: apt install python3-pip.',
    bavail * bsize >= FREE_BYTES_AT_LEAST ? undefined : `Less than 1 GB is free for ${folder}: make room.`,
  ].filter((line) => line !== undefined);
}
