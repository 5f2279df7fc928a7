/**
 * The ASLs' services in PostgreSQL: each is one statement, hence one transaction, that reads or adds rows and writes
 * the access-log row. Every statement gets the ASL that was read from the account.
 */
import { ACCESS_PARAMETER_COUNT, TRANSACTION, accessValues, loggedAs } from '../audit/index.js';
import type { AdmittedAccess } from '../auth/index.js';
import type { IsoDate } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import { DONE } from '../platform/outcome.js';

/** [A-2] 4.4.1: a doctor of the ASL. */
export interface DoctorNumber {
  readonly doctor: string;
  /** Number of the doctor's patients on the roster of state-school staff: the kits needed. */
  readonly persons: number;
}

/** [A-2] persons whom a file of the roster assigns to the ASL and who have no doctor. */
export interface UnmatchedNumber {
  /** The intake's number: two files may contain the same person, so do not add the numbers of two intakes. */
  readonly intake: number;
  readonly layout: 'statali' | 'trento_bolzano';
  readonly publishedOn: IsoDate;
  readonly persons: number;
}

/** [A-3] a submitted number. */
export interface DailyNumber {
  readonly executedOn: IsoDate;
  readonly tests: number;
  readonly transactionId: number;
  readonly communicatedAt: Date;
  /** Whether it counts; otherwise a later one for the same day has replaced it. */
  readonly isCurrent: boolean;
}

export interface Numbers<Row> {
  readonly transactionId: number;
  readonly numbers: readonly Row[];
}

export interface OwnAsl {
  readonly asl: string;
  readonly name: string;
}

export interface AslStore {
  /** The ASL that an account acts for; undefined: none. */
  aslOf(userId: string): Promise<OwnAsl | undefined>;
  doctorNumbers(access: AdmittedAccess, asl: string): Promise<Numbers<DoctorNumber>>;
  unmatchedNumbers(access: AdmittedAccess, asl: string): Promise<Numbers<UnmatchedNumber>>;
  /**
   * @param daily if the ASL has sent its request before, nothing is added
   * @returns the transaction's id; for a repeated request that of the first one. Of two ids for the same day the higher
   *   one counts, whichever ends first
   */
  addDaily(
    access: AdmittedAccess,
    asl: string,
    daily: { operator: string; executedOn: IsoDate; tests: number; request?: string | undefined },
  ): Promise<number>;
  /** Latest day first, and for each day the current number first. */
  dailyNumbers(access: AdmittedAccess, asl: string): Promise<Numbers<DailyNumber>>;
}

/** Parameter n after the access-log ones; the first is always the ASL. */
const p = (n: number): string => `$${ACCESS_PARAMETER_COUNT + n}`;

const LOGGED = `${TRANSACTION}, ${loggedAs(`'${DONE.code}'`, 'transaction')}`;

const ASL_OF = `
  SELECT o.asl_code AS asl, a.name
  FROM asl.operator o JOIN registry.asl a ON a.code = o.asl_code WHERE o.user_id = $1`;

/** 4.5: $1 and $3 are the access log's instant and account. */
const downloaded = (file: string): string => `downloaded AS (
    INSERT INTO asl.download (transaction_id, at, user_id, asl_code, file)
    SELECT id, $1::timestamptz, $3::text, ${p(1)}, '${file}' FROM transaction
  )`;

/** Counts each doctor's persons in the index of the roster: work in proportion to the ASL's school staff (decision 0099). */
const DOCTOR_NUMBERS = `
  WITH ${LOGGED}, ${downloaded('doctor-numbers')}
  SELECT transaction.id AS "logId", list.*
  FROM transaction LEFT JOIN (
    SELECT d.codice_fiscale AS doctor,
           (SELECT count(*) FROM roster.listed_person l WHERE l.doctor = d.codice_fiscale)::integer AS persons
    FROM registry.doctor d WHERE d.asl_code = ${p(1)}
  ) list ON true
  ORDER BY list.doctor`;

