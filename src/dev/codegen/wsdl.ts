/**
 * Reads the WSDL of a contract: one service, one port, document/literal over SOAP 1.1, types in one XSD beside it.
 * Unsupported constructs are errors that name them. Independent of TypeScript.
 */
import { readSchema, XSD } from './schema.js';
import type { Schema, SchemaElement } from './schema.js';
import { allowOnly, attribute, childrenOf, ContractError, onlyChild, parseTree, qualifiedName } from './xml-tree.js';
import type { XmlNode } from './xml-tree.js';

const WSDL = 'http://schemas.xmlsoap.org/wsdl/';
const SOAP = 'http://schemas.xmlsoap.org/wsdl/soap/';

export interface ContractOperation {
  readonly name: string;
  readonly doc: string;
  readonly soapAction: string;
  readonly request: SchemaElement;
  readonly response: SchemaElement;
}

export interface Contract {
  readonly service: string;
  readonly port: string;
  readonly doc: string;
  readonly wsdlNamespace: string;
  /** targetNamespace of the XSD. */
  readonly namespace: string;
  readonly wsdlFile: string;
  readonly xsdFile: string;
  readonly operations: readonly ContractOperation[];
  readonly headers: readonly SchemaElement[];
  readonly fault: SchemaElement;
}

/**
 * @param wsdlFile name of the file, for `load`
 * @param load returns the text of a contract file by its name
 * @throws ContractError naming file, line and unsupported construct.
 */
export function readContract(wsdlFile: string, load: (file: string) => string): Contract {
  return new WsdlReader(parseTree(load(wsdlFile), wsdlFile), wsdlFile, load).read();
}

interface BoundOperation extends ContractOperation {
  readonly headers: readonly SchemaElement[];
  readonly fault: SchemaElement;
}

class WsdlReader {
  readonly #namespace: string;
  readonly #xsdFile: string;
  readonly #schema: Schema;

  constructor(
    private readonly root: XmlNode,
    private readonly wsdlFile: string,
    load: (file: string) => string,
  ) {
    if (root.namespace !== WSDL || root.name !== 'definitions') throw new ContractError(root, 'not a wsdl:definitions');
    allowOnly(
      root,
      ['name', 'targetNamespace'],
      ['documentation', 'types', 'message', 'portType', 'binding', 'service'],
    );
    this.#namespace = attribute(root, 'targetNamespace');
    const schemaImport = readImport(onlyChild(root, 'types'));
    this.#xsdFile = attribute(schemaImport, 'schemaLocation');
    this.#schema = readSchema(parseTree(load(this.#xsdFile), this.#xsdFile));
    if (attribute(schemaImport, 'namespace') !== this.#schema.namespace) {
      throw new ContractError(schemaImport, `${this.#xsdFile} has another targetNamespace: ${this.#schema.namespace}`);
    }
    this.#refuseUnreadableMessages();
  }

  read(): Contract {
    const service = onlyChild(this.root, 'service');
    allowOnly(service, ['name'], ['documentation', 'port']);
    const port = onlyChild(service, 'port');
    allowOnly(port, ['name', 'binding'], ['documentation', 'address'], [WSDL, SOAP]);
    allowOnly(onlyChild(port, 'address'), ['location'], []);
    const bound = this.#binding(this.#named('binding', port, 'binding'));
    const [first] = bound;
    if (first === undefined) throw new ContractError(port, 'no operation');
    const headers = new Map(bound.flatMap((operation) => operation.headers).map((header) => [header.name, header]));
    return {
      service: attribute(service, 'name'),
      port: attribute(port, 'name'),
      doc: documentation(service),
      wsdlNamespace: this.#namespace,
      namespace: this.#schema.namespace,
      wsdlFile: this.wsdlFile,
      xsdFile: this.#xsdFile,
      operations: bound.map(({ name, doc, soapAction, request, response }) => ({
        name,
        doc,
        soapAction,
        request,
        response,
      })),
      headers: [...headers.values()],
      fault: first.fault,
    };
  }

