/** Sign-in by SPID or CIE: from the choice of a provider to a codice fiscale. Does not know HTTP and sessions. */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { areaOf, networkOf } from '../../platform/address.js';
import type { DataSource } from '../../platform/db/index.js';
import type { IdentityScheme } from '../identity-scheme.js';
import type { ServiceAddresses } from './metadata.js';
import { keysOf, shuffled } from './provider.js';
import type { IdentityProvider } from './provider.js';
import { authnRequestXml, redirectUrl } from './request.js';
import { judgeResponse, openResponse } from './response.js';
import type { ResponseRefusal } from './response.js';
import type { SamlScheme } from './scheme.js';
import { seal } from './seal.js';
import { createIdentityStore } from './store.js';
import type { StoredRequest } from './store.js';

/** The fields of the form that the browser submits for a provider. */
export interface SamlAnswer {
  readonly message: string;
  readonly relayState: string;
}

/** `unknown-request`: late, already answered, from another browser, or never sent. */
export type SamlRefusal = ResponseRefusal | { readonly code: 'unknown-request' };
export type SamlSignIn = IdentityScheme<SamlAnswer, SamlRefusal>;

export interface SamlOptions {
  readonly db: DataSource;
  readonly scheme: SamlScheme;
  readonly addresses: ServiceAddresses;
  /** As their metadata are now. */
  readonly providers: () => readonly IdentityProvider[];
  /** The key and certificate that sign our requests. */
  readonly key: KeyObject;
  /** Public key of the register of 24 months; undefined: no register is kept. */
  readonly registerKey: KeyObject | undefined;
}

/** Base64 of 32 bytes, for URLs and cookies. */
const CODE = /^[A-Za-z0-9_-]{43}$/;
const newCode = (): string => randomBytes(32).toString('base64url');
const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

export function createSamlSignIn(options: SamlOptions): SamlSignIn {
  const { scheme, addresses, providers, key, registerKey } = options;
  const store = createIdentityStore(options.db);
  const idOf = ({ entityId }: IdentityProvider): string => hashOf(entityId).toString('hex').slice(0, 16);

  /** [DPCM 24-10-2014, art. 13] Request and response in one row, before they sign anybody in. */
  async function register(at: Date, { provider, xml: request }: StoredRequest, response: string): Promise<void> {
    if (registerKey === undefined) return;
    await store.register(at, seal(JSON.stringify({ scheme: scheme.name, provider, request, response }), registerKey));
  }

  return {
    name: scheme.name,
    providers: () =>
      shuffled(providers(), randomInt).map((provider) => ({ id: idOf(provider), title: provider.title })),

    async begin(chosen, browserCode, { at: issuedAt, clientAddress }) {
      const provider = providers().find((known) => idOf(known) === chosen);
      if (provider === undefined) return undefined;
      const code = browserCode !== undefined && CODE.test(browserCode) ? browserCode : newCode();
      const relayState = newCode();
      const id = `_${randomBytes(20).toString('hex')}`;
      const request = authnRequestXml({ id, issuedAt, entityId: addresses.entityId, provider });
      const isAdded = await store.add({
        ...{ id, scheme: scheme.name, provider: provider.entityId, issuedAt, xml: request },
        ...{ browserHash: hashOf(code), relayHash: hashOf(relayState), network: areaOf(networkOf(clientAddress)) },
      });
      if (!isAdded) return 'busy';
      return { location: redirectUrl(provider.singleSignOn, request, relayState, key), browserCode: code };
    },

    async finish({ message, relayState }, browserCode, { at: receivedAt }) {
      // First what costs nothing: reading and verifying a message takes up to a tenth of a second of CPU, so a network has
      // as many as it may begin requests.
      if (browserCode === undefined || !CODE.test(browserCode) || !CODE.test(relayState)) return unknown();
      const hashes = { browserHash: hashOf(browserCode), relayHash: hashOf(relayState) };
      const request = await store.take({ scheme: scheme.name, ...hashes }, receivedAt);
      if (request === undefined) return unknown();
      const opened = openResponse(message);
      if ('refusal' in opened) return opened;
      if (opened.inResponseTo !== request.id) return unknown();
      // The federation may have removed the provider meanwhile.
      const provider = providers().find(({ entityId }) => entityId === request.provider);
      if (provider === undefined) return unknown();
      const expected = {
        ...{ scheme, audience: addresses.entityId, assertionConsumer: addresses.assertionConsumer },
        ...{ provider: request.provider, requestId: request.id, requestedAt: request.issuedAt, receivedAt },
      };
      const { isProven, ...outcome } = judgeResponse(opened, expected, keysOf(provider));
      // Anybody can start a request and answer it: the register stores only what the provider has signed.
      if (isProven) await register(receivedAt, request, opened.xml);
      return outcome;
    },
  };
}

function unknown(): { readonly refusal: SamlRefusal } {
  return { refusal: { code: 'unknown-request' } };
}
