/** The synthetic registry: counts that other tests use, every situation present, nothing invalid, always the same. */
import { expect, test } from '@jest/globals';
import {
  isCodiceFiscale,
  isPersonIdentifier,
  isProvisionalCodiceFiscale,
  isStpCode,
} from '../../src/platform/ids/index.js';
import { IDENTITY_ROLES, syntheticRegistry, type SyntheticPerson } from '../../src/dev/sandbox/people.js';

const TODAY = '2026-11-21';
const data = syntheticRegistry({ seed: 1, persons: 2000, today: TODAY });
const listed = new Set(data.listedPersons.map(({ person }) => person));
const personsOf = (doctor: string): SyntheticPerson[] => data.persons.filter((person) => person.doctor === doctor);
const { identities } = data;

test('the doctors with a role have exactly the documented persons', () => {
  const onList = (doctor: string): SyntheticPerson[] =>
    personsOf(doctor).filter(({ identifier }) => listed.has(identifier));
  expect(data.persons).toHaveLength(2000);
  expect(onList(identities.doctor.codiceFiscale)).toHaveLength(1500);
  expect(onList(identities.doctor.codiceFiscale).every(({ status }) => status === 'in_care')).toBe(true);
  expect(onList(identities.secondDoctor.codiceFiscale)).toHaveLength(50);
  expect(onList(identities.secondDoctor.codiceFiscale).every(({ status }) => status === 'in_care')).toBe(true);
  expect(onList(identities.substitute.codiceFiscale).length).toBeGreaterThan(0);
});

test('more persons change neither the two lists nor the identities', () => {
  const larger = syntheticRegistry({ seed: 1, persons: 5000, today: TODAY });
  const largerListed = new Set(larger.listedPersons.map(({ person }) => person));
  const count = (doctor: string): number =>
    larger.persons.filter((person) => person.doctor === doctor && largerListed.has(person.identifier)).length;
  expect(larger.identities).toEqual(identities);
  expect(count(identities.doctor.codiceFiscale)).toBe(1500);
  expect(count(identities.secondDoctor.codiceFiscale)).toBe(50);
});

test('the doctor also has persons in every situation in which an operation refuses', () => {
  const own = personsOf(identities.doctor.codiceFiscale);
  for (const status of ['deceased', 'emigrated', 'ended', 'in_care']) {
    expect(own.some((person) => person.status === status && !listed.has(person.identifier))).toBe(true);
  }
});

test('[R-10] every listed person is in care with a doctor: the nightly job leaves the lists unchanged', () => {
  const departed = data.persons.filter(
    ({ identifier, status, doctor }) => listed.has(identifier) && (status !== 'in_care' || doctor === null),
  );
  expect(departed).toEqual([]);
});

test('the rare cases exist', () => {
  const has = (fits: (person: SyntheticPerson) => boolean): boolean => data.persons.some(fits);
  expect(has(({ doctor, identifier }) => doctor === null && !listed.has(identifier))).toBe(true);
  expect(has(({ identifier }) => /[LMNPQRSTUV]$/.test(identifier.slice(0, 15)) && isCodiceFiscale(identifier))).toBe(
    true,
  );
  expect(has(({ surname }) => surname === "D'Angelo")).toBe(true);
  expect(has(({ surname }) => surname === 'De Rosa')).toBe(true);
  expect(has(({ givenName }) => givenName === 'Nicolò')).toBe(true);
  expect(data.persons.filter(({ identifier }) => isStpCode(identifier)).length).toBeGreaterThanOrEqual(3);
  expect(data.persons.filter(({ identifier }) => isProvisionalCodiceFiscale(identifier))).toHaveLength(1);
});

test('identifiers are valid and unique', () => {
  const identifiers = [
    ...data.persons.map(({ identifier }) => identifier),
    ...data.doctors.map(({ codiceFiscale }) => codiceFiscale),
  ];
  expect(identifiers.filter((identifier) => !isPersonIdentifier(identifier))).toEqual([]);
  expect(new Set(identifiers).size).toBe(identifiers.length);
  const cards = data.persons.flatMap(({ cardNumber }) => cardNumber ?? []);
  expect(new Set(cards).size).toBe(cards.length);
  expect(cards.filter((card) => !/^[0-9]{20}$/.test(card))).toEqual([]);
});

