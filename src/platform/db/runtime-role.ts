/**
 * The roles with which running processes connect to the TS database: with fewer rights than the owner, so that a flaw
 * in one of them cannot rewrite the access log [S-3]. The features' migrations grant to them.
 */

/** The gateway: answers doctors and feeding systems. */
export const runtimeRole = 'passerella_gateway';

/** The worker: scheduled and queued work, retention. Deletes expired rows, but nothing of the registry. */
export const workerRole = 'passerella_worker';

/** The portal: as the gateway, and also sessions and substitutions. */
export const portalRole = 'passerella_portal';
