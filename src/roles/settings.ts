/** From configuration to what a gateway needs, every file read, every problem told at once. */
import { readFileSync } from 'node:fs';
import { pincodeDecryption } from '../auth/index.js';
import { ConfigError, REQUIRED_BY_GATEWAY, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import { anchorsOf, cardTlsOptions } from '../platform/tls/index.js';
import type { CardTlsFiles } from '../platform/tls/index.js';

export interface GatewaySettings {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly tls: CardTlsFiles;
  readonly anchors: readonly string[];
  readonly decryptPincode: ReturnType<typeof pincodeDecryption>;
}

/** @throws ConfigError listing every missing setting and unusable file */
export function gatewaySettings(config: Config): GatewaySettings {
  const problems: string[] = REQUIRED_BY_GATEWAY.filter((key) => config[key] === undefined).map(
    (key) => `${key} (${environmentName(key)}): required`,
  );
  const { databaseUrl, tlsCertificate, tlsKey, cardAnchors, cardRevocationList, cardRevocationCheck, pincodeKey } =
    config;
  if (cardRevocationCheck && cardRevocationList === undefined) {
    problems.push(
      `cardRevocationList (${environmentName('cardRevocationList')}): required, unless cardRevocationCheck is false`,
    );
  }
  if (!cardRevocationCheck && cardRevocationList !== undefined) {
    problems.push('cardRevocationList: given although cardRevocationCheck is false');
  }
  const attempt = <Result>(work: () => Result): Result | undefined => {
    try {
      return work();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const tls =
    tlsCertificate === undefined || tlsKey === undefined || cardAnchors === undefined
      ? undefined
      : {
          certificate: tlsCertificate,
          key: tlsKey,
          anchors: cardAnchors,
          revocationList: cardRevocationList,
          legacy: config.legacyCards,
        };
  const anchors = tls && attempt(() => (cardTlsOptions(tls), anchorsOf(tls)));
  const decryptPincode = pincodeKey === undefined ? undefined : attempt(() => pincodeKeyOf(pincodeKey));
  if (
    problems.length > 0 ||
    databaseUrl === undefined ||
    tls === undefined ||
    anchors === undefined ||
    decryptPincode === undefined
  ) {
    throw new ConfigError(`configuration:\n  ${problems.join('\n  ')}`);
  }
  return { config, databaseUrl, tls, anchors, decryptPincode };
}

function pincodeKeyOf(file: string): GatewaySettings['decryptPincode'] {
  try {
    return pincodeDecryption(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file}: not a usable pincode key (${cause instanceof Error ? cause.message : ''})`, { cause });
  }
}
