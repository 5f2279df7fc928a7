/** What other folders may import from statistics: figures and their files, deliveries for the worker and operators. */
export { createStatisticsDesk, type ShownDelivery, type ShownMail } from './desk.js';
export { statisticsOutcome, type SendingRefusal, type StatisticsRefusal } from './errors.js';
export type { AslFigures, Figures } from './figures.js';
export { filesOf, regionsOf, type RegionFigures, type StatisticsFile } from './files.js';
export { DELIVER_JOB, PREPARE_JOB, statisticsJobs } from './jobs.js';
export { type MailState } from './model.js';
export { statisticsRetention } from './retention.js';
