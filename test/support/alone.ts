/**
 * Runs test files one by one, in jest's own process, while no worker is busy: for tests that measure another process,
 * its time and its memory.
 */
import type JestRunner from 'jest-runner';
import { createRequire } from 'node:module';

// An import would not match its types.
const { default: TestRunner } = createRequire(import.meta.url)('jest-runner') as typeof JestRunner;

export default class Alone extends TestRunner {
  override readonly isSerial = true;
}
