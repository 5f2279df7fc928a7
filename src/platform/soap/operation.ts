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
  const addressed = envelope.headers.filter((block) => block.name === 'Action' && ADDRESSING.has(block.namespace));
  for (const [campo, said] of [
    ...actions.map((action) => ['SOAPAction', action] as const),
    ...addressed.map((block) => ['Action', block.text] as const),
  ]) {
    const action = said?.trim() ?? '';
    if (action !== '' && action !== operation.soapAction) {
      throw clientFault(
        'SOAPACTION_DISCORDE',
        `${campo} non corrisponde all’operazione ${body.name} del Body: usare «${operation.soapAction}», oppure lasciarla vuota.`,
        { campo },
      );
    }
  }
  return operation;
}
