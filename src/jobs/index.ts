/** What other folders may import from the operators' side of jobs. */
export { createJobDesk } from './desk.js';
export type { JobDesk } from './desk.js';
export { jobOutcome } from './errors.js';
export type { JobRefusal } from './errors.js';
