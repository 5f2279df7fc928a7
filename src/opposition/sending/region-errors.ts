/**
 * The errors in a region's answer: codes, descriptions and severities, as elements or attributes at any depth, in the
 * spellings of many platforms [N-3]. Decision 0073. Does not decide what an error means for the notification.
 */
import type { XmlElement } from '../../platform/soap/xml.js';
import { cleanCode, cleanDescription } from './region-words.js';
import type { RegionError, RegionErrors } from './region.js';

/** Largest number of errors kept. */
const MOST_ERRORS = 10;

/**
 * Names of an error's code and description: errorCode and codeContext in the contract, others on regional platforms.
 */
const CODE = /^(?:err(?:or)?_?code|fault_?code|cod(?:ice)?(?:_?err(?:ore)?)?|code)$/i;
const DESCRIPTION =
  /^(?:code_?context|(?:err(?:or)?_?)?(?:description|message|text)|descrizione(?:_?errore)?|messaggio(?:_?errore)?|motivo(?:_?(?:rifiuto|errore|scarto))?|reason|faultstring)$/i;
const SEVERITY = /^(?:highest_?)?severity$/i;
const PARTS = [CODE, DESCRIPTION, SEVERITY];

/** An element that is an error or a warning by its own name, whatever it contains. */
const ERROR = /^(?:registry)?(?:err(?:ore?|ors|ori)(?:_?list)?|fault|exception|eccezione|anomalia)$/i;
const WARNING = /^(?:warnings?(?:_?list)?|avvis[oi]|avvertenz[ae])$/i;

/** Values that mean "no error": some toolkits fill in every field. */
export const NO_ERROR = /^(?:0+|ok|success|none|null|false|no|nessuno?)?$/i;

/**
 * An HTTP status code, which some platforms repeat as their own code: not an error unless an element is named as one.
 */
const HTTP_OK = /^20[0-9]$/;

/** A warning without a severity attribute: `W1`, `WARN-12`. */
const WARNING_CODE = /^W(?:ARN(?:ING)?)?[-_.]?[0-9]+$/i;

/** What an element reports: by its severity or code, its name, or the name of its parent. */
export type Context = 'error' | 'warning' | 'plain';

export interface Placed {
  readonly element: XmlElement;
  readonly context: Context;
}

/**
 * An element and all its descendants, in document order. A warning written flat in `root` consists of its parts only.
 */
export function placedIn(root: XmlElement): readonly Placed[] {
  const within = (element: XmlElement, inherited: Context): readonly Placed[] => {
    const named = ERROR.test(element.name) ? 'error' : WARNING.test(element.name) ? 'warning' : inherited;
    const context = isToldWarning(element) ? 'warning' : named;
    return [
      { element, context },
      ...element.children.flatMap((child) => within(child, element === root && !isPart(child.name) ? named : context)),
    ];
  };
  return within(root, 'plain');
}

/** Whether an element of that name is the code, the description or the severity of an error. */
export function isPart(name: string): boolean {
  return PARTS.some((part) => part.test(name));
}

function isToldWarning(element: XmlElement): boolean {
  const severity = partsOf(element, SEVERITY).find((told) => told !== '');
  if (severity !== undefined) return /(?:^|:)(?:warning|info|information|avviso)$/i.test(severity);
  const codes = partsOf(element, CODE).filter((code) => !NO_ERROR.test(code));
  return codes.length > 0 && codes.every((code) => WARNING_CODE.test(code));
}

export interface Found {
  /** Empty: no code, or a code that means "no error". */
  readonly code: string;
  readonly description: string;
  readonly isWarning: boolean;
}

/**
 * Elements with a code, a description, or the name of an error, in the region's words. Errors with a code come first,
 * warnings last.
 */
export function errorsIn(placed: readonly Placed[]): readonly Found[] {
  const found = placed.flatMap(errorsOf);
  const weightOf = ({ code, isWarning }: Found): number => (isWarning ? 2 : code === '' ? 1 : 0);
  return found.sort((one, other) => weightOf(one) - weightOf(other));
}

function errorsOf({ element, context }: Placed): readonly Found[] {
  const codes = partsOf(element, CODE);
  const described = partsOf(element, DESCRIPTION);
  const texts = described.length > 0 || codes.some((code) => code !== '') ? described : ownWords(element);
  const description = [...new Set(texts)].join('; ');
  const isWarning = context === 'warning';
  const given = codes.filter((code) => !NO_ERROR.test(code) && (context === 'error' || !HTTP_OK.test(code)));
  if (given.length > 0) return given.map((code) => ({ code, description, isWarning }));
  return texts.every((text) => NO_ERROR.test(text)) ? [] : [{ code: '', description, isWarning }];
}

/** The full text of an element that is an error by its name but has no known part. */
function ownWords(element: XmlElement): readonly string[] {
  const told = element.attributes.filter(({ name }) => ERROR.test(name));
  if (!ERROR.test(element.name)) return told.map(({ value }) => value.trim()).filter((words) => words !== '');
  const others = element.attributes.filter(({ name, namespace }) => namespace === '' && !isPart(name));
  const inside = descendants(element);
  const isRead = inside.some(({ name, attributes }) =>
    [name, ...attributes.map((attribute) => attribute.name)].some((part) => isPart(part) || ERROR.test(part)),
  );
  return [element.text, ...(isRead ? [] : inside.map(({ text }) => text)), ...others.map(({ value }) => value)]
    .map((words) => words.trim())
    .filter((words) => words !== '');
}

/** Texts of leaf children, and values of attributes, of that name. */
function partsOf({ children, attributes }: XmlElement, name: RegExp): readonly string[] {
  return [
    ...children.filter((child) => name.test(child.name) && child.children.length === 0).map(({ text }) => text.trim()),
    ...attributes.filter((attribute) => name.test(attribute.name)).map(({ value }) => value.trim()),
  ];
}

/** The first errors, masked and bounded. @param subject masked wherever the region repeats it */
export function kept(found: readonly Found[], subject: string): readonly RegionError[] {
  return found.slice(0, MOST_ERRORS).map(({ code, description, isWarning }) => ({
    ...codeOf(code, subject),
    description: cleanDescription(description, subject),
    ...(isWarning ? { isWarning: true as const } : {}),
  }));
}

export function codeOf(text: string, subject: string): Pick<RegionError, 'code'> {
  const code = cleanCode(text, subject);
  return code === '' ? {} : { code };
}

/** At least one error, for a region that refuses without giving any. */
export function listed(errors: readonly RegionError[]): RegionErrors {
  const [first = { description: '' }, ...others] = errors;
  return [first, ...others];
}

export function descendants(element: XmlElement): readonly XmlElement[] {
  return element.children.flatMap((child) => [child, ...descendants(child)]);
}
