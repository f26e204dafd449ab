// The floor of a login: the bare password check, as many at a time as there are cores. Prints hashes per second.
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';

const seconds = Number(process.argv[2]);
const secret = Buffer.alloc(32, 7);
const stored = await hash('correct horse battery staple', { memoryCost: 19_456, timeCost: 2, parallelism: 1, secret });
const startedAt = performance.now();
let done = 0;
const worker = async () => {
  while (performance.now() < startedAt + seconds * 1_000) {
    await verify(stored, 'correct horse battery staple', { secret });
    done++;
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, worker));
console.log(done / ((performance.now() - startedAt) / 1_000));
