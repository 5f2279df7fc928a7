/**
 * The doctors' pages (chapter 3): the same operations and refusals as by SOAP, no duplicates, no access to data of
 * others.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { REFUSALS } from '../../src/screening/index.js';
import { it } from '../../src/portal/texts/index.js';
import { patientQueue } from '../support/doctors.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { TestPortal, Visitor } from '../support/portal.js';

let portal: TestPortal;
let doctor: Visitor;
const nextPatient = patientQueue('doctor');
const NOW = new Date('2027-05-10T10:00:00Z');

beforeAll(async () => {
  portal = await startTestPortal();
});
beforeEach(async () => {
  await portal.db.query('TRUNCATE screening.substitution');
  portal.setNow(NOW);
  doctor = await portal.signedIn('doctor');
});
afterAll(() => portal.stop());

const testOf = (person: string, day = '3', month = '5', year = '2027') => ({
  ...{ assistito: person, 'eseguito-giorno': day, 'eseguito-mese': month, 'eseguito-anno': year },
});

/** @returns the path of the receipt */
async function reported(visitor: Visitor, person: string, base = '/medico/proprio'): Promise<string> {
  const { location, text } = await visitor.post(`${base}/test/conferma`, testOf(person));
  if (location === undefined) throw new Error(text);
  return location;
}

const testsIn = (): Promise<{ person: string; doctor: string; titular: string }[]> =>
  portal.db.query('SELECT person, doctor, titular FROM screening.test_submission WHERE cancelled_by IS NULL');

const nameOf = async (codiceFiscale: string): Promise<string> => {
  const [row] = await portal.db.query<{ name: string }[]>(
    `SELECT surname || ' ' || given_name AS name FROM registry.doctor WHERE codice_fiscale = $1`,
    [codiceFiscale],
  );
  return row?.name ?? '';
};

const rowsSince = async (act: () => Promise<unknown>): Promise<unknown> => {
  const [{ last }] = await portal.db.query<[{ last: string }]>(
    'SELECT coalesce(max(transaction_id), 0) AS last FROM audit.access_log',
  );
  await act();
  return portal.db.query(
    `SELECT operation, outcome, method, caller, titular FROM audit.access_log WHERE transaction_id > $1
     ORDER BY transaction_id`,
    [last],
  );
};

test('from the list to the receipt, and cancelled', async () => {
  const person = nextPatient();
  const chosen = await doctor.fill('/medico/proprio/test/nuovo', { assistito: person });
  expect(chosen.text).toContain(`value="${person}"`);
  const check = await doctor.fill(chosen.at, { ...testOf(person), controlla: '1' });
  expect(check.at).toBe(chosen.at.replace('nuovo', 'conferma'));
  expect([shownIn(check, 'h1'), check.text.includes('3 maggio 2027')]).toEqual(['Controlla prima di inviare', true]);

  const before = await testsIn();
  const receiptPath = await reported(doctor, person);
  const receipt = await doctor.get(receiptPath);
  expect(shownIn(receipt, 'h1')).toBe('Test comunicato');
  expect(receipt.text).toContain(person);
  expect((await testsIn()).length).toBe(before.length + 1);

  expect((await doctor.get('/medico/proprio/test')).text).toContain(receiptPath);
  expect((await doctor.get(`${receiptPath}/annulla`)).text).toContain('Vuoi annullare questo test?');
  expect((await doctor.post(`${receiptPath}/annulla`)).location).toBe(receiptPath);
  expect((await doctor.get(receiptPath)).text).toContain('Questo test è stato annullato.');
  expect((await doctor.post(`${receiptPath}/annulla`)).location).toBe(receiptPath); // repeating it changes nothing
  expect((await testsIn()).length).toBe(before.length);
});

test('after a double press, concurrently or with Back, a test is one test with one receipt', async () => {
  const person = nextPatient();
  const before = (await testsIn()).length;
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => doctor.post('/medico/proprio/test/conferma', testOf(person))),
  );
  const receipts = new Set(answers.map(({ location }) => location?.split('?')[0]));
  expect([answers.map(({ status }) => status), receipts.size]).toEqual([Array.from({ length: 6 }, () => 303), 1]);
  expect((await testsIn()).length).toBe(before + 1);
  const again = await doctor.post('/medico/proprio/test/conferma', testOf(person));
  expect((await doctor.get(again.location ?? '')).text).toContain('Il test risultava già comunicato');
});