  #binding(binding: XmlNode): readonly BoundOperation[] {
    allowOnly(binding, ['name', 'type'], ['documentation', 'binding', 'operation'], [WSDL, SOAP]);
    const soapBinding = onlyChild(binding, 'binding');
    allowOnly(soapBinding, ['style', 'transport'], []);
    documentStyle(soapBinding);
    const portType = this.#named('portType', binding, 'type');
    allowOnly(portType, ['name'], ['documentation', 'operation']);
    const bindings = childrenOf(binding, 'operation');
    if (bindings.length !== childrenOf(portType, 'operation').length) {
      throw new ContractError(binding, 'the binding must bind every operation of the portType, once');
    }
    const operations = childrenOf(portType, 'operation').map((operation) => {
      const name = attribute(operation, 'name');
      const [bound, ...others] = bindings.filter((node) => node.attributes.get('name') === name);
      if (bound === undefined || others.length > 0) {
        throw new ContractError(operation, `operation ${name} must be bound exactly once`);
      }
      return this.#operation(operation, bound);
    });
    const faults = new Set(operations.map(({ fault }) => fault.name));
    if (faults.size > 1)
      throw new ContractError(portType, `operations with different faults: ${[...faults].join(', ')}`);
    return operations;
  }

  #operation(operation: XmlNode, bound: XmlNode): BoundOperation {
    allowOnly(operation, ['name'], ['documentation', 'input', 'output', 'fault']);
    const [input, output, fault] = ['input', 'output', 'fault'].map((name) => onlyChild(operation, name));
    if (input === undefined || output === undefined || fault === undefined)
      throw new ContractError(operation, 'no message');
    allowOnly(input, ['message', 'name'], ['documentation']);
    allowOnly(output, ['message', 'name'], ['documentation']);
    allowOnly(fault, ['message', 'name'], ['documentation']);

    allowOnly(bound, ['name'], ['documentation', 'operation', 'input', 'output', 'fault'], [WSDL, SOAP]);
    const soapOperation = onlyChild(bound, 'operation');
    allowOnly(soapOperation, ['soapAction', 'style'], []);
    documentStyle(soapOperation);
    const boundInput = onlyChild(bound, 'input');
    allowOnly(boundInput, ['name'], ['documentation', 'header', 'body'], [WSDL, SOAP]);
    const boundOutput = onlyChild(bound, 'output');
    allowOnly(boundOutput, ['name'], ['documentation', 'body'], [WSDL, SOAP]);
    const boundFault = onlyChild(bound, 'fault');
    allowOnly(boundFault, ['name'], ['documentation', 'fault'], [WSDL, SOAP]);
    const soapFault = onlyChild(boundFault, 'fault');
    for (const body of [onlyChild(boundInput, 'body'), onlyChild(boundOutput, 'body')]) literal(body, []);
    literal(soapFault, ['name']);

    return {
      name: attribute(operation, 'name'),
      doc: documentation(operation),
      soapAction: attribute(soapOperation, 'soapAction'),
      request: this.#partElement(this.#named('message', input, 'message')),
      response: this.#partElement(this.#named('message', output, 'message')),
      fault: this.#partElement(this.#named('message', fault, 'message')),
      headers: childrenOf(boundInput, 'header').map((header) => {
        literal(header, ['message', 'part']);
        return this.#partElement(this.#named('message', header, 'message'), attribute(header, 'part'));
      }),
    };
  }

  /** The element of a single-part message. */
  #partElement(message: XmlNode, partName?: string): SchemaElement {
    const part = onlyChild(message, 'part');
    if (partName !== undefined && attribute(part, 'name') !== partName) {
      throw new ContractError(message, `message ${attribute(message, 'name')} has no part ${partName}`);
    }
    const { namespace, name } = qualifiedName(part, 'element');
    const element = namespace === this.#schema.namespace ? this.#schema.elements.get(name) : undefined;
    if (element === undefined) throw new ContractError(part, `element ${name} {${namespace}} is not declared`);
    return element;
  }

  #refuseUnreadableMessages(): void {
    for (const message of childrenOf(this.root, 'message')) {
      allowOnly(message, ['name'], ['documentation', 'part']);
      for (const part of childrenOf(message, 'part')) allowOnly(part, ['name', 'element'], ['documentation']);
    }
  }

  #named(kind: string, user: XmlNode, attributeName: string): XmlNode {
    const { namespace, name } = qualifiedName(user, attributeName);
    const [found, ...others] = childrenOf(this.root, kind).filter((node) => node.attributes.get('name') === name);
    if (namespace !== this.#namespace || found === undefined || others.length > 0) {
      throw new ContractError(user, `${kind} ${name} {${namespace}} must be declared exactly once`);
    }
    return found;
  }
}

function readImport(types: XmlNode): XmlNode {
  allowOnly(types, [], ['schema'], [XSD]);
  const schema = onlyChild(types, 'schema');
  allowOnly(schema, [], ['import']);
  const schemaImport = onlyChild(schema, 'import');
  allowOnly(schemaImport, ['namespace', 'schemaLocation'], []);
  return schemaImport;
}

function documentStyle(node: XmlNode): void {
  const style = node.attributes.get('style') ?? 'document';
  if (style !== 'document') throw new ContractError(node, `style "${style}" is not understood`);
}

function literal(node: XmlNode, attributes: readonly string[]): void {
  allowOnly(node, [...attributes, 'use'], []);
  const use = attribute(node, 'use');
  if (use !== 'literal') throw new ContractError(node, `use "${use}" is not understood`);
}

function documentation(node: XmlNode): string {
  return childrenOf(node, 'documentation')
    .map((child) => child.text)
    .join(' ');
}
