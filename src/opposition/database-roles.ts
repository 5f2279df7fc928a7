/** Roles of the consent database, created by its first migration. Each login is a member of one of them. */

/**
 * The portal's pages: read, insert decisions and late notifications, count guesses and look-ups, withdraw notifications;
 * they neither send nor plan.
 */
export const consentPortalRole = 'passerella_consent_portal';

/**
 * Register, planning and sender: reads, inserts decisions and notifications, updates notifications; deletes nothing.
 */
export const consentRole = 'passerella_consent';

/** Metadata block in the gateway: may use one view and one function only [B-1]. */
export const consentReaderRole = 'passerella_consent_reader';

/**
 * Retention [O-6]: deletes decisions and notifications past a configured term; reads only the columns that decide
 * which.
 */
export const consentRetentionRole = 'passerella_consent_retention';
