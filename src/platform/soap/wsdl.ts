/** Serves the contract: its addresses are the configured public ones, never taken from a request [contract]. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { ContractShape } from './contract.js';
import { escapeAttribute } from './escape.js';

/**
 * Answers a request for a document of the contract: `?wsdl`, `?singleWsdl` or `?xsd=…`.
 * @returns false: the request is not for one
 */
export type AnswerContract = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * @param directory where the WSDL and XSD files are
 * @param address absolute public URL of the endpoint
 */
export function serveContract(contract: ContractShape, directory: string, address: string): AnswerContract {
  const xsd = readFileSync(join(directory, contract.xsdFile), 'utf8');
  const source = readFileSync(join(directory, contract.wsdlFile), 'utf8');
  const url = escapeAttribute(address);
  const schemaUrl = `${url}?xsd=${contract.xsdFile}`;
  const addressed = replaceOnce(source, /(<soap:address\s+location=")[^"]*(")/, `$1${url}$2`, 'soap:address');
  const wsdl = replaceOnce(addressed, /(schemaLocation=")[^"]*(")/, `$1${schemaUrl}$2`, 'schemaLocation');
  const inlined = xsd.replace(/^\s*<\?xml[^>]*\?>\s*/, '').replaceAll('$', '$$$$');
  const single = replaceOnce(addressed, /<(?:xs|xsd):schema\b[\s\S]*?<\/(?:xs|xsd):schema>/, inlined, 'xs:schema');
  const documentFor = (query: URLSearchParams): string | undefined => {
    for (const [name, value] of query) {
      const asked = name.toLowerCase();
      if (asked === 'wsdl') return wsdl;
      if (asked === 'singlewsdl') return single;
      if (asked === 'xsd') return value === contract.xsdFile ? xsd : undefined;
    }
    return undefined;
  };
  return ({ method, url = '' }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return false;
    const at = url.indexOf('?');
    const document = documentFor(new URLSearchParams(at < 0 ? '' : url.slice(at + 1)));
    if (document === undefined) return false;
    response
      .writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8', 'Cache-Control': 'max-age=300' })
      .end(document);
    return true;
  };
}

function replaceOnce(text: string, pattern: RegExp, replacement: string, what: string): string {
  if (!pattern.test(text)) throw new Error(`the WSDL has no ${what}`);
  return text.replace(pattern, replacement);
}
