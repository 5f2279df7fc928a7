/** Derives the gateway's settings from the configuration: reads every file, reports all problems at once. */
import { readFileSync } from 'node:fs';
import { pincodeDecryption } from '../auth/index.js';
import type { FeedingSystem } from '../auth/index.js';
import { ConfigError, REQUIRED_BY_GATEWAY, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import { defaultListenerLimits } from '../platform/http/index.js';
import type { ListenerLimits } from '../platform/http/index.js';
import { anchorsOf, cardTlsOptions, createAnchorSet, sharedAuthorities } from '../platform/tls/index.js';
import type { AnchorSet, CardTlsFiles } from '../platform/tls/index.js';

export interface GatewaySettings {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly tls: CardTlsFiles;
  readonly anchors: AnchorSet;
  /** Systems that feed the record [B-1]; absent: none is served. */
  readonly feeding?: FeedingSettings | undefined;
  readonly decryptPincode: ReturnType<typeof pincodeDecryption>;
  /** Serves a database marked as a sandbox's: set only by sandbox and demonstrations, never by configuration. */
  readonly isSandbox?: true;
}

export interface FeedingSettings {
  readonly consentDatabaseUrl: string;
  readonly anchors: AnchorSet;
  readonly systems: readonly FeedingSystem[];
}

/** Limits of the listeners for callers and visitors. */
export function listenerLimits(config: Config): ListenerLimits {
  const { maxConnections, maxConnectionsPerAddress, handshakesPerSecondPerAddress, trustedProxies } = config;
  return {
    ...{ ...defaultListenerLimits, maxConnections, maxConnectionsPerAddress },
    ...{ handshakesPerSecondPerAddress, trustedProxies },
  };
}

/** @throws ConfigError listing every missing setting and unusable file */
export function gatewaySettings(config: Config): GatewaySettings {
  const problems: string[] = REQUIRED_BY_GATEWAY.filter((key) => config[key] === undefined).map(
    (key) => `${key} (${environmentName(key)}): required`,
  );
  const { databaseUrl, pincodeKey } = config;
  problems.push(...revocationProblems(config), ...feedingProblems(config));
  const attempt = <Result>(work: () => Result): Result | undefined => {
    try {
      return work();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const ofCards = cardFilesOf(config);
  const tls = ofCards && { ...ofCards, further: furtherOf(config) };
  const anchors = tls && attempt(() => (cardTlsOptions(tls), readAnchors(tls)));
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
  const { consentDatabaseUrl } = config;
  const feeding =
    consentDatabaseUrl === undefined || tls.further === undefined
      ? undefined
      : { consentDatabaseUrl, anchors: createAnchorSet(anchors.further), systems: systemsOf(config) };
  return { config, databaseUrl, tls, anchors: createAnchorSet(anchors.cards), feeding, decryptPincode };
}

/** What is wrong with the settings of revocation lists. */
export function revocationProblems({ cardRevocationList, cardRevocationCheck }: Config): string[] {
  if (cardRevocationCheck && cardRevocationList === undefined) {
    const name = environmentName('cardRevocationList');
    return [`cardRevocationList (${name}): required, unless cardRevocationCheck is false`];
  }
  return !cardRevocationCheck && cardRevocationList !== undefined
    ? ['cardRevocationList: given although cardRevocationCheck is false']
    : [];
}

/** The files of a listener that cards are shown to; undefined: one of them is not named. */
export function cardFilesOf(config: Config): CardTlsFiles | undefined {
  const { tlsCertificate, tlsKey, cardAnchors, cardRevocationList, legacyCards } = config;
  if (tlsCertificate === undefined || tlsKey === undefined || cardAnchors === undefined) return undefined;
  return {
    ...{ certificate: tlsCertificate, key: tlsKey, anchors: cardAnchors },
    ...{ revocationList: cardRevocationList, legacy: legacyCards },
  };
}

/**
 * The authorities for each kind of caller, from the current files.
 * @throws Error when a file is unusable, or the kinds cannot be distinguished
 */
export function readAnchors(tls: CardTlsFiles): { cards: string[]; further: string[] } {
  const cards = anchorsOf(tls);
  const further = tls.further === undefined ? [] : anchorsOf(tls.further);
  const [shared] = sharedAuthorities(further, cards);
  if (shared !== undefined) {
    throw new Error(
      `${tls.further?.anchors ?? ''}: «${shared}» is in ${tls.anchors} too: a card would pass as a system`,
    );
  }
  return { cards, further };
}

function furtherOf({ feedingSystemAnchors, feedingSystemRevocationList }: Config): CardTlsFiles['further'] {
  if (feedingSystemAnchors === undefined) return undefined;
  return { anchors: feedingSystemAnchors, revocationList: feedingSystemRevocationList };
}

/** `<region>:<common name>`, validated by the schema. */
function systemsOf({ feedingSystems }: Config): FeedingSystem[] {
  return feedingSystems.map((system) => {
    const colon = system.indexOf(':');
    return { region: system.slice(0, colon), name: system.slice(colon + 1) };
  });
}

function feedingProblems(config: Config): string[] {
  const { feedingSystemAnchors, feedingSystemRevocationList, feedingSystems, cardRevocationCheck } = config;
  const named = (key: keyof Config, problem: string) => `${key} (${environmentName(key)}): ${problem}`;
  if (feedingSystemAnchors === undefined) {
    const idle = feedingSystemRevocationList !== undefined || feedingSystems.length > 0;
    return idle ? [named('feedingSystemAnchors', 'required, since other settings of feeding systems are given')] : [];
  }
  const problems: string[] = [];
  if (config.consentDatabaseUrl === undefined)
    problems.push(named('consentDatabaseUrl', 'required by feedingSystemAnchors'));
  if (feedingSystems.length === 0) problems.push(named('feedingSystems', 'required by feedingSystemAnchors'));
  const names = systemsOf(config).map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problems.push(named('feedingSystems', `«${twice}» is there twice`));
  if (cardRevocationCheck !== (feedingSystemRevocationList !== undefined)) {
    const problem = cardRevocationCheck
      ? 'required, unless cardRevocationCheck is false'
      : 'given although cardRevocationCheck is false';
    problems.push(named('feedingSystemRevocationList', problem));
  }
  return problems;
}

function pincodeKeyOf(file: string): GatewaySettings['decryptPincode'] {
  try {
    return pincodeDecryption(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file}: not a usable pincode key (${cause instanceof Error ? cause.message : ''})`, { cause });
  }
}
