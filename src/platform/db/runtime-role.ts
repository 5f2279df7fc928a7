/**
 * The roles as which running processes speak to the TS database: less than the owner, so that a flaw in one of them
 * cannot rewrite the access log [S-3]. Migrations create them and the features' migrations grant to them.
 */

/** The gateway: answers doctors and feeding systems. */
export const runtimeRole = 'passerella_gateway';

/** The worker: scheduled and queued work, retention. Deletes what has reached its term, and nothing of the registry. */
export const workerRole = 'passerella_worker';
