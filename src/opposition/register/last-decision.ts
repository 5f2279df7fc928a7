/** The last decision of a person, as SQL: the one rule by which an opposition is notified, or not any more [N-1]. */

/**
 * SQL: the last decision of all, as a table of one row. One taken in a window that is still open is later too, although it does
 * not count yet [O-8]: no message takes back what a region was told (chapter 7), so an opposition that the person may have
 * revoked is not notified. Planning, claim and retry ask it.
 * @param identifiers SQL of an array, without sub-select since PostgreSQL then plans the call anew for each row: the
 *   identifiers of the person, as far as known where it is asked [G-5]
 */
export const lastOfAll = (identifiers: string): string => `consent.last_counted(${identifiers}, 'infinity')`;

/**
 * SQL: whether the decision of a notification is its person's last one, by the identifiers that the register itself has: that
 * of the decision and that of the notification.
 * @param notification SQL name of its row
 */
export const stands = (notification: string): string =>
  `EXISTS (SELECT FROM consent.decision d, LATERAL ${lastOfAll(`ARRAY[d.subject, ${notification}.subject]`)} last
           WHERE d.id = ${notification}.decision_id AND last.id = d.id)`;