describe('a refusal has the same text as by SOAP, at the field, and the input is kept', () => {
  test.each([
    ['a wrong check letter', 'RSSMRA80A01H501X', ['3', '5', '2027'], 'invalid-identifier'],
    ['tomorrow', undefined, ['11', '5', '2027'], 'executed-in-future'],
    ['before the campaign', undefined, ['23', '8', '2020'], 'executed-before-campaign'],
    ['somebody who is not listed', 'RSSMRA80A01H501U', ['3', '5', '2027'], 'not-on-list'],
  ] as const)('%s', async (_, typed, [day, month, year], refusal) => {
    const person = typed ?? nextPatient();
    const rows = await rowsSince(async () => {
      const answer = await doctor.fill('/medico/proprio/test/conferma', testOf(person, day, month, year));
      expect(answer.status).toBe(422);
      const { text, code } = REFUSALS[refusal];
      expect(answer.text).toContain(text);
      expect(answer.text).toContain(`${it.doctor.remedies[refusal]} (codice ${code})`);
      expect(answer.text).toContain(`value="${person}"`);
      expect(shownIn(answer, 'title')).toMatch(/^Errore: /);
    });
    expect(rows).toMatchObject([{ operation: 'test-submission', outcome: REFUSALS[refusal].code, caller: 'doctor' }]);
  });

  test('at midnight in Rome the day changes', async () => {
    const person = nextPatient();
    portal.setNow(new Date('2027-05-10T21:59:00Z'));
    doctor = await portal.signedIn('doctor');
    expect((await doctor.fill('/medico/proprio/test/conferma', testOf(person, '11'))).status).toBe(422);
    portal.setNow(new Date('2027-05-10T22:01:00Z'));
    expect((await doctor.fill('/medico/proprio/test/conferma', testOf(person, '11'))).status).toBe(200);
  });
});

describe('the list of patients', () => {
  test('is searched and paged without a name in a URL, and read once', async () => {
    const rows = await rowsSince(async () => {
      await doctor.get('/medico/proprio/assistiti');
      const answer = await doctor.post('/medico/proprio/assistiti', { cerca: 'amato', ordine: 'update', pagina: '1' });
      expect(answer.location).toBe('/medico/proprio/assistiti?cerca#elenco');
      const page = await doctor.get(answer.location ?? '');
      expect(page.text).toContain('value="amato"');
      expect(page.text).toMatch(/Amato/);
      await doctor.post('/medico/proprio/assistiti', { cerca: '', ordine: 'surname', pagina: '2' });
      expect((await doctor.get('/medico/proprio/assistiti?cerca')).text).toContain('pagina 2 di');
    });
    expect(rows).toHaveLength(1);
    expect(rows).toMatchObject([{ operation: 'patient-list', outcome: '0000', method: 'password' }]);
  });

  test('as a file it is complete, recorded, and contains no formula for the spreadsheet', async () => {
    const person = nextPatient();
    await portal.db.query(`UPDATE registry.person SET surname = '=HYPERLINK("x")' WHERE identifier = $1`, [person]);
    const rows = await rowsSince(async () => {
      const file = await doctor.get('/medico/proprio/assistiti.csv');
      expect(file.headers['content-disposition']).toBe('attachment; filename="assistiti.csv"');
      expect(file.text.charCodeAt(0)).toBe(0xfeff);
      expect(file.text).toContain(`${person};"'=HYPERLINK(""x"")"`);
    });
    expect(rows).toMatchObject([{ operation: 'patient-list', outcome: '0000' }]);
  });

  test('shows tested persons, and names of every kind as text', async () => {
    const person = nextPatient();
    const name = `"><svg onload=alert(1)>${'Ñ'.repeat(60)}`;
    await portal.db.query('UPDATE registry.person SET surname = $2 WHERE identifier = $1', [person, name]);
    await reported(doctor, person);
    await doctor.post('/medico/proprio/assistiti', { cerca: person, ordine: 'surname', pagina: '1' });
    doctor = await portal.signedIn('doctor');
    await doctor.post('/medico/proprio/assistiti', { cerca: person, ordine: 'surname', pagina: '1' });
    const { text } = await doctor.get('/medico/proprio/assistiti?cerca');
    expect(text).toContain('&lt;svg onload=alert(1)>');
    expect(text).not.toContain('<svg onload');
    expect(text).toContain('3 maggio 2027');
  });

  test('the search text is shown again as text', async () => {
    await doctor.post('/medico/proprio/assistiti', { cerca: '"><script>alert(1)</script>', ordine: 'x', pagina: 'x' });
    const { text, status } = await doctor.get('/medico/proprio/assistiti?cerca');
    expect([status, text.includes('<script>alert')]).toEqual([200, false]);
  });
});

