/** The operation of a message. The body element decides; SOAPAction and WS-Addressing must agree with it. */
import type { ContractShape, OperationShape } from './contract.js';
import type { Envelope } from './envelope.js';
import { clientFault } from './fault.js';
import type { XmlElement } from './tree.js';

const ADDRESSING = new Set([
  'http://www.w3.org/2005/08/addressing',
  'http://schemas.xmlsoap.org/ws/2004/08/addressing',
]);

/**
 * @param actions the SOAPAction header and the action parameter of SOAP 1.2, unquoted; empty or undefined when absent
 * @throws SoapFault when there is no such operation, or the action names another
 */
export function operationOf<Operation extends Pick<OperationShape, 'soapAction'>>(
  operations: ReadonlyMap<string, Operation>,
  contract: ContractShape,
  envelope: Envelope,
  actions: readonly (string | undefined)[],
): Operation {
  const { body } = envelope;
  const operation = body.namespace === contract.namespace ? operations.get(body.name) : undefined;
  if (operation === undefined) {
    throw clientFault('OPERAZIONE_SCONOSCIUTA', unknown(operations, contract, body), {
      campo: body.name,
      riga: body.line,
    });
  }
  for (const action of actions) demandAction('SOAPAction', action, operation, body.name);
  for (const block of envelope.headers) {
    if (block.name === 'Action' && ADDRESSING.has(block.namespace))
      demandAction('Action', block.text, operation, body.name);
  }
  return operation;
}

function unknown(
  operations: ReadonlyMap<string, unknown>,
  { namespace, wsdlNamespace }: ContractShape,
  { name, namespace: said, line }: XmlElement,
): string {
  if (!operations.has(name)) {
    const known = [...operations.keys()].join(', ');
    return `Il Body non contiene un’operazione del servizio. Operazioni: ${known}, nel namespace ${namespace}.`;
  }
  // Clients of RPC style send the operation in the namespace of the WSDL, or without one.
  const where =
    said === '' ? 'senza namespace' : said === wsdlNamespace ? 'nel namespace del WSDL' : 'in un altro namespace';
  return (
    `L’elemento «${name}» del Body (riga ${line}) è ${where}: usare quello dello schema, «${namespace}», ` +
    'per esso e per i suoi figli. Il contratto è document/literal, non RPC.'
  );
}

function demandAction(
  campo: string,
  said: string | undefined,
  operation: Pick<OperationShape, 'soapAction'>,
  name: string,
): void {
  const action = said?.trim() ?? '';
  if (action === '' || action === operation.soapAction) return;
  throw clientFault(
    'SOAPACTION_DISCORDE',
    `${campo} non corrisponde all’operazione ${name} del Body: usare «${operation.soapAction}», oppure lasciarla vuota.`,
    { campo },
  );
}
