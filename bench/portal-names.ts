/** Names of the portal's measurements. */
export const PAGES = [
  'start page',
  'sign-in page',
  'list of 1 500 patients, read',
  'list of 1 500 patients, next page',
  'list of 1 500 patients, file',
  '200 tests',
  'numbers of an ASL’s doctors, file',
] as const;
export type PageName = (typeof PAGES)[number];

export const PAGE = (page: PageName): string => `portal, ${page}`;
export const BARE_PAGE = (page: PageName): string => `bare Express page over TLS, ${page}`;
export const SIGN_IN = {
  cold: 'portal, sign-in, not remembered',
  remembered: 'portal, sign-in, remembered',
} as const;
