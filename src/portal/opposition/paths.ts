/** Addresses of the pages about the opposition to past data. */

/** Public: who may oppose, until when, what follows. */
export const SERVICE_PAGE = '/servizi/opposizione';
/** Entrance of the free area, and the base of its journey. */
export const FREE_AREA_HOME = '/libera/opposizione';
/** Base of a citizen's journey. */
export const CITIZEN_OPPOSITION = '/cittadino/opposizione';
