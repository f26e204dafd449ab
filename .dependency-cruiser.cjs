/** The walls of the house. */
module.exports = {
  forbidden: [
    { name: 'auth-knows-no-service', severity: 'error', from: { path: '^services/auth/' }, to: { path: '^services/(?!auth/)' } },
    {
      name: 'health-profile-knows-no-service',
      severity: 'error',
      from: { path: '^services/health-profile/' },
      to: { path: '^services/(?!health-profile/)' },
    },
    { name: 'shared-knows-no-service', severity: 'error', from: { path: '^shared/' }, to: { path: '^(services|infra|tests)/' } },
    {
      name: 'services-know-no-infra',
      severity: 'error',
      from: { path: '^services/', pathNot: '(\\.test\\.ts$|/testing/)' },
      to: { path: '^(infra|tests)/' },
    },
    { name: 'the-black-box-stays-closed', severity: 'error', from: { path: '^(infra|tests)/' }, to: { path: '^services/' } },
    {
      name: 'no-test-code-in-products',
      severity: 'error',
      from: { path: '^(services|shared)/', pathNot: '(\\.test\\.ts$|/testing/)' },
      to: { path: '/testing/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
