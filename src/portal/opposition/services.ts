/** Services that the pages about the opposition call. */
import type { CitizenSessions, FreeAreaEntrance } from '../../auth/index.js';
import type { NoticeDesk, OfficeDesk, OppositionService, PublicTerms } from '../../opposition/index.js';
import type { PdfMaker } from '../pdf/maker.js';

/** The operations on the register of consents. */
export interface Register {
  readonly opposition: OppositionService;
  readonly notices: Pick<NoticeDesk, 'read'>;
  readonly offices: Pick<OfficeDesk, 'own'>;
  /** The free area's entrance. */
  readonly enter: FreeAreaEntrance;
  readonly terms: (at: Date) => Promise<PublicTerms>;
}

export interface OppositionServices {
  /** @throws Error until the register has been reachable once */
  readonly register: () => Register;
  readonly citizens: CitizenSessions;
  readonly makePdf: PdfMaker['make'];
}
