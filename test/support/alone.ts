/**
 * Runs test files one at a time, in jest's own process, while no worker is busy: for those that measure another
 * process, its time and its memory.
 */
import type JestRunner from 'jest-runner';
import { createRequire } from 'node:module';

// Imported, it would not be what its types say.
const { default: TestRunner } = createRequire(import.meta.url)('jest-runner') as typeof JestRunner;

export default class Alone extends TestRunner {
  override readonly isSerial = true;
}
