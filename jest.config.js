import { availableParallelism } from 'node:os';

/** The tests run as compiled by tsc (`npm run build`), as native ES modules: no second compiler. */
const common = {
  testEnvironment: 'node',
  rootDir: 'dist/test',
  transform: {},
};

const database = {
  globalSetup: '<rootDir>/support/global-setup.js',
  globalTeardown: '<rootDir>/support/global-teardown.js',
};

export default {
  // A bound on hanging, not an expectation of speed: tests run on slow machines too.
  testTimeout: 60_000,
  // One a core (jest alone leaves one idle), as long as the one database server takes their connections.
  maxWorkers: Math.min(availableParallelism(), 4),
  projects: [
    // Tests of the source tree, which `npm run check` runs too.
    { ...common, testMatch: ['<rootDir>/*.test.js'] },
    { ...common, ...database, testMatch: ['<rootDir>/!(security)/**/*.test.js'] },
    // They measure how long answers take and what memory the gateway holds.
    {
      ...common,
      ...database,
      testMatch: ['<rootDir>/security/**/*.test.js'],
      runner: '<rootDir>/support/alone.js',
    },
  ],
};
