export { createPdfMaker } from './pdf/maker.js';
export type { ReceiptDocument } from './pdf/document.js';
export { mountPortal, portalPages } from './portal.js';
export type { PortalOptions } from './portal.js';
export type { IdentityServices } from './identity/pages.js';
export type { Register } from './opposition/services.js';
export type { Answered } from './frame/serve.js';
export { cardHost } from './sign-in/card/host.js';
export type { Page } from './frame/page.js';
