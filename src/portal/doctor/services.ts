/** Services that the doctors' pages call. */
import type { OwnAccount } from '../../auth/index.js';
import type { ScreeningService, SubstitutionDesk } from '../../screening/index.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import type { PdfMaker } from '../pdf/maker.js';

export interface DoctorServices {
  readonly screening: ScreeningService;
  /** Its work and the access-log rows are one transaction. */
  readonly substitutions: SubstitutionDesk;
  readonly makePdf: PdfMaker['make'];
  readonly account: OwnAccount;
  readonly campaignStart: IsoDate;
  readonly campaignEnd: IsoDate | undefined;
  readonly clock: Clock;
}
