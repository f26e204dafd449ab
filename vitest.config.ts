import { defineConfig } from 'vitest/config';

const source = { conditions: ['source'], externalConditions: ['source'] };
const serial = { fileParallelism: false, testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  // The workspace packages as source; more conditions would break packages that have a `require` form.
  ssr: { resolve: source },
  environments: { __vitest__: { resolve: source } }, // where vitest runs the set-up files
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{services,shared,infra,scripts}/**/*.test.ts'],
          exclude: ['**/*.service.test.ts', '**/node_modules/**', '**/dist/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'service',
          include: ['{services,shared}/**/*.service.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          globalSetup: 'tests/harness/parts.setup.ts',
          ...serial,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['tests/system/**/*.test.ts', 'tests/stack/**/*.test.ts'],
          globalSetup: 'tests/harness/stack.setup.ts',
          ...serial,
          testTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'containers',
          include: ['tests/system/**/*.test.ts', 'tests/containers/**/*.test.ts'],
          globalSetup: 'tests/harness/compose.setup.ts',
          ...serial,
          testTimeout: 90_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
