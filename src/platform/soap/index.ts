export type { ContractShape } from './contract.js';
export type { Evidence } from './evidence.js';
export { SoapFault, clientFault, retryLaterFault, withAdvice } from './fault.js';
export { defaultLimits } from './limits.js';
export { createSoapService } from './service.js';
export type { Answered, Handlers, SoapListener } from './service.js';
