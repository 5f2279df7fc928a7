/** What the pages about the opposition ask for. */
import type { CitizenSessions, FreeAreaEntrance } from '../../auth/index.js';
import type { NoticeDesk, OppositionService, PublicTerms } from '../../opposition/index.js';
import type { PdfMaker } from '../pdf/maker.js';

/** The operations on the register of consents. */
export interface Register {
  readonly opposition: OppositionService;
  readonly notices: Pick<NoticeDesk, 'read'>;
  /** The free area's entrance. */
  readonly enter: FreeAreaEntrance;
  readonly terms: (at: Date) => Promise<PublicTerms>;
}

export interface OppositionServices {
  /** @throws Error while the register has not been reachable yet */
  readonly register: () => Register;
  readonly citizens: CitizenSessions;
  readonly makePdf: PdfMaker['make'];
}