/** Paritarie have no doctors to be matched with (2.4.2): their intakes are left out. */
const UNMATCHED_NUMBERS = `
  WITH ${LOGGED}, ${downloaded('unmatched-numbers')}
  SELECT transaction.id AS "logId", list.*
  FROM transaction LEFT JOIN (
    SELECT i.id::float8 AS intake, i.layout, (i.published_at AT TIME ZONE 'Europe/Rome')::date AS "publishedOn",
           sum(r.without_doctor)::integer AS persons
    FROM roster.result r JOIN roster.intake i ON i.id = r.intake_id
    WHERE r.asl_code = ${p(1)} AND i.layout <> 'paritarie' AND i.state = 'published'
    GROUP BY i.id, i.layout, i.published_at
  ) list ON true
  ORDER BY list.intake`;

/** Parameters: ASL, operator, day, number, request. No row: the request was already stored. */
const ADD_DAILY = `
  WITH ${LOGGED}
  INSERT INTO asl.daily_count (transaction_id, asl_code, executed_on, tests, operator, communicated_at, request)
  SELECT id, ${p(1)}, ${p(3)}::date, ${p(4)}::integer, ${p(2)}, $1::timestamptz, ${p(5)}::uuid FROM transaction
  ON CONFLICT (asl_code, request) DO NOTHING
  RETURNING transaction_id AS id`;

/** A separate statement: it sees a concurrent one only after that has ended. */
const SENT_BEFORE = 'SELECT transaction_id AS id FROM asl.daily_count WHERE asl_code = $1 AND request = $2::uuid';

const DAILY_NUMBERS = `
  WITH ${LOGGED}
  SELECT transaction.id AS "logId", list.*
  FROM transaction LEFT JOIN (
    SELECT executed_on AS "executedOn", tests, transaction_id::float8 AS "transactionId",
           communicated_at AS "communicatedAt",
           transaction_id = max(transaction_id) OVER (PARTITION BY executed_on) AS "isCurrent"
    FROM asl.daily_count WHERE asl_code = ${p(1)}
  ) list ON true
  ORDER BY list."executedOn" DESC, list."transactionId" DESC`;

/** A row of a list, or the nulls that a left join adds to the log's row when the list is empty. */
type Listed<Row> = { readonly logId: string } & (Row | { readonly [Column in keyof Row]: null });

/** @param tables the TS database, or a transaction on it */
export function createAslStore(tables: Queryable): AslStore {
  return {
    async aslOf(userId) {
      return (await tables.query<OwnAsl[]>(ASL_OF, [userId]))[0];
    },
    async doctorNumbers(access, asl) {
      const rows = await tables.query<Listed<DoctorNumber>[]>(DOCTOR_NUMBERS, [...accessValues(access), asl]);
      return numbersOf(
        rows,
        rows.flatMap(({ doctor, persons }) => (doctor === null ? [] : [{ doctor, persons }])),
      );
    },
    async unmatchedNumbers(access, asl) {
      const rows = await tables.query<Listed<UnmatchedNumber>[]>(UNMATCHED_NUMBERS, [...accessValues(access), asl]);
      return numbersOf(
        rows,
        rows.flatMap((row) => {
          const { intake, layout, publishedOn, persons } = row;
          return intake === null ? [] : [{ intake, layout, publishedOn, persons }];
        }),
      );
    },
    async addDaily(access, asl, { operator, executedOn, tests, request }) {
      const values = [...accessValues(access), asl, operator, executedOn, tests, request ?? null];
      const [added] = await tables.query<{ id: string }[]>(ADD_DAILY, values);
      if (added !== undefined) return Number(added.id);
      const [before] = await tables.query<{ id: string }[]>(SENT_BEFORE, [asl, request]);
      return Number(before?.id);
    },
    async dailyNumbers(access, asl) {
      const rows = await tables.query<Listed<DailyNumber>[]>(DAILY_NUMBERS, [...accessValues(access), asl]);
      return numbersOf(
        rows,
        rows.flatMap((row) => {
          const { executedOn, tests, transactionId, communicatedAt, isCurrent } = row;
          return executedOn === null ? [] : [{ executedOn, tests, transactionId, communicatedAt, isCurrent }];
        }),
      );
    },
  };
}

function numbersOf<Row>([first]: readonly { readonly logId: string }[], numbers: readonly Row[]): Numbers<Row> {
  return { transactionId: Number(first?.logId), numbers };
}
