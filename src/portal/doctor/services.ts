/** What the doctors' pages call. */
import type { ScreeningService, SubstitutionDesk } from '../../screening/index.js';
import type { Clock, IsoDate } from '../../platform/clock.js';

export interface DoctorServices {
  readonly screening: ScreeningService;
  /** Its work and the rows of the access log are one transaction. */
  readonly substitutions: SubstitutionDesk;
  readonly campaignStart: IsoDate;
  readonly campaignEnd: IsoDate | undefined;
  readonly clock: Clock;
}
