/** Services that the pages of the ASLs' operators call. */
import type { AslService } from '../../asl/index.js';
import type { OwnAccount } from '../../auth/index.js';
import type { IsoDate } from '../../platform/clock.js';
import type { PdfMaker } from '../pdf/maker.js';

export interface AslServices {
  readonly asl: AslService;
  readonly makePdf: PdfMaker['make'];
  readonly account: OwnAccount;
  readonly campaignStart: IsoDate;
  readonly campaignEnd: IsoDate | undefined;
}
