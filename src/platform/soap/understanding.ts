/** Reads operation, typed request and evidence of the caller from the bytes of a message. Compiled once, at start. */
import { decodeBody } from './charset.js';
import type { ContractShape } from './contract.js';
import { openEnvelope, versionOf, withoutSoapAttributes } from './envelope.js';
import { MessageEvidence } from './evidence.js';
import type { Evidence } from './evidence.js';
import { SoapFault, withAdvice } from './fault.js';
import type { SoapLimits } from './limits.js';
import { unquote } from './media-type.js';
import type { MediaType } from './media-type.js';
import type { Message } from './message.js';
import { operationOf } from './operation.js';
import { compileReader } from './reader.js';
import type { ReadElement } from './reader.js';
import { strayBlock } from './stray.js';
import type { XmlElement } from './tree.js';
import { compileWriter } from './writer.js';
import type { Write } from './writer.js';
import { parseXml } from './xml.js';

/** A handler whose types are erased. */
export type Handle = (request: unknown, call: unknown) => Promise<unknown>;

export interface CompiledOperation {
  readonly name: string;
  readonly soapAction: string;
  readonly read: ReadElement;
  readonly handle: Handle;
  readonly write: Write;
}

export interface Understood {
  readonly operation: CompiledOperation;
  readonly request: unknown;
  readonly evidence: Evidence;
}

/** @throws SoapFault that states what is wrong, and which header block of the contract is misplaced */
export type Understand = (message: Message<unknown>, media: MediaType, bytes: Buffer) => Understood;

/** @throws Error when an operation of the contract has no handler */
export function compileUnderstanding(
  contract: ContractShape,
  limits: SoapLimits,
  handlers: Readonly<Record<string, Handle | undefined>>,
): Understand {
  const { namespace } = contract;
  const operations = compileOperations(contract, handlers);
  const headerReaders = new Map(
    Object.entries(contract.headers).map(([name, shape]) => [name, compileReader(shape, namespace)]),
  );
  const isDeclared = (block: XmlElement): boolean => block.namespace === namespace && headerReaders.has(block.name);

  function understandTree(message: Message<unknown>, media: MediaType, root: XmlElement): Understood {
    const { http, requestId } = message;
    const opened = openEnvelope(root, message.version, isDeclared);
    const said = http.headers['soapaction'];
    const operation = operationOf(operations, contract, opened, [
      typeof said === 'string' ? unquote(said.trim()) : undefined,
      media.action,
    ]);
    message.operation = operation.name;
    const declared = opened.headers.filter(isDeclared);
    for (const block of declared) headerReaders.get(block.name)?.(withoutSoapAttributes(block));
    const request = operation.read(opened.body);
    const blocks = opened.headers.map(({ name }) => name);
    // Now, so that no tree is kept during the sign-in. A body that was read contains no header block.
    const stray = declared.length < blocks.length ? strayBlock(root, contract) : undefined;
    return {
      operation,
      request,
      evidence: new MessageEvidence(http, operation.name, requestId, blocks, stray, declared),
    };
  }

  return (message, media, bytes) => {
    const root = parseXml(decodeBody(bytes, media.charset), limits);
    message.version = versionOf(root);
    try {
      return understandTree(message, media, root);
    } catch (error) {
      const stray = error instanceof SoapFault ? strayBlock(root, contract) : undefined;
      throw error instanceof SoapFault && stray !== undefined ? withAdvice(error, stray) : error;
    }
  };
}

function compileOperations(
  { namespace, operations }: ContractShape,
  handlers: Readonly<Record<string, Handle | undefined>>,
): ReadonlyMap<string, CompiledOperation> {
  return new Map(
    Object.entries(operations).map(([name, { soapAction, request, response }]) => {
      const handle = handlers[name];
      if (handle === undefined) throw new Error(`no handler for operation ${name}`);
      const read = compileReader(request, namespace);
      const write = compileWriter(response, ` xmlns="${namespace}"`);
      return [name, { name, soapAction, read, handle, write }];
    }),
  );
}
