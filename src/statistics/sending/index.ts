/** Sending, for the worker only: importing this loads the libraries of mail and archives. */
export { createDeliveryService, type CertifiedMail } from './service.js';
