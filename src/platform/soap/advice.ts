/**
 * Explains in Italian what is wrong with a text that its type refused, and what to write instead. Never quotes the
 * text: it may be a codice fiscale.
 */
import type { Lexical, TextShape } from './contract.js';
import { nameOfCharacter, unseenIn } from '../unseen.js';

/** What a text of each lexical kind is. */
export const KINDS: Readonly<Record<Lexical, string>> = {
  string: 'un testo',
  token: 'un testo',
  date: 'una data del calendario, AAAA-MM-GG',
  dateTime: 'un istante AAAA-MM-GGThh:mm:ss con fuso orario',
  long: 'un numero intero',
  int: 'un numero intero',
  boolean: 'true o false',
};

/**
 * @param text the refused text, its white space collapsed
 * @param rule the first one that it breaks
 * @param isFit whether another text would be accepted
 * @returns the rule, and what to write instead
 */
export function adviceOn(text: string, rule: string, shape: TextShape, isFit: (text: string) => boolean): string {
  const { lexical, facets = {} } = shape;
  const wanted = facets.values === undefined ? facets.form : `uno di questi: ${facets.values.join(', ')}`;
  const write = `scrivere ${wanted ?? KINDS[lexical]}`;
  if (text === '') return `${rule}: è vuoto, ${write}`;
  const found =
    strangerIn(text, write, shape) ??
    spelling(text, isFit, facets.values === undefined ? '' : `, ${wanted ?? ''}`) ??
    (lexical === 'date' ? dateAdvice(text, isFit) : undefined) ??
    (lexical === 'long' || lexical === 'int' ? numberAdvice(text, isFit) : undefined) ??
    (wanted === undefined ? undefined : write);
  return found === undefined ? rule : `${rule}: ${found}`;
}

/** A character that no text of the type has: invisible, or a lookalike from another alphabet. */
function strangerIn(text: string, write: string, { lexical, facets = {} }: TextShape): string | undefined {
  const isText = lexical === 'token' || lexical === 'string';
  if (isText && facets.values === undefined && facets.patterns === undefined) return undefined;
  const unseen = unseenIn(text);
  const at = unseen?.at ?? text.search(/[^\x20-\x7e]/);
  if (at < 0) return undefined;
  const place = Array.from(text.slice(0, at)).length + 1;
  const name = nameOfCharacter(String.fromCodePoint(text.codePointAt(at) ?? 0));
  if (unseen !== undefined) return `contiene un carattere invisibile, ${name}, al posto ${place}, toglierlo`;
  return `contiene un carattere non ammesso, ${name}, al posto ${place}, ${write}`;
}

/**
 * Advice for a text that would fit in other letter case or without blanks.
 * @param values the accepted ones, when they can be listed, to find the right spelling
 */
function spelling(text: string, isFit: (text: string) => boolean, values: string): string | undefined {
  const dense = text.replaceAll(' ', '');
  if (isFit(text.toUpperCase())) return `contiene lettere minuscole, scriverlo in maiuscolo${values}`;
  if (isFit(text.toLowerCase())) return `contiene lettere maiuscole, scriverlo in minuscolo${values}`;
  if (isFit(dense)) return 'contiene spazi, scriverlo senza';
  if (isFit(dense.toUpperCase())) return 'contiene spazi e lettere minuscole, scriverlo senza spazi e in maiuscolo';
  return undefined;
}

const ZONED = /^(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)$/;
const WITH_TIME = /^(\d{4}-\d\d-\d\d)[T ]\d\d:?\d\d/;
const DATE_FORMS: readonly (readonly [form: RegExp, what: string])[] = [
  [/^\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}$/, 'è nella forma GG/MM/AAAA, scrivere AAAA-MM-GG'],
  [/^\d{4}[/. ]?\d\d[/. ]?\d\d$/, 'non ha i trattini, scrivere AAAA-MM-GG'],
  [/^\d{4}-(?:\d-\d{1,2}|\d\d-\d)$/, 'mese e giorno vogliono due cifre, scrivere AAAA-MM-GG'],
];

function dateAdvice(text: string, isFit: (text: string) => boolean): string | undefined {
  const [, zoned] = ZONED.exec(text) ?? [];
  if (zoned !== undefined && isFit(zoned)) return 'contiene un fuso orario, scrivere AAAA-MM-GG senza fuso orario';
  const [, withTime] = WITH_TIME.exec(text) ?? [];
  if (withTime !== undefined && isFit(withTime)) return 'contiene un’ora, scrivere solo AAAA-MM-GG, senza fuso orario';
  return DATE_FORMS.find(([form]) => form.test(text))?.[1];
}

function numberAdvice(text: string, isFit: (text: string) => boolean): string | undefined {
  return isFit(text.replace(/^\+?0*/, '')) ? 'comincia con zeri o con il segno +, scriverlo senza' : undefined;
}
