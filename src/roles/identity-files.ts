/** Keeps the providers of SPID or CIE current: federations replace their metadata every few days, and rotate keys in them. */
import { endOf } from '../auth/saml/index.js';
import type { Federation, IdentityProvider, SamlScheme } from '../auth/saml/index.js';
import type { Logger } from '../platform/log.js';
import { watchFiles } from '../platform/watch.js';

export interface KeptFederation {
  readonly providers: () => readonly IdentityProvider[];
  /** When the first provider has no valid certificate left, or the file ends. */
  readonly end: () => Date;
  stop(): void;
}

export interface FederationFiles {
  readonly scheme: Pick<SamlScheme, 'name'>;
  /** Paths of the metadata, and of the certificates that sign them. */
  readonly files: readonly string[];
  /** @throws Error naming the file that cannot be used */
  readonly read: () => Federation;
  /** Called with what was read: what ends soon. */
  readonly tell: (federation: Federation) => void;
  /** Called when changed files cannot be used. */
  readonly refused: () => void;
  readonly log: Logger;
  /** How often the files are looked at, ms; absent: as those of TLS. */
  readonly pollMs?: number;
}

/** @throws Error when the files cannot be used now; later the former ones stay in force */
export function keepFederation({ scheme, files, read, tell, refused, log, pollMs }: FederationFiles): KeptFederation {
  let federation = read();
  tell(federation);
  const stop = watchFiles(
    files,
    () => {
      try {
        federation = read();
        log.info('metadata of identity providers read again', { scheme: scheme.name });
        tell(federation);
      } catch (error) {
        refused();
        log.error('metadata of identity providers changed but cannot be used: the former ones stay in force', {
          ...{ scheme: scheme.name, error },
        });
      }
    },
    pollMs,
  );
  return { providers: () => federation.providers, end: () => endOf(federation), stop };
}
