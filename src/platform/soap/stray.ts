/**
 * Finds a header block of the contract in the wrong place: looking only in the right place would report it as missing.
 */
import type { ContractShape } from './contract.js';
import type { XmlElement } from './tree.js';

/**
 * @param root the envelope, opened or not
 * @returns in Italian, where the first such block is and what to send instead; undefined when there is none
 */
export function strayBlock(root: XmlElement, contract: ContractShape): string | undefined {
  const names = new Map(Object.keys(contract.headers).map((name) => [name.toLowerCase(), name]));
  const look = (element: XmlElement, path: readonly XmlElement[]): string | undefined => {
    const name = names.get(element.name.toLowerCase());
    const where = name === undefined ? undefined : wrongPlace(element, name, path, contract);
    if (name !== undefined && where !== undefined) {
      return (
        `L’header SOAP «${name}» è nel messaggio, ma ${where} (riga ${element.line}): ` +
        `inviarlo come figlio diretto di Header, nel namespace «${contract.namespace}».`
      );
    }
    for (const child of element.children) {
      const found = look(child, [...path, element]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return look(root, []);
}

function wrongPlace(
  element: XmlElement,
  name: string,
  [, part, ...ancestors]: readonly XmlElement[],
  { namespace, wsdlNamespace }: ContractShape,
): string | undefined {
  if (part?.name !== 'Header') return part?.name === 'Body' ? 'nel Body' : 'fuori dall’Header';
  const [block] = ancestors;
  if (block !== undefined) return `dentro «${block.name}»`;
  if (element.name !== name) return `scritto «${element.name}»`;
  if (element.namespace === namespace) return undefined;
  if (element.namespace === '') return 'senza namespace';
  return element.namespace === wsdlNamespace ? 'nel namespace del WSDL' : 'in un altro namespace';
}
