export { createAnchorSet, sharedAuthorities } from './anchor-set.js';
export type { AnchorSet } from './anchor-set.js';
export {
  anchorEnds,
  anchorsOf,
  cardTlsOptions,
  listEnds,
  plainTlsOptions,
  serverEnds,
  watchTlsFiles,
} from './card-listener.js';
export type { CardTlsFiles, ServerTlsFiles } from './card-listener.js';
export { CLIENT_AUTH } from './certificate.js';
export type { CertificateFacts, PolicyRules } from './certificate.js';
export { clientTls, serverTls } from './policy.js';
export { validPolicies } from './policies.js';
export { createPeerReader } from './presented.js';
export type { Peer, PeerReader, PresentedCertificate } from './presented.js';
