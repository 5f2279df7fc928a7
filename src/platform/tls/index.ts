export { createAnchorSet, sharedAuthorities } from './anchor-set.js';
export type { AnchorSet } from './anchor-set.js';
export { anchorsOf, cardTlsOptions, watchTlsFiles } from './card-listener.js';
export type { CardTlsFiles } from './card-listener.js';
export { CLIENT_AUTH, readCertificate } from './certificate.js';
export type { CertificateFacts } from './certificate.js';
export { clientTls, serverTls } from './policy.js';
export { createCertificateSource } from './presented.js';
export type { CertificateSource, PresentedCertificate } from './presented.js';
