/** The browser's previous session, when somebody signs in or out. */
import type { CitizenSessions, Sessions } from '../../auth/index.js';
import type { Visit } from './page.js';

export interface BrowserSessions {
  readonly sessions: Sessions;
  readonly citizens: CitizenSessions;
}

/**
 * One browser has one session, of an account or of a person acting on their own data: ends the browser's previous one.
 */
export async function endFormer(
  { session, citizen, freeArea, arrival }: Pick<Visit, 'session' | 'citizen' | 'freeArea' | 'arrival'>,
  { sessions, citizens }: BrowserSessions,
): Promise<void> {
  if (session !== undefined) await sessions.end(session, arrival);
  const own = citizen ?? freeArea;
  if (own !== undefined) await citizens.end(own);
}
