/** Addresses of the pages about the opposition to past data. */

/** For everybody: who may, until when, what follows. */
export const SERVICE_PAGE = '/servizi/opposizione';
/** Where the free area begins, and the base of its journey. */
export const FREE_AREA_HOME = '/libera/opposizione';
/** Base of a citizen's journey. */
export const CITIZEN_OPPOSITION = '/cittadino/opposizione';
