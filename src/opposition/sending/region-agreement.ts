/**
 * Whether everything that a region writes beside `Success` agrees with it [N-3]. Regions add words, protocol numbers,
 * echoes and a second outcome; a notification that they accepted is sent, one that they contradict is not. The first
 * rule that matches a value's name judges it; a code, a number or true/false under a name without a rule does not
 * agree. Decision 0073.
 */
import type { XmlElement } from '../../platform/soap/xml.js';
import { NO_ERROR, isPart, placedIn } from './region-errors.js';
import type { RegionNotification } from './region.js';

/** Elements that toolkits wrap around values; they say nothing about the notification. */
const INFRASTRUCTURE = new Set([
  'http://www.w3.org/2001/XMLSchema-instance',
  'http://www.w3.org/XML/1998/namespace',
  'http://www.w3.org/2000/09/xmldsig#',
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd',
  'http://schemas.xmlsoap.org/soap/envelope/',
  'http://www.w3.org/2003/05/soap-envelope',
]);

/** Words for errors, in Italian and English. */
const NOT_DONE =
  /\b(?:non?|not|mai|senza|without|nessun[ao]?|impossibile|manca|err|ko|nok|nack|down|false|un(?:able|available|expected|known|registered|processed|successful|authori[sz]ed))\b|\b(?:err(?:or|at|on)|fail|fault|fall(?:it|im)|rifiut|respint|respin[gt]|refus|reject|scart|sconosciut|ignot|inesistent|mancant|missing|assent[ei]|invalid|anomal|eccezion|exception|problem|time-?out|scadut|expired|annullat|cancel|sospes|suspend|bloccat|interrott|abort|parzial|partial|quarantena|negat|denied|rigett|inammiss|irricevib|ignorat|indisponib|vietat|forbid|discard|ignored|rolled back|rollback|impossible|halt)/i;

/** Words that no mere warning has: the notification itself was not accepted. */
const NOT_TAKEN =
  /\b(?:non|not|senza|without|nessuna)\b[^.;:,]{0,40}\b(?:registra|acquisi|accolt|accettat|inserit|salvat|elaborat|recorded|registered|stored|saved|processed|accepted)|\b(?:rifiutat|respint|scartat|rigettat|ignorat|reject|refus|discard|ignored)/i;
