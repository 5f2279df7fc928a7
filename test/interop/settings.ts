/**
 * The settings of a client, as `TS_` variables for a shell: `node dist/test/interop/settings.js .sandbox/sandbox.json`.
 * A doctor with a card and 1 500 patients, another with password and 50; of both the non-ASCII names, taken from the
 * source of the sandbox's persons, independently of the service.
 */
import { readFileSync } from 'node:fs';
import { romeDate } from '../../src/platform/clock.js';
import { SANDBOX_PEOPLE } from '../../src/dev/roles/sandbox.js';
import type { SandboxFile } from '../../src/dev/sandbox/announce.js';
import { syntheticRegistry } from '../../src/dev/sandbox/people.js';

const sandbox = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as SandboxFile;
const people = syntheticRegistry({ ...SANDBOX_PEOPLE, today: romeDate(new Date()) });

function identity(role: string) {
  const found = sandbox.identities.find((candidate) => candidate.role === role);
  if (found === undefined) throw new Error(`the sandbox has no ${role}`);
  return found;
}

/** One line for each listed patient of a doctor with such a name, by codice fiscale: it, surname, given name. */
function namesNotAscii(doctor: string): string {
  const listed = new Set(people.listedPersons.map(({ person }) => person));
  const lines = people.persons
    .filter((person) => person.doctor === doctor && listed.has(person.identifier))
    .map(({ identifier, surname, givenName }) => `${identifier} ${surname} ${givenName}`)
    .filter((line) => /[^ -~]/.test(line));
  if (lines.length === 0) throw new Error('all names are ASCII: nothing to compare');
  return lines.sort().join('\n');
}

const [card, user] = [identity('doctor'), identity('secondDoctor')];
const settings = {
  WSDL: sandbox.soap.wsdl,
  CA: sandbox.ca,
  PINCODE_CERTIFICATE: sandbox.pincodeCertificate,
  CARD_DOCTOR: card.codiceFiscale,
  CARD_CERTIFICATE: card.certificate,
  CARD_KEY: card.key,
  CARD_P12: card.p12,
  CARD_P12_PASSWORD: 'passerella',
  CARD_PATIENTS: 1500,
  CARD_NAMES: namesNotAscii(card.codiceFiscale),
  USER_DOCTOR: user.codiceFiscale,
  USER: user.userId,
  PASSWORD: user.password,
  PINCODE: user.pincode,
  USER_PATIENTS: 50,
  USER_NAMES: namesNotAscii(user.codiceFiscale),
};
for (const [name, value] of Object.entries(settings)) {
  console.log(`export TS_${name}='${String(value).replaceAll("'", String.raw`'\''`)}'`);
}
