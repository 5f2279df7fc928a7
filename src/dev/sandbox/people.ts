/**
 * Synthetic doctors and persons in care: valid identifiers, invented people. The same seed gives the same people every
 * day, so that their certificates and rows stay valid; only dates that mean "lately" follow `today`. Decides who exists
 * and in which situation.
 */
import { DAY_MS } from '../../platform/clock.js';
import type { IsoDate } from '../../platform/clock.js';
import { checkLetter, codiceFiscaleOf, isProvisionalCodiceFiscale } from '../../platform/ids/index.js';
import * as geography from './geography.js';
import { IDENTITY_ROLES, type IdentityRole, type SyntheticAccount, type SyntheticDoctor } from './model.js';
import type { SyntheticListing, SyntheticPerson, SyntheticRegistry } from './model.js';
import { femaleNames, maleNames, surnames } from './names.js';
import { situationOf, type Situation } from './situation.js';
import { SeededRandom } from './random.js';

export { IDENTITY_ROLES, type IdentityRole, type SyntheticDoctor } from './model.js';
export type { SyntheticPerson, SyntheticRegistry } from './model.js';
export { loadSyntheticRegistry } from './store.js';

export interface SyntheticRegistryOptions {
  readonly seed: number;
  /** At least 100. */
  readonly persons: number;
  readonly today: IsoDate;
}

const CODED_USER_ID = 'PROVAMED01';
const PERSONS_PER_DOCTOR = 1_200;
const FEWEST_OTHER_DOCTORS = 7;
/** Everybody is between 22 and 70 years old from September 2020, when the campaign began, through 2027. */
const BORN = [dayNumber('1957-12-31'), dayNumber('1998-08-31')] as const;
const DOCTOR_BORN = [dayNumber('1957-12-31'), dayNumber('1988-12-31')] as const;
const ROMA_1 = '120201';
/** ASLs of the doctors with a part: the substitute is near the substituted doctor. */
const IDENTITY_ASLS: Readonly<Record<IdentityRole, string>> = {
  doctor: ROMA_1,
  secondDoctor: '030321',
  substitute: ROMA_1,
  revoked: '010301',
  expired: '150204',
  coded: '050503',
};

/**
 * Most persons are in care, have a doctor and are listed (of 2 000 nine in ten, of a million two in three); the others
 * cover every situation in which an operation must answer differently. Linear in the number of persons.
 * @throws RangeError for fewer than 100 persons
 */
export function syntheticRegistry(options: SyntheticRegistryOptions): SyntheticRegistry {
  const { seed, persons: count } = options;
  if (!Number.isInteger(count) || count < 100) throw new RangeError('at least 100 persons');
  const taken = new Set<string>();
  // Each kind has its own random sequence: more persons do not change the doctors.
  const identities = makeIdentities(new SeededRandom(seed), taken);
  const named = IDENTITY_ROLES.map((role) => identities[role]);
  const others = makeOtherDoctors(new SeededRandom(seed + 1), taken, count);
  const doctors = [...named, ...others];

  const random = new SeededRandom(seed + 2);
  const today = dayNumber(options.today);
  const persons: SyntheticPerson[] = [];
  const listedPersons: SyntheticListing[] = [];
  for (let index = 0; index < count; index++) {
    const situation = situationOf(index, count, doctors.length);
    const person = makePerson({ random, taken, index, today, situation, doctors });
    persons.push(person);
    const listedOn = isoDate(today - random.below(60));
    if (situation.listed) listedPersons.push({ person: person.identifier, listedOn });
  }
  const aslOperator = makeAslOperator(new SeededRandom(seed + 4), taken);
  const accounts = [...makeAccounts(new SeededRandom(seed + 3), doctors, identities.coded), aslOperator];
  const { regions, asls, provinces, municipalities } = geography;
  const registry = { regions, asls, provinces, municipalities, doctors, persons, listedPersons };
  return { ...registry, accounts, identities, aslOperator };
}

function makeIdentities(random: SeededRandom, taken: Set<string>): Record<IdentityRole, SyntheticDoctor> {
  const make = (role: IdentityRole): SyntheticDoctor => makeDoctor(random, taken, IDENTITY_ASLS[role]);
  return {
    doctor: make('doctor'),
    secondDoctor: make('secondDoctor'),
    substitute: make('substitute'),
    revoked: make('revoked'),
    expired: make('expired'),
    coded: make('coded'),
  };
}

function makeOtherDoctors(random: SeededRandom, taken: Set<string>, persons: number): SyntheticDoctor[] {
  const count = Math.max(FEWEST_OTHER_DOCTORS, Math.ceil(persons / PERSONS_PER_DOCTOR));
  return Array.from({ length: count }, () => makeDoctor(random, taken, random.pick(geography.asls).code));
}

function makeDoctor(random: SeededRandom, taken: Set<string>, aslCode: string): SyntheticDoctor {
  const { codiceFiscale, surname, givenName } = makeIdentity(random, taken, DOCTOR_BORN);
  return { codiceFiscale, surname, givenName, aslCode };
}

interface Identity {
  readonly codiceFiscale: string;
  readonly surname: string;
  readonly givenName: string;
  readonly birthDate: IsoDate;
}

