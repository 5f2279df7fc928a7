/** The judge of the crash suite of intakes: true evidence passes, every forgery is detected. */
import { describe, expect, test } from '@jest/globals';
import { forgeriesOf } from './forgery.js';
import { objectionsTo, type Evidence } from './judge.js';

const rows = ['120201', '120202'].map((asl) => ({
  ...{ region: '120', asl, withDoctor: 1, withoutDoctor: 2, paritarie: 0, attributed: false, tied: false },
}));
const truth: Evidence = {
  expected: { rows, validated: 7, notInCare: 1, listed: ['A', 'B'], rejected: 1, csv: 'csv' },
  intakes: [{ state: 'published', validated: 7, notInCare: 1 }],
  ...{ rows, listed: ['A', 'B'], rejects: 1, leftovers: [], isOver: true },
  folder: { waiting: 0, refused: 0, results: ['csv'], reports: ['riga\n3\n'] },
};

describe('the judge of the crash suite of intakes', () => {
  test('has nothing against the truth, nor against a kill before or after the commit', () => {
    expect(objectionsTo(truth)).toEqual([]);
    const waiting = { waiting: 1, refused: 0, results: [], reports: [] };
    const early = { ...truth, intakes: [], rows: [], listed: [], rejects: 0, folder: waiting, isOver: false };
    expect(objectionsTo(early)).toEqual([]);
    expect(objectionsTo({ ...truth, folder: waiting, isOver: false })).toEqual([]);
  });

  test.each([...forgeriesOf(truth)])('objects when %s', (_lie, evidence) => {
    expect(objectionsTo(evidence)).not.toEqual([]);
  });
});
