/**
 * The `soap` package's server, like regions that build on it, without a socket: receives envelopes from the front
 * stage, and returns envelopes. Independent of HTTP and of a region's records.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listen } from 'soap';
import type { Server } from 'soap';
import { notificaOpposizione } from '../../../generated/NotificaOpposizione.js';
import type { NotifyOppPregressoResponse } from '../../../generated/NotificaOpposizione.js';

export interface HostedRequest {
  readonly messageId: string;
  readonly patientId: string;
  /** As written: AAAA-MM-GG. */
  readonly oppositionDate: string;
}

/** @param context of this message, passed to the handler. @throws the handler's error */
export type SoapHost<Context> = (envelope: string, context: Context) => Promise<string>;

interface Exchange<Context> {
  readonly context: Context;
  thrown?: { readonly error: unknown };
}

/**
 * @param contractDirectory directory of WSDL and XSD
 * @throws Error when the contract is unreadable
 */
export async function createSoapHost<Context>(
  contractDirectory: string,
  handle: (request: HostedRequest, context: Context) => Promise<NotifyOppPregressoResponse>,
): Promise<SoapHost<Context>> {
  const { service, port, wsdlFile, operations } = notificaOpposizione;
  const uri = join(contractDirectory, wsdlFile);
  const exchanges = new Map<string, Exchange<Context>>();
  let last = 0;

  async function NotifyOppPregresso(
    args: unknown,
    _callback: unknown,
    headers: unknown,
    request: unknown,
  ): Promise<NotifyOppPregressoResponse> {
    const exchange = exchanges.get(textOf(fieldOf(request, 'headers'), EXCHANGE));
    if (exchange === undefined) throw new Error('a message that nobody sent');
    try {
      const hosted = {
        messageId: textOf(headers, 'MessageID'),
        patientId: textOf(args, 'PatientId'),
        oppositionDate: textOf(args, 'OppositionDate'),
      };
      return await handle(hosted, exchange.context);
    } catch (error) {
      // Not thrown into the package, which would answer with the error's text.
      exchange.thrown = { error };
      return { Status: 'Failure' };
    }
  }

  const server = await new Promise<Server>((resolve, reject) => {
    const made = listen(null, {
      path: PATH,
      services: { [service]: { [port]: { NotifyOppPregresso } } },
      xml: readFileSync(uri, 'utf8'),
      uri,
      suppressStack: true,
      callback: (error: unknown) => {
        // Called asynchronously, when the schema beside the WSDL has been read; `made` is set by then.
        if (error instanceof Error) reject(error);
        else resolve(made);
      },
    });
  });
  const soapaction = `"${operations.NotifyOppPregresso.soapAction}"`;
  return async (envelope, context) => {
    const id = String(++last);
    const exchange: Exchange<Context> = { context };
    exchanges.set(id, exchange);
    try {
      const answer = await server.processRequest(envelope, { url: PATH, headers: { soapaction, [EXCHANGE]: id } });
      if (exchange.thrown !== undefined) throw exchange.thrown.error;
      if (answer.statusCode !== 200) throw new Error(`the soap server answered ${answer.statusCode}`);
      return answer.body;
    } finally {
      exchanges.delete(id);
    }
  };
}

const PATH = '/';
/** Key under which the handler finds its exchange; never on the wire. */
const EXCHANGE = 'exchange';

function fieldOf(fields: unknown, name: string): unknown {
  return typeof fields === 'object' && fields !== null ? Reflect.get(fields, name) : undefined;
}

function textOf(fields: unknown, name: string): string {
  const value = fieldOf(fields, name);
  if (typeof value === 'string') return value;
  // The package turns xs:date into a Date: its UTC day is the one that was written.
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  throw new Error(`${name}: not read by the soap server`);
}
