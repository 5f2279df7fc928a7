export { readIdentities } from './identities.js';
export { fill } from './placeholders.js';
export { caseText } from './report.js';
export { replay } from './run.js';
export type { CaseResult } from './run.js';
export { readSamples } from './sample.js';
export type { Sample } from './sample.js';
export { openTransport } from './transport.js';
