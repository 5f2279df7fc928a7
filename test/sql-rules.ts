/**
 * The arrows between features that no import shows, as data: the tables of other features that a feature's SQL uses,
 * and why.
 */

export interface SqlArrow {
  /** The feature: a folder of src/. */
  readonly from: string;
  /** `references`: by a foreign key; `reads` also covers calls of functions and the next value of a sequence. */
  readonly does: 'reads' | 'references' | 'writes';
  readonly objects: readonly string[];
  readonly because: string;
  /** To be removed: the feature that owns the tables gets an operation for it. */
  readonly isDebt?: true;
}

/** The owner of a schema's tables. */
export const OWNERS: Readonly<Record<string, string>> = {
  audit: 'audit',
  auth: 'auth',
  registry: 'registry',
  registry_import: 'registry',
  roster: 'roster',
  screening: 'screening',
  asl: 'asl',
  statistics: 'statistics',
  jobs: 'platform',
  consent: 'opposition',
};

export const SQL_ARROWS: readonly SqlArrow[] = [
  {
    from: 'registry',
    does: 'reads',
    objects: ['roster.listed_person', 'screening.test_submission'],
    because:
      'a person referenced by another feature stays in the registry (view registry.ended_person); the rehearsal of an import reports who would leave the lists [R-10]',
  },
  {
    from: 'roster',
    does: 'references',
    objects: ['registry.person', 'registry.asl'],
    because: 'only a person of the registry is listed, and figures belong to an ASL',
  },
  {
    from: 'roster',
    does: 'reads',
    objects: ['registry.person', 'registry.doctor'],
    because: 'an intake matches its lines with the persons in care and counts them by ASL of the doctor [R-4]',
  },
  {
    from: 'roster',
    does: 'writes',
    objects: ['registry.person'],
    because:
      'a trigger on the registry follows the doctors of listed persons; it writes roster.listed_person (decision 0099)',
  },
  {
    from: 'roster',
    does: 'reads',
    objects: ['registry.region', 'registry.province', 'registry.province_asl'],
    because: 'a file names provinces, and its results name the ASL of each (2.4.2)',
  },
  {
    from: 'auth',
    does: 'reads',
    objects: ['registry.doctor', 'registry.asl', 'asl.operator'],
    because:
      'sign-in reads the region of a doctor’s or operator’s ASL, so that the access log needs no join [S-4]; account ' +
      'create notes that the registry does not list a doctor',
  },
  {
    from: 'auth',
    does: 'reads',
    objects: ['audit.access_log'],
    because:
      'a holder sees the rows of the own account, by a function that requires the token of the session [T-60]: the ' +
      'portal itself may not read the log',
  },
  {
    from: 'screening',
    does: 'references',
    objects: ['registry.person', 'registry.doctor'],
    because: 'a test is of a person of the registry and of a titular doctor',
  },
  {
    from: 'screening',
    does: 'reads',
    objects: ['registry.person', 'roster.listed_person'],
    because:
      'one statement checks care and listing and writes the test, which excludes a race between them (decision 0003)',
  },
  {
    from: 'screening',
    does: 'reads',
    objects: ['registry.doctor'],
    because: 'a substitution is of a titular doctor of the registry: one statement finds the doctor and adds it [T-2]',
  },
  {
    from: 'asl',
    does: 'references',
    objects: ['auth.account', 'registry.asl'],
    because: 'an operator is an account that acts for one ASL [A-1]',
  },
  {
    from: 'asl',
    does: 'reads',
    objects: ['auth.capacity', 'registry.asl'],
    because: 'an account becomes the operator of an ASL when it has that capacity, in one statement [A-1]',
  },
  {
    from: 'asl',
    does: 'reads',
    objects: ['registry.doctor', 'roster.listed_person', 'roster.result', 'roster.intake'],
    because: 'the numbers for an ASL are counted from the doctors, their lists and the results of the files [A-2]',
  },
  {
    from: 'statistics',
    does: 'reads',
    objects: [
      'registry.region',
      'registry.asl',
      'registry.doctor',
      'registry.person',
      'roster.listed_person',
      'roster.intake',
      'roster.result',
      'roster.past_kits',
      'screening.test_submission',
      'asl.current_count',
    ],
    because: "the Commissioner's figures are read in one statement, at one instant [C-1]",
  },
  {
    from: 'opposition',
    does: 'reads',
    objects: ['registry.region'],
    because: 'an import of decisions accepts the regions of the registry only',
  },
  {
    from: 'monitoring',
    does: 'reads',
    objects: ['audit.access_log'],
    because: 'the log is searched by an operation, and operations are in auth, above audit [S-3]',
  },
  {
    from: 'dev',
    does: 'reads',
    objects: [
      'audit.access_log',
      'auth.account',
      'consent.decision',
      'registry.doctor',
      'registry.person',
      'screening.substitution',
    ],
    because: 'the sandbox fills a database only if it contains no foreign data',
  },
  {
    from: 'dev',
    does: 'writes',
    objects: [
      'registry.region',
      'registry.asl',
      'registry.province',
      'registry.municipality',
      'registry.doctor',
      'registry.person',
      'roster.listed_person',
      'asl.operator',
      'auth.email',
    ],
    because: 'the sandbox is filled with synthetic people, their doctors and an operator of an ASL',
  },
];

/** One line for people: docs/architecture.md shows each. */
export function describeArrow({ from, does, objects, because, isDebt }: SqlArrow): string {
  const debt = isDebt === true ? ' **To be removed.**' : '';
  return `${from} ${does} ${objects.map((object) => `\`${object}\``).join(', ')}: ${because}.${debt}`;
}
