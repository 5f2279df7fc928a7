/** What an intake of school staff is, and what comes of it (2.4, 2.5). Knows no file and no table. */

/** The record layouts: state schools (2.4.1), paritarie (2.4.2), Trento and Bolzano (2.4.3). */
export const LAYOUTS = ['statali', 'paritarie', 'trento_bolzano'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** A file that was taken in, or is being taken in, or was refused as a whole. */
export interface Intake {
  readonly id: string;
  readonly layout: Layout;
  /** Of the file as it was delivered, hexadecimal; null once the same file was run again: the later intake has it. */
  readonly sha256: string | null;
  readonly fileName: string;
  /** `running` also after a crash, until the file is taken up again; replaced and withdrawn intakes are reported as such. */
  readonly state: 'running' | 'published' | 'refused' | 'replaced' | 'withdrawn';
  /** The intakes whose place this one took. */
  readonly replaces: readonly string[];
  /** The intake that took its place. */
  readonly replacedBy: string | null;
  /** Code of the reason why the file as a whole was refused. */
  readonly refusal: string | null;
  /** Progress, of `totalBytes`: bytes of the file on the disk. */
  readonly readBytes: number;
  readonly totalBytes: number;
  /** Lines in order. */
  readonly accepted: number;
  /** Lines in the reject report. */
  readonly rejected: number;
  /** "Numero codici fiscali validati": those that exist in the registry; of paritarie (2.4.2) the staff attributed. */
  readonly validated: number;
  /** Of the validated, those deceased, emigrated or no longer in care: counted here and deleted (2.5). */
  readonly notInCare: number;
  /** Persons that this file put on the doctors' lists and who were on none before. */
  readonly newlyListed: number;
  /** Persons of the intakes that this one replaced who are in no file any more, and left the doctors' lists. */
  readonly delisted: number;
  readonly startedAt: Date;
  readonly publishedAt: Date | null;
  /** Account that uploaded it; null: by the exchange folder or a command. */
  readonly uploadedBy: string | null;
}

/** The figures of one ASL for the Commissioner: counts only, no person (2.4.1-2.4.3). */
export interface ResultRow {
  /** Three digits. */
  readonly region: string;
  /** Six digits. */
  readonly asl: string;
  /** State schools: persons in care who have a doctor. */
  readonly withDoctor: number;
  /** State schools: persons in care who have none. */
  readonly withoutDoctor: number;
  readonly paritarie: number;
  /**
   * The footnote of 2.4.2: holds a province whose municipalities are not all of this ASL, and which counts for it
   * because it has most of them.
   */
  readonly attributed: boolean;
  /** Of such a province several ASLs have equally many municipalities, and this one the lowest code: 2.4.2 is silent. */
  readonly tied: boolean;
}

/** The result of one file, as it was published. */
export interface RosterResult {
  readonly intake: Intake;
  /** By region and ASL. */
  readonly rows: readonly ResultRow[];
}
