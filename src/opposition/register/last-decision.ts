/** A person's last decision, as SQL: the only rule that decides whether an opposition is to be notified [N-1] [O-8]. */

/**
 * SQL: the decision to notify for a person, as a table of one row or none. It is the last decision effective on a day:
 * a decision taken in a window takes effect on the day after the window's last, so while an opposition is being
 * confirmed in an open window, the earlier one still applies. No row if the person's very last decision is a
 * revocation, even in an open window: no message retracts a notification (chapter 7). Used by planning, claim and
 * retry.
 * @param identifiers SQL of an array: the person's identifiers as far as the caller knows them [G-5]. Without
 * sub-select, which would make PostgreSQL plan the call again for each row
 * @param today SQL of the day, Europe/Rome
 */
export const lastToNotify = (identifiers: string, today: string): string =>
  `(SELECT counted.id
    FROM consent.last_counted(${identifiers}, ${today}) counted, consent.last_counted(${identifiers}, 'infinity') latest
    WHERE counted.value = 'opposition' AND latest.value = 'opposition')`;

/**
 * SQL: whether a notification's decision is still to be notified, by the identifiers that the register itself holds:
 * those of the decision and of the notification.
 * @param notification SQL name of the notification's row
 * @param now SQL of the instant
 */
export const stands = (notification: string, now: string): string =>
  `EXISTS (SELECT FROM consent.decision d,
             LATERAL ${lastToNotify(`ARRAY[d.subject, ${notification}.subject]`, `(${now} AT TIME ZONE 'Europe/Rome')::date`)} last
           WHERE d.id = ${notification}.decision_id AND last.id = d.id)`;
