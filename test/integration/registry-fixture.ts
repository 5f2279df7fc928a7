/**
 * Registry files for the import tests: made by formula, so that two tests with the same arguments have the same file.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DataSource } from 'typeorm';
import { checkLetter } from '../../src/platform/ids/index.js';

export const personHeader =
  'identificativo;cognome;nome;data_nascita;regione;asl;medico;stato;data_assistenza;numero_tessera;scadenza_tessera;regione_stp;data_rilascio_stp';

/** The codice fiscale number `index`: valid, and of nobody. */
export function codiceFiscale(index: number): string {
  let letters = '';
  for (let rest = index, place = 0; place < 6; place++, rest = Math.floor(rest / 26)) {
    letters = String.fromCharCode(65 + (rest % 26)) + letters;
  }
  const first15 = `${letters}80A01H501`;
  return first15 + checkLetter(first15);
}

export const doctor = codiceFiscale(1);

/** A line of the persons' file with some columns other than usual. */
export function personLine(index: number, changes: Readonly<Record<string, string>> = {}): string {
  const usual: Readonly<Record<string, string>> = {
    identificativo: codiceFiscale(1000 + index),
    cognome: `ROSSI${index}`,
    nome: 'NICCOLÒ',
    data_nascita: '1980-01-01',
    regione: '120',
    asl: '120201',
    medico: doctor,
    stato: 'ASSISTITO',
    data_assistenza: '2015-03-01',
    numero_tessera: '80380001200000000000',
    scadenza_tessera: '2029-12-31',
    regione_stp: '',
    data_rilascio_stp: '',
  };
  return personHeader
    .split(';')
    .map((column) => changes[column] ?? usual[column] ?? '')
    .join(';');
}

/** Writes a persons' file of `count` lines, every tenth of which repeats the one before. */
export async function writePersons(path: string, count: number): Promise<void> {
  function* lines(): Generator<string> {
    yield `${personHeader}\n`;
    for (let index = 0; index < count; index++) yield `${personLine(index % 10 === 9 ? index - 1 : index)}\n`;
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
}

/** What every person of these files refers to. */
export async function fillReferences(db: DataSource): Promise<void> {
  await db.query(`INSERT INTO registry.region VALUES ('120', 'Lazio'), ('030', 'Lombardia')`);
  await db.query(`INSERT INTO registry.asl VALUES ('120201', '120', 'Roma 1'), ('030321', '030', 'ATS Milano')`);
  await db.query(`INSERT INTO registry.doctor VALUES ($1, 'BIANCHI', 'ANNA', '120201')`, [doctor]);
}

/** The whole table of persons as one number, to compare two databases. */
export async function personsDigest(db: DataSource): Promise<unknown> {
  return db.query(`SELECT count(*)::int, md5(string_agg(p::text, E'\\n' ORDER BY identifier)) FROM registry.person p`);
}