describe('substitutes', () => {
  const term = (from: string, to: string) => {
    const parts = (name: string, [year = '', month = '', day = '']: string[]) => ({
      ...{ [`${name}-giorno`]: day, [`${name}-mese`]: month, [`${name}-anno`]: year },
    });
    return { ...parts('dal', from.split('-')), ...parts('al', to.split('-')) };
  };
  const substitute = () => portal.account('substitute').codiceFiscale;
  const name = (from = '2027-05-10', to = '2027-05-12') =>
    doctor.fill('/medico/sostituti/conferma', { sostituto: substitute(), ...term(from, to) });
  const idOf = async (): Promise<string> => {
    const [row] = await portal.db.query<{ id: string }[]>('SELECT max(id) AS id FROM screening.substitution');
    return row?.id ?? '';
  };

  test('a titular adds one in the portal, who acts during the term and sees own tests only', async () => {
    const rows = await rowsSince(async () => {
      expect((await name()).text).toContain('Il sostituto è nominato.');
    });
    const { codiceFiscale: titular } = portal.account('doctor');
    expect(rows).toMatchObject([
      { operation: 'substitution-add', outcome: 'changed', caller: 'doctor', titular },
      { operation: 'substitution-list', outcome: '0000' },
    ]);
    const base = `/medico/${await idOf()}`;
    const acting = await portal.signedIn('substitute');
    const home = await acting.get('/medico');
    expect(home.text).toContain(`${base}/assistiti`);
    const list = await acting.get(`${base}/assistiti`);
    const titularName = await nameOf(titular);
    expect(list.text).toContain(
      `Operi in sostituzione del medico titolare ${titularName} (${titular}), fino al 12 maggio 2027`,
    );

    const own = await reported(acting, nextPatient(), base);
    const ofTitular = await reported(doctor, nextPatient());
    expect((await acting.get(own)).status).toBe(200);
    expect((await acting.get(ofTitular.replace('proprio', await idOf()))).status).toBe(404);
    expect((await testsIn()).at(-2)).toMatchObject({ doctor: substitute(), titular });
    // The titular sees, and may cancel, the substitute's tests.
    expect((await doctor.get(own.replace(base, '/medico/proprio'))).status).toBe(200);

    portal.setNow(new Date('2027-05-12T22:01:00Z'));
    const later = await portal.signedIn('substitute');
    expect((await later.fill(`${base}/test/conferma`, testOf(nextPatient()))).status).toBe(422);
    expect((await later.get(`${base}/assistiti`)).status).toBe(422);
    expect((await later.get(`${base}/test`)).status).toBe(200); // the substitute lists own tests [T-4]
  });

  test('no other doctor can act by it or end it', async () => {
    await name();
    const id = await idOf();
    for (const role of ['secondDoctor', 'coded', 'doctor'] as const) {
      const other = await portal.signedIn(role);
      for (const page of ['assistiti', 'assistiti.csv', 'test', 'test/nuovo', 'test/1', 'test/1/annulla']) {
        expect((await other.get(`/medico/${id}/${page}`)).status).toBe(404);
      }
      expect((await other.post(`/medico/${id}/test/conferma`, testOf(nextPatient()))).status).toBe(404);
    }
    const other = await portal.signedIn('secondDoctor');
    expect((await other.get(`/medico/sostituti/${id}/termina`)).status).toBe(404);
    await other.post(`/medico/sostituti/${id}/termina`);
    const [row] = await portal.db.query<unknown[]>('SELECT revoked_at FROM screening.substitution WHERE id = $1', [id]);
    expect(row).toEqual({ revoked_at: null });
  });

  test('the titular ends it with immediate effect', async () => {
    await name();
    const id = await idOf();
    expect((await doctor.get(`/medico/sostituti/${id}/termina`)).text).toContain('Vuoi terminare da subito');
    expect((await doctor.post(`/medico/sostituti/${id}/termina`)).location).toBe('/medico/sostituti');
    const said = 'La sostituzione è terminata.';
    const list = await doctor.get('/medico/sostituti');
    expect([list.text.includes('revocata'), list.text.includes(said)]).toEqual([true, true]);
    expect((await doctor.get('/medico/sostituti')).text).not.toContain(said); // shown once
    const acting = await portal.signedIn('substitute');
    expect((await acting.get(`/medico/${id}/assistiti`)).status).toBe(422);
  });

  test('after a double press one is added once; terms of a pair do not overlap; the maximum is 20', async () => {
    expect((await Promise.all([name(), name(), name()])).map(({ status }) => status)).toEqual([200, 200, 200]);
    const count = () => portal.db.query('SELECT count(*)::integer AS number FROM screening.substitution');
    expect(await count()).toEqual([{ number: 1 }]);
    const overlapping = await name('2027-05-12', '2027-05-20');
    expect([overlapping.status, overlapping.text.includes('già tuo sostituto')]).toEqual([422, true]);
    for (let day = 13; day < 32; day++) expect((await name(`2027-05-${day}`, `2027-05-${day}`)).status).toBe(200);
    const beyond = await name('2027-06-01', '2027-06-01');
    expect([beyond.status, beyond.text.includes('Hai già 20 sostituzioni')]).toEqual([422, true]);
    expect(await count()).toEqual([{ number: 20 }]);
    const acting = await portal.signedIn('substitute');
    // For the titular the one in force, and the next one.
    const home = await acting.get('/medico');
    expect(home.text.match(/Sostituzione del medico/g)).toHaveLength(2);
    expect(home.text).toContain('Comincia il 13 maggio 2027 e finisce il 13 maggio 2027');
  });

  test('before its first day a substitution gives no access, and attempts are recorded', async () => {
    await name('2027-05-11', '2027-05-12');
    const id = await idOf();
    const acting = await portal.signedIn('substitute');
    const rows = await rowsSince(async () => {
      expect((await acting.get(`/medico/${id}/test/nuovo`)).status).toBe(404);
    });
    expect(rows).toMatchObject([{ operation: 'test-submission', outcome: 'unknown-list' }]);
    for (const spelling of [`0${id}`, '0', '-1', 'x', '9'.repeat(16)]) {
      expect((await acting.get(`/medico/${spelling}/test`)).status).toBe(404);
    }
  });

  test.each([
    ['2027-05-12', '2027-05-10', 'L’ultimo giorno viene prima del primo'],
    ['2027-05-01', '2027-05-09', 'L’ultimo giorno è già passato'],
    ['2027-05-10', '2028-05-10', 'Una sostituzione dura al massimo 366 giorni'],
    ['2028-05-12', '2028-05-13', 'Il primo giorno è troppo lontano'],
    ['2027-05-32', '2027-06-01', 'Primo giorno: nel calendario non c’è il giorno 32 05 2027'],
    ['2027-05-11', '2027-06-31', 'Ultimo giorno: nel calendario non c’è il giorno 31 06 2027'],
    ['--', '2027-05-11', 'Primo giorno: scrivi giorno, mese e anno'],
    ['2027-05-11', '-05-', 'Ultimo giorno: manca una parte'],
  ])('from %s to %s: %s', async (from, to, said) => {
    const answer = await name(from, to);
    expect([answer.status, answer.text.includes(said)]).toEqual([422, true]);
    expect(answer.text).toContain(`value="${substitute()}"`);
  });

  test('a doctor cannot add themselves, or an invalid codice fiscale', async () => {
    const own = portal.account('doctor').codiceFiscale;
    for (const [sostituto, said] of [
      [own, 'Il sostituto deve essere un altro medico'],
      ['RSSMRA80A01H501X', 'Il codice fiscale non è corretto'],
      ['', 'Scrivi il codice fiscale del sostituto'],
    ] as const) {
      const answer = await doctor.fill('/medico/sostituti/conferma', {
        sostituto,
        ...term('2027-05-10', '2027-05-12'),
      });
      expect([answer.status, answer.text.includes(said)]).toEqual([422, true]);
    }
  });
});

