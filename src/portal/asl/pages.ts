/** The pages of the ASLs' operators (chapter 4). */
import type { Page } from '../frame/page.js';
import { exchangePages } from './exchange/page.js';
import { homePages } from './home/page.js';
import type { AslServices } from './services.js';
import { sendPages } from './tests/send.js';
import { receiptPages, testsPages } from './tests/page.js';

export type { AslServices } from './services.js';

export function aslPages(services: AslServices): readonly Page[] {
  return [
    ...homePages(services),
    ...exchangePages(services),
    ...testsPages(services),
    ...sendPages(services),
    ...receiptPages(services), // last, because its path matches theirs too
  ];
}
