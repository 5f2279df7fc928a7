/** What other folders may import from statistics: figures and their files, deliveries for the worker and operators. */
export { createStatisticsDesk, type ShownDelivery, type ShownMail, type StatisticsDesk } from './desk.js';
export { statisticsOutcome, type SendingRefusal, type StatisticsRefusal } from './errors.js';
export { readFigures, type AslFigures, type Figures, type IntakeFigures } from './figures.js';
export { filesOf, regionsOf, type RegionFigures, type StatisticsFile } from './files.js';
export { DELIVER_JOB, PREPARE_JOB, statisticsJobs } from './jobs.js';
export { FOR_THE_OPERATOR, MAIL_STATES, PARTS, type MailState, type Part } from './model.js';
export { statisticsRetention } from './retention.js';
