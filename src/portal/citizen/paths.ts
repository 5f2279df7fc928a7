/** Start page of a citizen's session. */
export const CITIZEN_HOME = '/cittadino';
