/** Identities of senders: from the sandbox's file, or a hand-written one of the same form for another system. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

const identitySchema = z.object({
  role: z.string(),
  codiceFiscale: z.string(),
  userId: z.string().optional(),
  password: z.string().optional(),
  pincode: z.string().optional(),
  certificate: z.string().optional(),
  key: z.string().optional(),
});

const identitiesSchema = z.object({
  soap: z.object({ endpoint: z.string() }).optional(),
  ca: z.string().optional(),
  pincodeCertificate: z.string().optional(),
  identities: z.array(identitySchema).min(1),
});

export type Identity = z.infer<typeof identitySchema>;

export interface Identities {
  /** Default endpoint of the command line. */
  readonly endpoint: string | undefined;
  /** PEM of the authority of the server's certificate; undefined: Node's defaults. */
  readonly ca: Buffer | undefined;
  /** PEM of the certificate for encrypting the pincode. */
  readonly pincodeCertificate: Buffer | undefined;
  readonly all: readonly Identity[];
}

/** @throws Error in Italian when the file, or one that it names, is unusable */
export function readIdentities(file: string): Identities {
  const { soap, ca, pincodeCertificate, identities } = identitiesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const beside = (path: string): string => resolve(dirname(file), path);
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(beside(path)));
  return {
    endpoint: soap?.endpoint,
    ca: read(ca),
    pincodeCertificate: read(pincodeCertificate),
    all: identities.map((identity) => ({
      ...identity,
      ...(identity.certificate === undefined ? {} : { certificate: beside(identity.certificate) }),
      ...(identity.key === undefined ? {} : { key: beside(identity.key) }),
    })),
  };
}
