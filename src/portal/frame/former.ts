/** What a browser had before somebody signs in on it, or signs out. */
import type { CitizenSessions, Sessions } from '../../auth/index.js';
import type { Visit } from './page.js';

export interface BrowserSessions {
  readonly sessions: Sessions;
  readonly citizens: CitizenSessions;
}

/** One browser has one session, of an account or of a citizen: ends the one that this browser had, of either kind. */
export async function endFormer(
  { session, citizen, arrival }: Pick<Visit, 'session' | 'citizen' | 'arrival'>,
  { sessions, citizens }: BrowserSessions,
): Promise<void> {
  if (session !== undefined) await sessions.end(session, arrival);
  if (citizen !== undefined) await citizens.end(citizen);
}
