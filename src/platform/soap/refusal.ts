/** The answer to a message that failed in any step: the fault for the error, sent immediately or at its beat. */
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { holdBack } from '../http/index.js';
import type { Logger } from '../log.js';
import { RequestAborted } from './body.js';
import type { ContractShape } from './contract.js';
import { SoapFault, internalFault } from './fault.js';
import type { Message } from './message.js';
import { send, statusOf } from './reply.js';
import { compileFaultWriter } from './writer.js';

/** @returns when the fault is sent, or the caller has disconnected */
export type Refuse = (message: Message<unknown>, error: unknown) => Promise<void>;

/** @param faultOf the fault for what a handler threw; undefined: an unforeseen error */
export function createRefusal(
  contract: ContractShape,
  faultOf: (error: unknown) => SoapFault | undefined,
  log: Logger,
): Refuse {
  const writeFault = compileFaultWriter(contract);
  return async (message, error) => {
    const { http, response, requestId, operation, version } = message;
    if (error instanceof RequestAborted || http.socket.destroyed) {
      log.info('soap: the caller went away', { requestId, operation });
      return;
    }
    const fault = error instanceof SoapFault ? error : (faultOf(error) ?? internalFault(error));
    const { facts, cause } = fault;
    message.codice = facts.codice;
    if (cause !== undefined) log.error('soap: fault', { requestId, codice: facts.codice, cause });
    if (facts.beatMs !== undefined) {
      holdBack(response);
      await pause(facts.beatMs - ((performance.now() - message.whole) % facts.beatMs));
      if (response.destroyed) return;
    }
    const status = statusOf(facts, version);
    send(response, version, status, writeFault(version, facts, requestId), requestId, facts.headers);
    message.status = status;
  };
}
