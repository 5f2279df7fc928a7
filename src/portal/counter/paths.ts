/** Addresses of the counter's pages. */
export const COUNTER_HOME = '/sportello';
/** Base of the journey for the person at the counter. */
export const COUNTER = '/sportello/opposizione';
export const COUNTER_SUBJECT = '/sportello/opposizione/soggetto';