test('dates are in order', () => {
  for (const { birthDate, careSince, updatedOn, stpIssuedOn } of data.persons) {
    const ordered = [birthDate, stpIssuedOn ?? careSince, careSince, updatedOn, TODAY];
    expect(ordered).toEqual([...ordered].sort());
  }
  expect(data.listedPersons.filter(({ listedOn }) => listedOn > TODAY)).toEqual([]);
});

test.each(['2020-09-01', '2026-11-21'])('on %s every person is between 22 and 70 years old', (today) => {
  const { persons } = syntheticRegistry({ seed: 2, persons: 2000, today });
  const shifted = (years: number): string => `${Number(today.slice(0, 4)) - years}${today.slice(4)}`;
  expect(persons.filter(({ birthDate }) => birthDate > shifted(22) || birthDate <= shifted(71))).toEqual([]);
});

test('an STP holder has the issuing region and day, all others a card', () => {
  for (const person of data.persons) {
    const isStp = isStpCode(person.identifier);
    expect([person.stpRegion !== null, person.stpIssuedOn !== null]).toEqual([isStp, isStp]);
    expect([person.cardNumber !== null, person.cardExpiry !== null]).toEqual([!isStp, !isStp]);
  }
});

test('all references of rows exist', () => {
  const codes = (rows: readonly { code: string }[]): Set<string> => new Set(rows.map(({ code }) => code));
  const [regions, asls, provinces] = [codes(data.regions), codes(data.asls), codes(data.provinces)];
  const doctors = new Set(data.doctors.map(({ codiceFiscale }) => codiceFiscale));
  const persons = new Set(data.persons.map(({ identifier }) => identifier));
  expect(regions.size).toBe(21);
  expect([asls.size, provinces.size]).toEqual([data.asls.length, data.provinces.length]);
  expect(codes(data.municipalities).size).toBe(data.municipalities.length);
  expect(data.regions.filter(({ code }) => !data.asls.some((asl) => asl.regionCode === code))).toEqual([]);
  for (const { code, regionCode } of data.asls)
    expect([code.slice(0, 3), regions.has(regionCode)]).toEqual([regionCode, true]);
  for (const { code, regionCode } of data.provinces) expect([code, regions.has(regionCode)]).toEqual([code, true]);
  for (const { code, provinceCode, aslCode } of data.municipalities) {
    expect([code, provinces.has(provinceCode), asls.has(aslCode)]).toEqual([code, true, true]);
  }
  for (const { aslCode } of data.doctors) expect(asls.has(aslCode)).toBe(true);
  for (const { aslCode, regionCode, doctor } of data.persons) {
    expect([asls.has(aslCode), aslCode.slice(0, 3), doctor === null || doctors.has(doctor)]).toEqual([
      true,
      regionCode,
      true,
    ]);
  }
  expect(data.listedPersons.filter(({ person }) => !persons.has(person))).toEqual([]);
  expect(listed.size).toBe(data.listedPersons.length);
});

test('the same seed gives the same people on another day, another seed other people', () => {
  const identifiers = (seed: number, today: string): string[] =>
    syntheticRegistry({ seed, persons: 300, today }).persons.map(({ identifier }) => identifier);
  const again = syntheticRegistry({ seed: 1, persons: 2000, today: TODAY });
  expect(again).toEqual(data);
  expect(identifiers(1, '2027-03-01')).toEqual(identifiers(1, TODAY));
  expect(identifiers(2, TODAY)).not.toEqual(identifiers(1, TODAY));
});

test('every doctor has an account; one signs in with a user id that is not a codice fiscale', () => {
  const doctors = data.accounts.filter(({ role }) => role === 'doctor');
  expect(doctors.map(({ codiceFiscale }) => codiceFiscale)).toEqual(data.doctors.map((doctor) => doctor.codiceFiscale));
  expect(data.accounts.filter(({ pincode }) => !/^[0-9]{10}$/.test(pincode))).toEqual([]);
  const coded = doctors.filter(({ userId, codiceFiscale }) => userId !== codiceFiscale);
  expect(coded).toEqual([
    expect.objectContaining({ userId: 'PROVAMED01', codiceFiscale: identities.coded.codiceFiscale }),
  ]);
  expect(new Set(data.accounts.map(({ userId }) => userId)).size).toBe(data.accounts.length);
  expect(new Set(IDENTITY_ROLES.map((role) => identities[role].codiceFiscale)).size).toBe(IDENTITY_ROLES.length);
});

test('too few persons for the documented situations are refused', () => {
  expect(() => syntheticRegistry({ seed: 1, persons: 99, today: TODAY })).toThrow(RangeError);
});
