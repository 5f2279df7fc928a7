/** Which operation a message asks for: its body element says so; SOAPAction and WS-Addressing may agree, never decide. */
import type { ContractShape, OperationShape } from './contract.js';
import type { Envelope } from './envelope.js';
import { clientFault } from './fault.js';

const ADDRESSING = new Set([
  'http://www.w3.org/2005/08/addressing',
  'http://schemas.xmlsoap.org/ws/2004/08/addressing',
]);

/**
 * @param actions the SOAPAction header and the action parameter of SOAP 1.2, unquoted; empty or undefined when absent
 * @throws SoapFault when there is no such operation, or the action names another
 */
export function operationOf(
  operations: ReadonlyMap<string, OperationShape>,
  contract: ContractShape,
  envelope: Envelope,
  actions: readonly (string | undefined)[],
): OperationShape {
  const { body } = envelope;
  const operation = body.namespace === contract.namespace ? operations.get(body.name) : undefined;
  if (operation === undefined) {
    const known = [...operations.keys()].join(', ');
    throw clientFault(
      'OPERAZIONE_SCONOSCIUTA',
      `Il Body non contiene un’operazione del servizio. Operazioni: ${known}, nel namespace ${contract.namespace}.`,
      { campo: body.name, riga: body.line },
    );
  }
  for (const action of actions) demandAction('SOAPAction', action, operation, body.name);
  for (const block of envelope.headers) {
    if (block.name === 'Action' && ADDRESSING.has(block.namespace))
      demandAction('Action', block.text, operation, body.name);
  }
  return operation;
}

function demandAction(campo: string, said: string | undefined, operation: OperationShape, name: string): void {
  const action = said?.trim() ?? '';
  if (action === '' || action === operation.soapAction) return;
  throw clientFault(
    'SOAPACTION_DISCORDE',
    `${campo} non corrisponde all’operazione ${name} del Body: usare «${operation.soapAction}», oppure lasciarla vuota.`,
    { campo },
  );
}
