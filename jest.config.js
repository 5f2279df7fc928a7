/** The tests run as compiled by tsc (`npm run build`), as native ES modules: no second compiler. */
export default {
  testEnvironment: 'node',
  rootDir: 'dist/test',
  testMatch: ['**/*.test.js'],
  transform: {},
  // A bound on hanging, not an expectation of speed: tests run on slow machines too.
  testTimeout: 60_000,
  globalSetup: '<rootDir>/support/global-setup.js',
  globalTeardown: '<rootDir>/support/global-teardown.js',
};