const ALREADY = /\b(?:già|gia'|already)(?!\p{L})/iu;

/** Texts that say that there are no errors. */
const NO_ERRORS =
  /\b(?:nessun[ao]?|senza|non?|without|0) (?:err[a-z]{2,4}|anomali[ae]|problem[aies]{0,2}|eccezion[ei])\b/gi;

/** Texts that say that the notification was accepted. */
const DONE =
  /^[^.;]{0,80}\b(?:eseguit|effettuat|elaborat|completat|registrat|acquisit|accettat|accolt|ricevut|inserit|salvat|memorizzat|notificat|avvenut|riuscit|pres[aeo] in carico|positiv|success|complete|accepted|received|processed|registered|recorded|stored|saved|acknowledged|done\b|ok\b)[a-z]{0,6}\b[^.;]{0,80}[.!]?$/i;

const YES = /^(?:0+|20[0-9]|ok|s|s[iì]|y|yes|true|aa|ca)$/i;
const MOMENT =
  /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}[/.-][0-9]{2}[/.-][0-9]{4})(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?$/;
const ADDRESS = /^(?:(?:urn:|https?:\/\/)\S+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+(?:\.[0-9]+){3,})$/i;

/** Identifiers of persons, with or without a label. */
const PERSON =
  /(?<![A-Z0-9])(?:[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]|STP[0-9]{13})(?![A-Z0-9])/i;

function speaksOfError(text: string): boolean {
  return NOT_DONE.test(text.replace(NO_ERRORS, ''));
}

function saysDone(text: string): boolean {
  return DONE.test(text.replace(NO_ERRORS, 'ok')) && !speaksOfError(text);
}

/**
 * `Success` and `Failure` are the only words of chapter 7; accepted in any case, and as the end of a URN, as ebXML
 * platforms write them.
 */
export function wordOf(text: string): string {
  const parts = text.trim().toLowerCase().split(':');
  const word = parts.at(-1) ?? '';
  if (parts.length === 1) return word;
  const isUrn = parts[0] === 'urn' && parts.length > 2 && parts.every((part) => /^\S+$/.test(part));
  return isUrn && !parts.slice(0, -1).some((part) => part === 'success' || speaksOfError(part)) ? word : '';
}

const saysYes = (value: string): boolean => YES.test(value) || wordOf(value) === 'success' || saysDone(value);

/** A word, possibly with digits elsewhere, that does not announce a code. */
const WORDY = /(?:^|\s)(?!(?:codice|code|esito|stato|status|result|return)\b)\p{L}{4,}[\s.,:].*/iu;

/** Words, a time or an address. A code is none of them: one token with a digit, or digits with hardly a word. */
function isHarmless(value: string): boolean {
  if (MOMENT.test(value)) return true;
  if (speaksOfError(value)) return false;
  if (ADDRESS.test(value)) return true;
  return /[0-9]/.test(value) ? WORDY.test(value) : /\p{L}{2}/u.test(value) && !/^true$/i.test(value);
}

/** Replaces the person's identifier, plain or as HL7 CX, before a value is judged. */
const OWN = 'interessato';

interface Rule {
  /** Matches a name in lower case, its parts separated by blanks: `returnCode` and `return_code` are `return code`. */
  readonly name: RegExp;
  agrees(value: string, asked: RegionNotification): boolean;
}

/** The first match applies. */
const RULES: readonly Rule[] = [
  {
    name: /^(?:patient ?id|(?:id|identificativo|codice) ?(?:del )?(?:soggetto|assistit[oa]|paziente|fiscale)|cf)$/,
    agrees: (value) => value === OWN || value.includes('*'), // a masked echo has no meaning
  },
  {
    name: /^(?:opposition ?date|data ?opposizione)$/,
    agrees: (value, { opposedOn }) => !/^[0-9-]{10}$/.test(value) || value === opposedOn,
  },
  { name: /^error (?:dat[ae]|data ?ora|date|time(?:stamp)?)$/, agrees: (value) => MOMENT.test(value) },
  {
    name: /\b(?:err|errat[oi]|non|not|ko|caus[ae])\b|err ?(?:or|cod)|(?<!de)fault|fail|fall(?:it|im)|rifiut|refus|reject|respint|scart|anomal|ecce[zp]|excep|problem|motiv|reason|invalid|negat|denied/,
    agrees: (value) => NO_ERROR.test(value) || saysDone(value),
  },
  {
    name: /messag|descri|\bdesc\b|testo|\btext\b|context|contesto|dettagl|detail|\bnot[ae]s?\b|informa/,
    agrees: (value) => saysYes(value) || isHarmless(value),
  },
  {
    // Before the rule of identifiers: `EsitoTransazione` and `transactionStatus` are outcomes.
    name: /\bstatus\b|\bstato\b|\besit[oi]\b|result|risultat|outcome|return/,
    agrees: (value) => saysYes(value) || MOMENT.test(value),
  },
  {
    name: /(?<!val)id\b|\bid|guid|\boid\b|identif|proto?col|\bprot\b|transa|correl|progressiv|sequen|ticket|riferiment|referen|\bref\b|ricevuta$|receipt|\biun\b|hash|digest|token|versio|\bdata|\bdate|date\b|\bora\b|orario|\btime|time\b|timestamp|durata|duration|elapsed|region|\bente\b|\basl\b|\bhref\b|\bur[il]\b|lang/,
    agrees: (value) => !/^[\p{L}\s]*$/u.test(value) || !speaksOfError(value),
  },
  {
    name: /success|\bok\b|accept|accett|accolt|acquisit|registrat[aoe]\b|registered|recorded|saved|stored|salvat|inserit|done\b|complet|elaborat[aoe]\b|processed|eseguit|ricevut|received|acknowledged|valid|notificat[aoe]\b|opposition ?value|valore ?opposizione/,
    agrees: (value) => !/^(?:0+|no)$/i.test(value) && (value === '1' || saysYes(value) || MOMENT.test(value)),
  },
  {
    name: /status|\bstato|esit[oi]|\brc\b|code\b|codice|response|risposta|\back\b/,
    agrees: saysYes,
  },
  { name: /(?:)/, agrees: isHarmless },
];

const named = (name: string): string =>
  name.replace(/(?<=[\p{Ll}0-9])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|[_.-]+/gu, ' ').toLowerCase();

const labelled = (name: string, value: string): string => [name, value].filter((part) => part !== '').join(': ');

/** Elements whose presence alone means failure. */
const IS_FAILURE = /^(?:fault|failure|fallimento)$/i;

/**
 * The value beside Success that contradicts it: its name and value, in the region's words. undefined: everything
 * agrees.
 * @param status the element that says Success; its attributes are read, its text is not
 */
export function contradictionIn(
  response: XmlElement,
  status: XmlElement,
  asked: RegionNotification,
): string | undefined {
  for (const { element, context } of placedIn(response)) {
    if (INFRASTRUCTURE.has(element.namespace) && element.name !== 'Fault') continue;
    const isBare = IS_FAILURE.test(element.name) && !/^(?:0+|false|no|none|null)$/i.test(element.text.trim());
    if (isBare) return labelled(element.name, element.text.trim());
    const said = [
      ...(element === status ? [] : [{ name: element === response ? '' : element.name, value: element.text, context }]),
      ...element.attributes
        .filter(({ namespace }) => !INFRASTRUCTURE.has(namespace))
        .map(({ name, value }) => ({
          name,
          value,
          context: element === response && context === 'warning' && !isPart(name) ? ('plain' as const) : context,
        })),
    ];
    for (const one of said) {
      const value = one.value.trim();
      if (value !== '' && !agrees({ ...one, value }, asked)) return labelled(one.name, value);
    }
  }
  return undefined;
}

function agrees(
  { name, value, context }: { readonly name: string; readonly value: string; readonly context: string },
  asked: RegionNotification,
): boolean {
  const own = new RegExp(`(?<![A-Z0-9])${asked.subject}(?![A-Z0-9])(?:\\^\\^\\^&[0-9.]+&ISO)?`, 'gi');
  const told = value.replace(own, OWN);
  if (PERSON.test(told)) return false;
  if (context === 'warning') return !NOT_TAKEN.test(told) || ALREADY.test(told);
  const called = named(name);
  const rule = RULES.find((one) => one.name.test(context === 'error' ? `error ${called}` : called));
  return rule === undefined || rule.agrees(told, asked);
}
