/** The roles of the consent database, made by its first migration. Logins become members of one of them. */

/** Register, planning and sender: reads, adds decisions and notifications, brings notifications forward; deletes nothing. */
export const consentRole = 'passerella_consent';

/** The metadata block in the gateway: one view and one function, nothing else [B-1]. */
export const consentReaderRole = 'passerella_consent_reader';

/** Retention [O-6]: deletes decisions and notifications past a configured term, reads of them what it needs to tell which. */
export const consentRetentionRole = 'passerella_consent_retention';
