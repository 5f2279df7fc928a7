/**
 * The rules that make a contract importable into every common toolkit, each as a function from the two documents to its
 * violations. Numbers in brackets are those of WS-I Basic Profile 1.1. Reads the documents as trees, independently of
 * the generator, so that both cannot share an error.
 */
import type { XmlNode } from '../../src/dev/codegen/xml-tree.js';

export interface Documents {
  readonly wsdl: XmlNode;
  readonly xsd: XmlNode;
}

export interface Rule {
  readonly name: string;
  /** The violations of the rule, one line for each; empty if it is kept. */
  readonly breaches: (documents: Documents) => readonly string[];
}

/**
 * Rules that a contract breaks because we cannot choose its names: by file and name of the rule, the violation and the
 * reason. No other violation of the rule is exempt.
 */
export const EXEMPT: ReadonlyMap<
  string,
  ReadonlyMap<string, { breaches: readonly string[]; because: string }>
> = new Map([
  [
    'NotificaOpposizione.wsdl',
    new Map([
      [
        'wrapped convention: input = operation, output = operation + Response, both a plain xs:sequence',
        {
          breaches: ['operation is carried by NotifyOppPregressoRequest'],
          because: 'the family calls the request NotifyOppPregressoRequest and its action NotifyOppPregresso',
        },
      ],
      [
        'the version is in both namespaces',
        {
          breaches: ['definitions has a namespace without version', 'schema has a namespace without version'],
          because:
            'urn:fse (of the action urn:fse:NotifyOppPregresso) and the namespace of the types are the real ones',
        },
      ],
    ]),
  ],
]);

const WSDL = 'http://schemas.xmlsoap.org/wsdl/';
const SOAP = 'http://schemas.xmlsoap.org/wsdl/soap/';
const XSD = 'http://www.w3.org/2001/XMLSchema';
const TEXT_BASES = ['string', 'token'];

function all(root: XmlNode, namespace: string, ...names: readonly string[]): readonly XmlNode[] {
  const own = root.namespace === namespace && names.includes(root.name) ? [root] : [];
  return [...own, ...root.children.flatMap((child) => all(child, namespace, ...names))];
}

function within(node: XmlNode, namespace: string, name: string): readonly XmlNode[] {
  return node.children.filter((child) => child.namespace === namespace && child.name === name);
}

const local = (qname: string | undefined): string => qname?.split(':').at(-1) ?? '';
const at = (node: XmlNode, what: string): string => `${node.file}:${node.line}: ${node.name} ${what}`;
const nameOf = (node: XmlNode): string => node.attributes.get('name') ?? '';