function makeIdentity(random: SeededRandom, taken: Set<string>, [first, last]: readonly [number, number]): Identity {
  for (;;) {
    const sex = random.below(2) === 0 ? 'F' : 'M';
    const surname = random.pick(surnames);
    const givenName = random.pick(sex === 'F' ? femaleNames : maleNames);
    const birthDate = isoDate(first + random.below(last - first + 1));
    const birthplace =
      random.below(20) === 0 ? random.pick(geography.foreignBirthplaces) : random.pick(geography.municipalities).code;
    const codiceFiscale = codiceFiscaleOf({ surname, givenName, birthDate, sex, birthplace });
    if (claim(taken, codiceFiscale)) return { codiceFiscale, surname, givenName, birthDate };
  }
}

interface PersonContext {
  readonly random: SeededRandom;
  readonly taken: Set<string>;
  readonly index: number;
  /** Day number. */
  readonly today: number;
  readonly situation: Situation;
  readonly doctors: readonly SyntheticDoctor[];
}

function makePerson({ random, taken, index, today, situation, doctors }: PersonContext): SyntheticPerson {
  const identity = makeIdentity(random, taken, BORN);
  const doctor = situation.doctor === undefined ? undefined : doctors[situation.doctor];
  const aslCode = doctor?.aslCode ?? random.pick(geography.asls).code;
  const regionCode = geography.regionOfAsl(aslCode);
  const isStp = situation.identifier === 'stp';
  const careSince = today - (isStp ? 30 + random.below(150) : 30 + random.below(15 * 365));
  const cardExpiry = today - 30 + random.below(6 * 365); // a few have just expired
  return {
    identifier: identifierOf(situation, identity, { random, taken, aslCode, index }),
    surname: identity.surname,
    givenName: identity.givenName,
    birthDate: identity.birthDate,
    regionCode,
    aslCode,
    doctor: doctor?.codiceFiscale ?? null,
    status: situation.status,
    careSince: isoDate(careSince),
    cardNumber: isStp ? null : `80380${regionCode}${String(index).padStart(12, '0')}`,
    cardExpiry: isStp ? null : isoDate(cardExpiry),
    stpRegion: isStp ? regionCode : null,
    stpIssuedOn: isStp ? isoDate(careSince) : null,
    updatedOn: isoDate(Math.max(careSince, today - random.below(400))),
  };
}

function identifierOf(
  { identifier }: Situation,
  { codiceFiscale }: Identity,
  { random, taken, aslCode, index }: { random: SeededRandom; taken: Set<string>; aslCode: string; index: number },
): string {
  switch (identifier) {
    case 'codiceFiscale':
      return codiceFiscale;
    case 'omocodia':
      return unique(taken, () => omocodiaOf(codiceFiscale));
    case 'stp':
      return unique(taken, () => `STP${aslCode}${String(index + 1).padStart(7, '0')}`);
    case 'provisional':
      return unique(taken, () => provisionalCodiceFiscale(random));
  }
}

/** Another person has the same code: replaces the last digit by its letter, and the check letter accordingly. */
function omocodiaOf(codiceFiscale: string): string {
  const first15 = codiceFiscale.slice(0, 14) + 'LMNPQRSTUV'.charAt(Number(codiceFiscale.charAt(14)));
  return first15 + checkLetter(first15);
}

function provisionalCodiceFiscale(random: SeededRandom): string {
  const first10 = `8${random.digits(9)}`;
  for (let digit = 0; digit < 10; digit++) {
    if (isProvisionalCodiceFiscale(`${first10}${digit}`)) return `${first10}${digit}`;
  }
  throw new Error('one of the ten digits is the Luhn check');
}

function makeAccounts(
  random: SeededRandom,
  doctors: readonly SyntheticDoctor[],
  coded: SyntheticDoctor,
): SyntheticAccount[] {
  return doctors.map((doctor, index) => {
    const label = IDENTITY_ROLES[index] ?? `doctor${String(index + 1).padStart(2, '0')}`;
    return {
      userId: doctor === coded ? CODED_USER_ID : doctor.codiceFiscale,
      codiceFiscale: doctor.codiceFiscale,
      role: 'doctor',
      password: `sandbox-${label}`,
      pincode: random.digits(10),
    };
  });
}

function makeAslOperator(random: SeededRandom, taken: Set<string>): SyntheticAccount {
  const { codiceFiscale } = makeIdentity(random, taken, DOCTOR_BORN);
  const secrets = { password: 'sandbox-aslOperator', pincode: random.digits(10) };
  return { userId: 'PROVAASL01', codiceFiscale, role: 'asl_operator', asl: ROMA_1, ...secrets };
}

function unique(taken: Set<string>, make: () => string): string {
  for (let attempt = 0; attempt < 100; attempt++) {
    const identifier = make();
    if (claim(taken, identifier)) return identifier;
  }
  throw new Error('no free identifier found');
}

function claim(taken: Set<string>, identifier: string): boolean {
  if (taken.has(identifier)) return false;
  taken.add(identifier);
  return true;
}

/** Days since 1 January 1970. */
function dayNumber(day: IsoDate): number {
  return Date.parse(`${day}T00:00:00Z`) / DAY_MS;
}

/**
 * Millions of persons share some ten thousand days, and formatting a date is the most expensive step of making a
 * person.
 */
const writtenDays = new Map<number, IsoDate>();

function isoDate(day: number): IsoDate {
  const known = writtenDays.get(day);
  if (known !== undefined) return known;
  const written = new Date(day * DAY_MS).toISOString().slice(0, 10);
  writtenDays.set(day, written);
  return written;
}
