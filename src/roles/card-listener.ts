/** The portal's second listener: it asks browsers for a card, and trusts what the gateway trusts. */
import type { IncomingMessage } from 'node:http';
import type { Express } from 'express';
import { ConfigError, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import { bareExpress, createHttpsServer, listen } from '../platform/http/index.js';
import type { Listener, ListenerLimits } from '../platform/http/index.js';
import type { Logger } from '../platform/log.js';
import { cardTlsOptions, createAnchorSet, createPeerReader } from '../platform/tls/index.js';
import type { AnchorSet, CardTlsFiles, Peer } from '../platform/tls/index.js';
import { keepTrust } from './listener-trust.js';
import type { ListenerTrust } from './listener-trust.js';
import { cardFilesOf, readAnchors, revocationProblems } from './settings.js';

export interface CardListenerSettings {
  readonly tls: CardTlsFiles;
  readonly anchors: AnchorSet;
}

/** In the browser where no address is configured: every system finds names below localhost on the machine itself. */
const LOCAL_CARD_NAME = 'carta.localhost';

export interface CardListener {
  /** In the browser. */
  readonly url: string;
  readonly app: Express;
  readonly listener: Listener;
  readonly trust: ListenerTrust;
  readonly peerOf: (request: IncomingMessage) => Peer;
  close(graceMs: number): Promise<void>;
}

/** @throws ConfigError listing every missing setting and unusable file */
export function cardListenerSettings(config: Config): CardListenerSettings {
  const named = (key: keyof Config): string => `${key} (${environmentName(key)})`;
  const problems = revocationProblems(config);
  if (config.cardAnchors === undefined) problems.push(`${named('cardAnchors')}: required by cardUrl`);
  const { cardUrl, portalUrl } = config;
  const hostOf = (url: string | undefined) => url && new URL(url).hostname;
  // The browser would send the portal's cookies to it, and ask for the card on every page of an open connection.
  if (cardUrl !== undefined && hostOf(cardUrl) === hostOf(portalUrl)) {
    problems.push(`${named('cardUrl')}: must have another host name than portalUrl`);
  }
  const files = cardFilesOf(config);
  if (problems.length === 0 && files !== undefined) {
    const tls = { ...files, maxVersion: config.cardTlsMaxVersion };
    try {
      cardTlsOptions(tls);
      return { tls, anchors: createAnchorSet(readAnchors(tls).cards) };
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new ConfigError(`configuration:\n  ${problems.join('\n  ')}`);
}

/** @throws Error when the port is taken */
export async function openCardListener(
  { tls, anchors }: CardListenerSettings,
  config: Pick<Config, 'cardHost' | 'cardPort' | 'cardUrl' | 'trustedProxies'>,
  limits: ListenerLimits,
  clock: Clock,
  log: Logger,
): Promise<CardListener> {
  const app = bareExpress();
  const server = createHttpsServer(cardTlsOptions(tls), app);
  const listener = await listen(server, { host: config.cardHost, port: config.cardPort }, limits);
  const trust = keepTrust(server, listener, { tls, anchors }, clock, log);
  return {
    ...{ app, listener, trust, url: new URL(config.cardUrl ?? `https://${LOCAL_CARD_NAME}:${listener.port}`).origin },
    peerOf: createPeerReader(config.trustedProxies, anchors, trust.isCurrent),
    async close(graceMs) {
      trust.stop();
      await listener.close(graceMs);
    },
  };
}
