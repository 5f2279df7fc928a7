/**
 * XSD validation by libxml2. What is validated is our own tree written out again, not the caller's bytes: the values
 * that pass are the values that are read. Library text never leaves: its findings are said again in Italian.
 */
import { XmlDocument, XmlParseError, XmlValidateError, XsdValidator } from 'libxml2-wasm';
import type { ContractShape, ElementShape, Lexical } from './contract.js';
import { clientFault } from './fault.js';
import type { SoapFault } from './fault.js';
import { escapeAttribute, escapeText } from './escape.js';
import type { XmlElement } from './xml.js';

/** At most so many findings in one fault: enough to mend a message in one go. */
const FINDINGS = 5;

export interface SchemaValidator {
  /** @throws SoapFault naming each element that breaks the schema, its line and the reason */
  validate(element: XmlElement): void;
}

/**
 * @param xsd text of the schema; it must not import others
 * @param contract tells what the value of each element should be; without it a wrong one is said to be not valid
 */
export function createSchemaValidator(xsd: string, contract?: ContractShape): SchemaValidator {
  const schema = XmlDocument.fromString(xsd);
  const validator = XsdValidator.fromDoc(schema);
  schema.dispose();
  const lexicals = contract === undefined ? new Map<string, Lexical>() : lexicalsOf(contract);
  return {
    validate(element) {
      const document = parseAgain(element);
      try {
        validator.validate(document);
      } catch (error) {
        if (error instanceof XmlValidateError) throw explain(error, element, lexicals);
        throw error;
      } finally {
        document.dispose();
      }
    },
  };
}

/**
 * libxml2 is stricter about names than XML is: a namespace that is no URI, or an attribute of the namespace `xml`, does
 * not pass. No contract has either, so the caller is told the same as for any other element that does not belong.
 */
function parseAgain(element: XmlElement): XmlDocument {
  try {
    // As bytes: a string would be copied into the library's memory character by character.
    return XmlDocument.fromBuffer(Buffer.from(rewrite(element, '')));
  } catch (error) {
    if (!(error instanceof XmlParseError)) throw error;
    throw clientFault(
      'MESSAGGIO_NON_VALIDO',
      `Il messaggio non rispetta lo schema: l’elemento «${element.name}» (riga ${element.line}) contiene un namespace o un attributo non ammesso.`,
      { campo: element.name, riga: element.line },
    );
  }
}

/** The element with every name written in its namespace by default declaration: no prefix survives. */
function rewrite(element: XmlElement, inherited: string): string {
  let head = `<${element.name}`;
  if (element.namespace !== inherited) head += ` xmlns="${escapeAttribute(element.namespace)}"`;
  element.attributes.forEach((attribute, index) => {
    head +=
      attribute.namespace === ''
        ? ` ${attribute.name}="${escapeAttribute(attribute.value)}"`
        : ` xmlns:a${index}="${escapeAttribute(attribute.namespace)}" a${index}:${attribute.name}="${escapeAttribute(attribute.value)}"`;
  });
  let inside = escapeText(element.text);
  for (const child of element.children) inside += rewrite(child, element.namespace);
  return `${head}>${inside}</${element.name}>`;
}

function explain(error: XmlValidateError, root: XmlElement, lexicals: ReadonlyMap<string, Lexical>): SoapFault {
  const findings = error.details.map((detail) => {
    const element = locate(root, detail.xpath) ?? root;
    return { element, reason: italian(detail.message, lexicals.get(element.name)) };
  });
  // A wrong value is reported by its facet and once more as «not valid»: the facet says more.
  const told = new Map<XmlElement, string>();
  for (const { element, reason } of findings) if (!told.has(element)) told.set(element, reason);
  const shown = [...told].slice(0, FINDINGS);
  const first = shown[0]?.[0] ?? root;
  const list = shown.map(([element, reason]) => `elemento «${element.name}» (riga ${element.line}): ${reason}`);
  const more = told.size > FINDINGS ? `; e altri ${told.size - FINDINGS} errori` : '';
  return clientFault('MESSAGGIO_NON_VALIDO', `Il messaggio non rispetta lo schema: ${list.join('; ')}${more}.`, {
    campo: first.name,
    riga: first.line,
  });
}