describe('tests of others', () => {
  test('are not found: by number, to see or to cancel, like tests that never existed', async () => {
    const receipt = await reported(doctor, nextPatient());
    const stranger = await portal.signedIn('secondDoctor');
    const said = async (path: string) => {
      const { status, text } = await stranger.get(path);
      return [status, text.replace(/[0-9a-f-]{36}/g, '')];
    };
    expect(await said(receipt)).toEqual(await said('/medico/proprio/test/999999999'));
    expect((await said(receipt))[0]).toBe(404);
    expect((await stranger.post(`${receipt}/annulla`)).status).toBe(404);
    expect((await doctor.get(receipt)).text).toContain('Il test è registrato.');
  });
});

test('the operation checks the intervals of tests: reversed and too long ones are refused at the field', async () => {
  const interval = (from: string, to: string) => {
    const parts = (name: string, [year = '', month = '', day = '']: string[]) => ({
      ...{ [`${name}-giorno`]: day, [`${name}-mese`]: month, [`${name}-anno`]: year },
    });
    const fields = { ...parts('dal', from.split('-')), ...parts('al', to.split('-')) };
    return doctor.get(`/medico/proprio/test?${new URLSearchParams(fields).toString()}`);
  };
  expect((await interval('2027-05-02', '2027-05-01')).text).toContain(REFUSALS['interval-reversed'].text);
  expect((await interval('2026-05-01', '2027-05-02')).text).toContain(REFUSALS['interval-too-long'].text);
  expect((await interval('2027-02-30', '2027-05-02')).text).toContain('href="#dal"');
  expect((await interval('2027-05-01', '2027-05-09')).status).toBe(200);
});

