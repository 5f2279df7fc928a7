/** What the pages of the ASLs' operators call. */
import type { AslService } from '../../asl/index.js';
import type { IsoDate } from '../../platform/clock.js';

export interface AslServices {
  readonly asl: AslService;
  readonly campaignStart: IsoDate;
  readonly campaignEnd: IsoDate | undefined;
}
