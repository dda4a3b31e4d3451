/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/test/support/node-environment.ts',
  // Files that no test loads count as not covered, so jest must know of them.
  roots: ['<rootDir>/src', '<rootDir>/test'],
  // Only ends a test that hangs: a busy machine must not fail one.
  testTimeout: 120_000,
  maxWorkers: '100%',
  // Modules that were loaded as ESM are never freed: a worker that has run many files is replaced, before it spends its time on
  // collecting garbage.
  workerIdleMemoryLimit: '700MB',
  testMatch: ['**/*.spec.ts'],
  reporters: ['default', '<rootDir>/test/support/skipped-reporter.ts'],
  // Entry points run in a process or thread of their own, where no coverage is taken.
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/{main,in-use}.ts',
    '!src/cli/{failsoft.ts,commands/*.ts}',
    '!src/**/*-worker.ts',
  ],
  // V8's counts every line of a file that holds types alone as not covered.
  coverageProvider: 'babel',
  coverageReporters: ['text-summary', 'lcov'],
  coverageThreshold: { global: { lines: 90 } },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};