describe('one doctor’s input does not fail another', () => {
  test('a day that the database’s calendar lacks is refused before the query', async () => {
    const other = await portal.signedIn('secondDoctor');
    const answers = await Promise.all([
      ...Array.from({ length: 8 }, () =>
        doctor.fill('/medico/proprio/test/conferma', testOf(nextPatient(), '1', '1', '0000')),
      ),
      ...Array.from({ length: 8 }, () => other.get('/medico/proprio/test')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 8 }, () => 422),
      ...Array.from({ length: 8 }, () => 200),
    ]);
  });

  test('a search of 60 kB is a search of 64 characters', async () => {
    await doctor.post('/medico/proprio/assistiti', { cerca: '1 '.repeat(30_000), ordine: 'surname', pagina: '1' });
    const { text } = await doctor.get('/medico/proprio/assistiti?cerca');
    expect(text).toContain(`value="${'1 '.repeat(32).trim()}`);
    expect(text).not.toContain('1 '.repeat(40));
  });

  test('the form fields stored in a session are limited', async () => {
    const long = 'A'.repeat(60_000);
    for (let time = 0; time < 4; time++) {
      await doctor.post('/medico/proprio/test/nuovo', { assistito: long, 'eseguito-giorno': long });
      await doctor.post('/medico/proprio/assistiti', { cerca: long, ordine: long, pagina: long });
    }
    const [row] = await portal.db.query<[{ longest: number }]>(
      'SELECT max(octet_length(kept::text)) AS longest FROM auth.session',
    );
    expect(row.longest).toBeLessThan(4_000);
  });
});

test('the metrics of the operator’s listener count pages, without personal data in labels', async () => {
  const { text } = await fetch(`${portal.opsUrl}/metrics`).then(async (answer) => ({ text: await answer.text() }));
  expect(text).toContain('passerella_pages_total{page="/medico/:elenco/assistiti",status="200"}');
  expect(text).not.toMatch(/[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]/);
});
