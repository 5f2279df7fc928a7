/**
 * The role as which the running gateway speaks to the database: less than the owner, so that a flaw in the gateway
 * cannot rewrite the access log [S-3]. The first migration creates it and the features' migrations grant to it.
 */
export const runtimeRole = 'passerella_gateway';
