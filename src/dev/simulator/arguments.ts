/** Command line of `passerella simulator`: names, defaults, meaning. Reads neither files nor the environment. */
import { parseArgs } from 'node:util';
import { ForeseenError } from '../../platform/foreseen-error.js';
import { MISBEHAVIOURS, MisbehaviourError, parseMisbehaviours } from './misbehaviour.js';
import type { Misbehaviour } from './misbehaviour.js';

const SIMULATOR_USAGE = `usage: passerella simulator [options]

  --port <n>            port of the first region (9443), the others follow; 0 picks free ones
  --regions <codes>     regions to simulate, by comma (120)
  --host <address>      address to listen on (127.0.0.1)
  --name <name>         name by which the sender reaches it, for the WSDL (localhost)
  --data <folder>       where received notifications are kept, a file for each region;
                        default: simulator in the dataDirectory of the configuration
  --control-port <n>    port of the control endpoint on 127.0.0.1 (9440); 0 picks a free one
  --certificate <file>  server certificate and intermediates, PEM; with --key. Default: a development one
  --key <file>          its key, PEM
  --sender-ca <file>    CAs of the senders that are let in, PEM. Default: the development one
  --signers <file>      certificates that may sign, PEM: messages must then carry a WS-Security signature
  --misbehave <list>    ${MISBEHAVIOURS.join(', ')}; each with :rate if wanted
  --slow-ms <n>         how long «slow» waits (5000)
  --refuse-code <code>  errorCode of «refuse» (RIFIUTO_SIMULATO)
`;

export interface SimulatorArguments {
  readonly port: number;
  readonly regions: readonly string[];
  readonly host: string;
  readonly name: string;
  readonly data: string | undefined;
  readonly controlPort: number;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly senderCa: string | undefined;
  readonly signers: string | undefined;
  readonly misbehaviours: readonly Misbehaviour[];
  readonly slowMs: number;
  readonly refuseCode: string;
}

/** The arguments are invalid, or ask for help; the message names them and shows the usage. */
class ArgumentError extends ForeseenError {
  override readonly exitCode = 64; // EX_USAGE

  constructor(problem: string) {
    super(`${problem}\n\n${SIMULATOR_USAGE}`);
  }
}

/** @throws ArgumentError */
export function readArguments(words: readonly string[]): SimulatorArguments {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const optional = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        port: text('9443'),
        regions: text('120'),
        host: text('127.0.0.1'),
        name: text('localhost'),
        data: optional,
        'control-port': text('9440'),
        certificate: optional,
        key: optional,
        'sender-ca': optional,
        signers: optional,
        misbehave: text('none'),
        'slow-ms': text('5000'),
        'refuse-code': text('RIFIUTO_SIMULATO'),
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) throw new ArgumentError('simulated regional FSEs');
    const regions = values.regions.split(',').map((code) => code.trim());
    if (regions.some((code) => !/^[A-Za-z0-9]{1,16}$/.test(code)) || new Set(regions).size < regions.length) {
      throw new ArgumentError('--regions: different codes of letters and digits, by comma');
    }
    if ((values.certificate === undefined) !== (values.key === undefined)) {
      throw new ArgumentError('--certificate and --key go together');
    }
    if (!/^\S{1,64}$/.test(values['refuse-code'])) throw new ArgumentError('--refuse-code: 1 to 64 characters');
    return {
      port: numberOf('port', values.port, 65_535 - regions.length),
      regions,
      host: values.host,
      name: values.name,
      data: values.data,
      controlPort: numberOf('control-port', values['control-port'], 65_535),
      certificate: values.certificate,
      key: values.key,
      senderCa: values['sender-ca'],
      signers: values.signers,
      misbehaviours: parseMisbehaviours(values.misbehave),
      slowMs: numberOf('slow-ms', values['slow-ms'], 3_600_000),
      refuseCode: values['refuse-code'],
    };
  } catch (error) {
    if (error instanceof MisbehaviourError) throw new ArgumentError(`--misbehave: ${error.message}`);
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      throw new ArgumentError(error.message);
    }
    throw error;
  }
}

function numberOf(name: string, text: string, most: number): number {
  if (!/^[0-9]{1,7}$/.test(text) || Number(text) > most) throw new ArgumentError(`--${name}: a number up to ${most}`);
  return Number(text);
}
