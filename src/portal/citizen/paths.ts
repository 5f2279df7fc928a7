/** Where a citizen's session begins. */
export const CITIZEN_HOME = '/cittadino';