function duplicates(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

/** Operations of the portType. */
function operations({ wsdl }: Documents): readonly XmlNode[] {
  return within(wsdl, WSDL, 'portType').flatMap((portType) => within(portType, WSDL, 'operation'));
}

/** Operations of the binding. */
function boundOperations({ wsdl }: Documents): readonly XmlNode[] {
  return within(wsdl, WSDL, 'binding').flatMap((binding) => within(binding, WSDL, 'operation'));
}

function message({ wsdl }: Documents, user: XmlNode | undefined): XmlNode | undefined {
  return within(wsdl, WSDL, 'message').find((node) => nameOf(node) === local(user?.attributes.get('message')));
}

/** Local name of the element that an operation's input or output carries. */
function bodyElement(documents: Documents, operation: XmlNode, direction: 'input' | 'output'): string {
  const [part] =
    message(documents, within(operation, WSDL, direction)[0])?.children.filter(({ name }) => name === 'part') ?? [];
  return local(part?.attributes.get('element'));
}

function faultMessages(read: Documents): readonly XmlNode[] {
  const faults = operations(read).flatMap((operation) => within(operation, WSDL, 'fault'));
  return faults.flatMap((fault) => message(read, fault) ?? []);
}

function globalElement({ xsd }: Documents, name: string): XmlNode | undefined {
  return within(xsd, XSD, 'element').find((node) => nameOf(node) === name);
}

/** The constructs on which toolkits disagree. */
function forbidden(...names: readonly string[]): Rule['breaches'] {
  return ({ wsdl, xsd }) =>
    [...all(xsd, XSD, ...names), ...all(wsdl, XSD, ...names)].map((node) => at(node, 'is not allowed'));
}

/** Facets of the named simple types derived from one of the built-in types. */
function restrictions(
  xsd: XmlNode,
  bases: readonly string[],
): readonly { node: XmlNode; facets: ReadonlyMap<string, string> }[] {
  return all(xsd, XSD, 'restriction')
    .filter((node) => bases.includes(local(node.attributes.get('base'))))
    .map((node) => ({
      node,
      facets: new Map(node.children.map((facet) => [facet.name, facet.attributes.get('value') ?? ''])),
    }));
}

/** Every value that the pattern of a type must refuse, tested with the pattern itself. */
function accepts(pattern: string | undefined, values: readonly string[]): readonly string[] {
  return values.filter((value) => pattern === undefined || new RegExp(`^(?:${pattern})$`, 'u').test(value));
}

export const rules: readonly Rule[] = [
  {
    name: '[R2705] [R2706] document/literal throughout',
    breaches: ({ wsdl }) => [
      ...all(wsdl, SOAP, 'binding', 'operation')
        .filter(({ attributes }) => (attributes.get('style') ?? 'document') !== 'document')
        .map((node) => at(node, 'is not of document style')),
      ...all(wsdl, SOAP, 'body', 'header', 'headerfault', 'fault')
        .filter(({ attributes }) => attributes.get('use') !== 'literal')
        .map((node) => at(node, 'is not literal')),
    ],
  },
  {
    name: '[R2201] one body part per message, named parameters',
    breaches: (documents) =>
      operations(documents)
        .flatMap((operation) => ['input', 'output'].flatMap((name) => within(operation, WSDL, name)))
        .filter((user) => {
          const parts = message(documents, user)?.children.filter(({ name }) => name === 'part') ?? [];
          return parts.length !== 1 || parts.some((part) => nameOf(part) !== 'parameters');
        })
        .map((user) => at(user, 'has not exactly one part, named parameters')),
  },
  {
    name: '[R2204] every part refers to an element',
    breaches: (documents) =>
      all(documents.wsdl, WSDL, 'part')
        .filter(
          ({ attributes }) =>
            attributes.has('type') || globalElement(documents, local(attributes.get('element'))) === undefined,
        )
        .map((node) => at(node, 'is not by an element of the schema')),
  },
  {
    name: 'wrapped convention: input = operation, output = operation + Response, both a plain xs:sequence',
    breaches: (documents) =>
      operations(documents).flatMap((operation) => {
        const expected = [nameOf(operation), `${nameOf(operation)}Response`];
        const found = [bodyElement(documents, operation, 'input'), bodyElement(documents, operation, 'output')];
        const wrongNames = found.filter((name, index) => name !== expected[index]);
        const notPlain = found.filter((name) => {
          const type = globalElement(documents, name)?.children.find((child) => child.name === 'complexType');
          const content = type?.children.filter((child) => child.name !== 'annotation') ?? [];
          return (
            content.length !== 1 || content.some((child) => child.name !== 'sequence' || child.attributes.size > 0)
          );
        });
        return [
          ...wrongNames.map((name) => at(operation, `is carried by ${name}`)),
          ...notPlain.map((name) => at(operation, `${name} is not a plain sequence`)),
        ];
      }),
  },
  {
    name: '[R2716] [R2726] no namespace on soap:body, soap:header, soap:fault',
    breaches: ({ wsdl }) =>
      all(wsdl, SOAP, 'body', 'header', 'headerfault', 'fault')
        .filter(({ attributes }) => attributes.has('namespace'))
        .map((node) => at(node, 'has a namespace')),
  },
  {
    name: '[R2710] the input element of each operation is unique',
    breaches: (documents) =>
      duplicates(operations(documents).map((operation) => bodyElement(documents, operation, 'input'))).map(
        (name) => `${name} is the input of two operations`,
      ),
  },
  {
    name: '[R2304] no overloading',
    breaches: (documents) =>
      duplicates(operations(documents).map(nameOf)).map((name) => `operation ${name} is overloaded`),
  },
  {
    name: '[R2718] the binding binds every operation and fault of the portType',
    breaches: (documents) => {
      const signature = (operation: XmlNode): string =>
        [nameOf(operation), ...within(operation, WSDL, 'fault').map(nameOf).sort()].join(' ');
      const abstract = operations(documents).map(signature).sort().join();
      return abstract === boundOperations(documents).map(signature).sort().join()
        ? []
        : ['binding and portType differ'];
    },
  },
  {
    name: '[R2721] [R2754] soap:fault has the name of its wsdl:fault',
    breaches: (documents) =>
      boundOperations(documents)
        .flatMap((operation) => within(operation, WSDL, 'fault'))
        .filter((fault) => within(fault, SOAP, 'fault').map(nameOf).join() !== nameOf(fault) || nameOf(fault) === '')
        .map((fault) => at(fault, 'and its soap:fault have different names')),
  },
  {
    name: 'every operation declares a fault',
    breaches: (documents) =>
      operations(documents)
        .filter((operation) => within(operation, WSDL, 'fault').length !== 1)
        .map((operation) => at(operation, `${nameOf(operation)} has not exactly one fault`)),
  },
  {
    name: '[R2401] [R2702] SOAP 1.1 binding over HTTP',
    breaches: ({ wsdl }) =>
      within(wsdl, WSDL, 'binding')
        .filter(
          (binding) =>
            within(binding, SOAP, 'binding')[0]?.attributes.get('transport') !== 'http://schemas.xmlsoap.org/soap/http',
        )
        .map((binding) => at(binding, 'is not SOAP 1.1 over HTTP')),
  },
  {
    name: '[R2745] every operation has a soapAction of its own: WSDL namespace, colon, operation',
    breaches: (documents) =>
      boundOperations(documents)
        .filter((operation) => {
          const expected = `${documents.wsdl.attributes.get('targetNamespace') ?? ''}:${nameOf(operation)}`;
          return within(operation, SOAP, 'operation')[0]?.attributes.get('soapAction') !== expected;
        })
        .map((operation) => at(operation, `${nameOf(operation)} has another soapAction`)),
  },
  {
    name: '[R2001] [R2002] [R2105] the schema is imported by xs:import alone, from the file beside',
    breaches: ({ wsdl, xsd }) => {
      const imports = all(wsdl, XSD, 'import');
      return [
        ...all(wsdl, WSDL, 'import').map((node) => at(node, 'of WSDL is not allowed')),
        ...all(wsdl, XSD, 'schema')
          .filter((schema) => schema.children.some((child) => child.name !== 'import'))
          .map((node) => at(node, 'declares types')),
        ...(imports.length === 1 ? [] : [`${imports.length} schema imports`]),
        ...imports
          .filter(({ attributes }) => attributes.get('schemaLocation') !== xsd.file)
          .map((node) => at(node, 'is not of the file beside')),
        ...imports
          .filter(({ attributes }) => attributes.get('namespace') !== xsd.attributes.get('targetNamespace'))
          .map((node) => at(node, 'has another namespace than the schema')),
      ];
    },
  },
  {
    name: '[R2022] [R2023] order of the WSDL: types, message, portType, binding, service',
    breaches: ({ wsdl }) => {
      const order = ['documentation', 'types', 'message', 'portType', 'binding', 'service'];
      const found = wsdl.children.map((child) => order.indexOf(child.name));
      return found.every((place, index) => place >= (found[index - 1] ?? 0)) ? [] : ['sections out of order'];
    },
  },
  {
    name: '[R2003] documentation comes first, and never inside wsdl:types, where node soap fails on it',
    breaches: ({ wsdl }) =>
      all(wsdl, WSDL, 'definitions', 'types', 'message', 'portType', 'binding', 'operation', 'service', 'port')
        .filter((node) => {
          const places = node.children.flatMap((child, index) => (child.name === 'documentation' ? [index] : []));
          return node.name === 'types' ? places.length > 0 : places.some((place) => place > 0);
        })
        .map((node) => at(node, 'has documentation in the wrong place')),
  },
  {
    name: 'one service and one port',
    breaches: ({ wsdl }) => {
      const count = `${all(wsdl, WSDL, 'service').length} ${all(wsdl, WSDL, 'port').length}`;
      return count === '1 1' ? [] : [`services and ports: ${count}`];
    },
  },
  {
    name: 'the version is in both namespaces',
    breaches: ({ wsdl, xsd }) =>
      [wsdl, xsd]
        .filter((root) => !/:v[0-9]+(:|$)/.test(root.attributes.get('targetNamespace') ?? ''))
        .map((root) => at(root, 'has a namespace without version')),
  },
  {
    name: 'elementFormDefault is qualified',
    breaches: ({ xsd }) =>
      xsd.attributes.get('elementFormDefault') === 'qualified' &&
      !all(xsd, XSD, 'element').some((e) => e.attributes.has('form'))
        ? []
        : [at(xsd, 'has unqualified elements')],
  },
  { name: 'no xs:any, xs:anyAttribute', breaches: forbidden('any', 'anyAttribute') },
  { name: 'no xs:union', breaches: forbidden('union') },
  { name: 'no xs:list', breaches: forbidden('list') },
  { name: 'no xs:choice, xs:all, xs:group', breaches: forbidden('choice', 'all', 'group', 'attributeGroup') },
  { name: 'no derived structures', breaches: forbidden('complexContent', 'redefine', 'include') },
  {
    name: 'no substitution groups, no abstract elements or types',
    breaches: ({ xsd }) =>
      all(xsd, XSD, 'element', 'complexType')
        .filter(({ attributes }) => attributes.has('substitutionGroup') || attributes.has('abstract'))
        .map((node) => at(node, 'is substitutable')),
  },
  {
    name: 'no nillable, default or fixed: optional is minOccurs="0"',
    breaches: ({ xsd }) =>
      all(xsd, XSD, 'element', 'attribute')
        .filter(({ attributes }) => ['nillable', 'default', 'fixed'].some((name) => attributes.has(name)))
        .map((node) => at(node, 'is nillable or has a value of its own')),
  },
  {
    name: 'every field has a named type of the schema',
    breaches: ({ xsd }) => {
      const named = within(xsd, XSD, 'simpleType').concat(within(xsd, XSD, 'complexType'));
      const types = new Set(named.map(nameOf));
      const wrappers = new Set(within(xsd, XSD, 'element').filter((node) => !node.attributes.has('type')));
      const fields = all(xsd, XSD, 'element', 'attribute').filter((node) => !wrappers.has(node));
      return fields
        .filter(({ attributes, prefixes }) => {
          const [name = '', prefix = ''] = (attributes.get('type') ?? '').split(':').reverse();
          return !types.has(name) || prefixes.get(prefix) !== xsd.attributes.get('targetNamespace');
        })
        .map((node) => at(node, `${nameOf(node)} has no named type`));
    },
  },
  {
    name: 'every text type has a length and a pattern or an enumeration',
    breaches: ({ xsd }) =>
      restrictions(xsd, TEXT_BASES)
        .filter(({ facets }) => {
          const bounded = facets.has('length') || (facets.has('minLength') && facets.has('maxLength'));
          return !bounded || (!facets.has('pattern') && !facets.has('enumeration'));
        })
        .map(({ node }) => at(node, 'has no length or no pattern')),
  },
  {
    name: 'dates are xs:date without time zone',
    breaches: ({ xsd }) =>
      restrictions(xsd, ['date']).flatMap(({ node, facets }) =>
        accepts(facets.get('pattern'), ['2020-09-01Z', '2020-09-01+02:00']).map((value) =>
          at(node, `accepts ${value}`),
        ),
      ),
  },
  {
    name: 'instants are xs:dateTime with offset and milliseconds',
    breaches: ({ xsd }) =>
      restrictions(xsd, ['dateTime']).flatMap(({ node, facets }) =>
        accepts(facets.get('pattern'), [
          '2020-09-01T10:00:00.000',
          '2020-09-01T10:00:00Z',
          '2020-09-01T10:00:00+02:00',
        ]).map((value) => at(node, `accepts ${value}`)),
      ),
  },
  {
    name: 'numbers have bounds, at most 15 digits, and one way to be written',
    breaches: ({ xsd }) =>
      restrictions(xsd, ['long', 'int']).flatMap(({ node, facets }) => [
        ...(facets.has('minInclusive') && Number(facets.get('maxInclusive')) <= 999_999_999_999_999
          ? []
          : [at(node, 'is not bounded to 15 digits')]),
        ...accepts(facets.get('pattern'), ['+1', '007', '1.0']).map((value) => at(node, `accepts ${value}`)),
      ]),
  },
  {
    name: 'no base type but string, token, date, dateTime, long, int, boolean',
    breaches: ({ xsd }) =>
      all(xsd, XSD, 'restriction')
        .filter(
          ({ attributes }) =>
            ![...TEXT_BASES, 'date', 'dateTime', 'long', 'int', 'boolean'].includes(local(attributes.get('base'))),
        )
        .map((node) => at(node, `of ${node.attributes.get('base') ?? ''}`)),
  },
  {
    name: 'Italian documentation on every element, attribute, type, pattern and enumerated value',
    breaches: ({ xsd }) => {
      const topTypes = new Set([...within(xsd, XSD, 'simpleType'), ...within(xsd, XSD, 'complexType')]);
      return [xsd, ...topTypes, ...all(xsd, XSD, 'element', 'attribute', 'pattern', 'enumeration')]
        .filter((node) => {
          const texts = within(node, XSD, 'annotation').flatMap((annotation) =>
            within(annotation, XSD, 'documentation'),
          );
          return !texts.some((text) => text.attributes.get('xml:lang') === 'it' && text.text !== '');
        })
        .map((node) => at(node, `${nameOf(node)} has no Italian documentation`));
    },
  },
  {
    name: 'documentation on the WSDL, every operation, message, portType, binding, service and port',
    breaches: (read) => {
      const ofFaults = new Set(faultMessages(read));
      return all(read.wsdl, WSDL, 'definitions', 'operation', 'message', 'portType', 'binding', 'service', 'port')
        .filter((node) => !ofFaults.has(node))
        .filter((node) => !within(node, WSDL, 'documentation').some((text) => text.text !== ''))
        .map((node) => at(node, `${nameOf(node)} has no documentation`));
    },
  },
  {
    name: 'no documentation in the message of a fault, where strong-soap takes it for a part',
    breaches: (read) =>
      faultMessages(read)
        .filter((node) => within(node, WSDL, 'documentation').length > 0)
        .map((node) => at(node, `${nameOf(node)} has documentation`)),
  },
];
