/** Refusals of the doctors' operations for a person: the text as by SOAP, the remedy, and the code. */
import { REFUSALS, campaignDay } from '../../screening/index.js';
import type { Campaign, RefusalCode } from '../../screening/index.js';
import type { Problems } from '../frame/fields.js';
import type { PageReply } from '../frame/page.js';
import { refusedPage } from '../frame/refused.js';
import { dayInWords } from '../texts/dates.js';
import type { Catalogue } from '../texts/index.js';
import { ActingFor } from './parties.js';
import type { Parties } from './parties.js';

/** The field of the portal's form for each of the wire's. */
const FIELDS: Readonly<Record<string, string>> = {
  codiceFiscaleAssistito: 'assistito',
  dataEsecuzioneTest: 'eseguito',
  dataInizioIntervallo: 'dal',
  dataFineIntervallo: 'al',
};

interface Words {
  readonly texts: Catalogue;
  readonly campaign: Campaign;
}

export function reasonOf(refusal: RefusalCode, { texts: { doctor }, campaign }: Words): string {
  const { text, code } = REFUSALS[refusal];
  const day = campaignDay(refusal, campaign, dayInWords);
  return `${text}${day} ${doctor.remedies[refusal]} ${doctor.code(code)}`;
}

/** The reasons worth showing: a codice fiscale that is not correct is on no list, and its correction comes first. */
export function shownOf(refusals: readonly RefusalCode[]): readonly RefusalCode[] {
  return refusals.includes('invalid-identifier') ? refusals.filter((code) => code !== 'not-on-list') : refusals;
}

/** Every reason worth showing, at its field where the form has one. */
export function problemsOf(refusals: readonly RefusalCode[], words: Words): Problems {
  const fields: Record<string, string> = {};
  const general: string[] = [];
  for (const refusal of shownOf(refusals)) {
    const { field } = REFUSALS[refusal];
    const reason = reasonOf(refusal, words);
    const name = field === undefined ? undefined : FIELDS[field];
    if (name === undefined) general.push(reason);
    else fields[name] = fields[name] === undefined ? reason : `${fields[name]} ${reason}`;
  }
  return { fields, general };
}

interface RefusedProps extends Words {
  readonly parties: Parties;
  /** Of the page that was asked for. */
  readonly title: string;
  readonly refusals: readonly RefusalCode[];
}

/** Instead of a page, where no form can show the reasons. */
export function refused({ texts, campaign, parties, title, refusals }: RefusedProps): PageReply {
  const general = shownOf(refusals).map((refusal) => reasonOf(refusal, { texts, campaign }));
  return refusedPage(title, { fields: {}, general }, texts, <ActingFor {...{ parties, texts }} />);
}