/** Follows the path of a finding by the positions in brackets; our tree has the same order. */
function locate(root: XmlElement, path: string | undefined): XmlElement | undefined {
  if (path === undefined) return undefined;
  let element: XmlElement | undefined = root;
  for (const step of path.split('/').slice(2)) {
    if (step.startsWith('@')) break;
    element = element?.children[Number(/\[(\d+)\]$/.exec(step)?.[1] ?? '1') - 1];
  }
  return element;
}

const local = (names: string): string => names.replace(/\{[^}]*\}/g, '').trim();

function italian(message: string, lexical: Lexical | undefined): string {
  const expected = /This element is not expected\. Expected is (?:one of )?\( (.+?) \)/.exec(message);
  if (expected?.[1] !== undefined)
    return `elemento inatteso, al suo posto è atteso ${local(expected[1]).replaceAll(' , ', ', ')}`;
  if (message.includes('This element is not expected')) return 'elemento non previsto';
  const missing = /Missing child element\(s\)\. Expected is (?:one of )?\( (.+?) \)/.exec(message);
  if (missing?.[1] !== undefined) return `manca ${local(missing[1])}`;
  if (message.includes('Character content other than whitespace'))
    return 'contiene testo, ma sono ammessi solo elementi';
  if (message.includes('Element content is not allowed')) return 'contiene elementi, ma è ammesso solo testo';
  const attribute = /The attribute '([^']+)' is not allowed/.exec(message);
  if (attribute?.[1] !== undefined) return `attributo ${local(attribute[1])} non previsto`;
  if (message.includes("[facet 'pattern']")) return 'il valore non ha la forma prevista dallo schema';
  const length = /\[facet '(length|minLength|maxLength)'\].*?(?:allowed|required)[^']*'(\d+)'/.exec(message);
  if (length?.[2] !== undefined) return `lunghezza non ammessa (${lengthRule(length[1])} ${length[2]} caratteri)`;
  const bound = /\[facet '(minInclusive|maxInclusive)'\].*?'(-?\d+)'\)?\.?\s*$/.exec(message);
  if (bound?.[2] !== undefined)
    return `valore ${bound[1] === 'minInclusive' ? 'inferiore al minimo' : 'superiore al massimo'} ${bound[2]}`;
  if (message.includes("[facet 'enumeration']")) return 'il valore non è tra quelli previsti';
  const kind = lexical === undefined ? undefined : KINDS[lexical];
  return kind === undefined ? 'il valore non è valido' : `il valore non è ${kind}`;
}

const KINDS: Readonly<Record<Lexical, string | undefined>> = {
  string: undefined,
  token: undefined,
  date: 'una data del calendario, AAAA-MM-GG',
  dateTime: 'un istante AAAA-MM-GGThh:mm:ss con fuso orario',
  long: 'un numero intero',
  int: 'un numero intero',
  boolean: 'true o false',
};

/** What each element's text should be, by the element's name: a contract gives a name one meaning. */
function lexicalsOf(contract: ContractShape): ReadonlyMap<string, Lexical> {
  const lexicals = new Map<string, Lexical>();
  const collect = ({ name, lexical, children }: ElementShape): void => {
    if (lexical !== undefined) lexicals.set(name, lexical);
    children?.forEach(collect);
  };
  Object.values(contract.operations).forEach(({ request }) => {
    collect(request);
  });
  Object.values(contract.headers).forEach(collect);
  return lexicals;
}

function lengthRule(facet: string | undefined): string {
  if (facet === 'minLength') return 'almeno';
  return facet === 'maxLength' ? 'al massimo' : 'esattamente';
}
