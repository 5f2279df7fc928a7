/** An intake of school staff and its result (2.4, 2.5). Independent of files and tables. */

/** The record layouts: state schools (2.4.1), paritarie (2.4.2), Trento and Bolzano (2.4.3). */
export const LAYOUTS = ['statali', 'paritarie', 'trento_bolzano'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** A file that has been taken in, is being taken in, or was refused as a whole. */
export interface Intake {
  readonly id: string;
  readonly layout: Layout;
  /**
   * SHA-256 of the file as delivered, hexadecimal; null once the same file was taken in again: the later intake has it.
   */
  readonly sha256: string | null;
  readonly fileName: string;
  /**
   * `running` also after a crash, until the file is taken in again; replaced and withdrawn intakes are reported as such
   * [R-9].
   */
  readonly state: 'running' | 'published' | 'refused' | 'replaced' | 'withdrawn';
  /** The intakes that this one replaced. */
  readonly replaces: readonly string[];
  /** The intake that replaced this one. */
  readonly replacedBy: string | null;
  /** Code of the reason for refusing the whole file. */
  readonly refusal: string | null;
  /** Progress, out of `totalBytes`: bytes of the file on disk. */
  readonly readBytes: number;
  readonly totalBytes: number;
  /** Valid lines. */
  readonly accepted: number;
  /** Lines in the reject report. */
  readonly rejected: number;
  /** "Numero codici fiscali validati": those that exist in the registry; for paritarie (2.4.2) the staff attributed. */
  readonly validated: number;
  /** Validated persons who are deceased, emigrated or no longer in care: counted here and deleted (2.5). */
  readonly notInCare: number;
  /** Persons on a doctor's list through this file who were on none before. */
  readonly newlyListed: number;
  /** Persons of the replaced intakes who are in no other file and left the doctors' lists. */
  readonly delisted: number;
  readonly startedAt: Date;
  readonly publishedAt: Date | null;
  /** Account that uploaded the file; null: delivered by the exchange folder or a command. */
  readonly uploadedBy: string | null;
}

/** Figures of one ASL for the Commissioner: counts only, no persons (2.4.1-2.4.3). */
export interface ResultRow {
  /** Three digits. */
  readonly region: string;
  /** Six digits. */
  readonly asl: string;
  /** State schools: persons in care with a doctor. */
  readonly withDoctor: number;
  /** State schools: persons in care without a doctor. */
  readonly withoutDoctor: number;
  readonly paritarie: number;
  /**
   * The footnote of 2.4.2: includes a province whose municipalities belong to several ASLs and which is attributed to
   * this one because it has most of them.
   */
  readonly attributed: boolean;
  /**
   * Several ASLs have equally many municipalities of such a province, and this one the lowest code: 2.4.2 does not say
   * which.
   */
  readonly tied: boolean;
}

/** The published result of one file. */
export interface RosterResult {
  readonly intake: Intake;
  /** Ordered by region and ASL. */
  readonly rows: readonly ResultRow[];
}
