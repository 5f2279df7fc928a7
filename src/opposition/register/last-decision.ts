/** The last decision of a person, as SQL: the one rule by which an opposition is notified, or not any more [N-1] [O-8]. */

/**
 * SQL: the decision of which the person is to be notified, as a table of one row or none. It is the last one that counts
 * on a day: one of a window counts from the day after the window's last, so an opposition that is confirmed in an open
 * window is still the earlier one. None, if the person's last decision of all is a revocation, also in an open window: no
 * message retracts what was notified to a region (chapter 7). Planning, claim and retry ask it.
 * @param identifiers SQL of an array, without sub-select since PostgreSQL then plans the call anew for each row: the
 *   identifiers of the person, as far as known where it is asked [G-5]
 * @param today SQL of the day, Europe/Rome
 */
export const lastToNotify = (identifiers: string, today: string): string =>
  `(SELECT counted.id
    FROM consent.last_counted(${identifiers}, ${today}) counted, consent.last_counted(${identifiers}, 'infinity') latest
    WHERE counted.value = 'opposition' AND latest.value = 'opposition')`;

/**
 * SQL: whether the person is to be notified of the decision of a notification, by the identifiers that the register itself
 * has: that of the decision and that of the notification.
 * @param notification SQL name of its row
 * @param now SQL of the instant
 */
export const stands = (notification: string, now: string): string =>
  `EXISTS (SELECT FROM consent.decision d,
             LATERAL ${lastToNotify(`ARRAY[d.subject, ${notification}.subject]`, `(${now} AT TIME ZONE 'Europe/Rome')::date`)} last
           WHERE d.id = ${notification}.decision_id AND last.id = d.id)`;
