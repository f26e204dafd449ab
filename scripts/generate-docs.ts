// docs/problems.md from the catalogues of both services. `--check` compares instead of writing.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProblemType } from '@diabetics/shared/http/problem';
import { problems as authProblems } from '../services/auth/src/problems.ts';
import { problems as healthProfileProblems } from '../services/health-profile/src/problems.ts';

const PATH = join(import.meta.dirname, '../docs/problems.md');
const catalogues: Record<string, Record<string, ProblemType>> = { auth: authProblems, 'health-profile': healthProfileProblems };

const byCode = new Map<string, ProblemType & { services: string[] }>();
for (const [service, catalogue] of Object.entries(catalogues)) {
  for (const problem of Object.values(catalogue)) {
    const known = byCode.get(problem.code);
    byCode.set(problem.code, { ...problem, services: [...(known?.services ?? []), service] });
  }
}
const rows = [...byCode.values()]
  .toSorted((a, b) => a.status - b.status || a.code.localeCompare(b.code))
  .map(({ code, title, status, services }) => `| \`${code}\` | ${status} | ${title} | ${services.length === 2 ? 'both' : services[0]} |`);

const page = `# Problems

Every refusal is \`application/problem+json\` (RFC 9457). Branch on \`code\`, never on text. \`type\` is \`urn:problem-type:diabetics:<code>\`;
\`errors\` name each fault by a \`pointer\`: \`#/…\` into the body (RFC 6901), \`query:name\` or \`header:Name\`. No value that was sent is
repeated. \`requestId\` finds the cause in the log.

Made from \`services/*/src/problems.ts\` by \`npm run docs:generate\`.

| code | status | meaning | service |
|---|---|---|---|
${rows.join('\n')}
`;

if (!process.argv.includes('--check')) writeFileSync(PATH, page);
else if (!existsSync(PATH) || readFileSync(PATH, 'utf8') !== page) {
  console.error('docs/problems.md is not what the catalogues say: npm run docs:generate');
  process.exit(1);
}
