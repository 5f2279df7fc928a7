/**
 * The errors in a region's answer: codes, descriptions and severities, as elements or attributes at any depth, in the
 * spellings of many platforms [N-3]. Decision 0073. Says nothing of what an error means for the notification.
 */
import type { XmlElement } from '../../platform/soap/xml.js';
import { cleanCode, cleanDescription } from './region-words.js';
import type { RegionError, RegionErrors } from './region.js';

/** Beyond these nobody reads on. */
const MOST_ERRORS = 10;

/** How regions call an error's code and description: by the contract errorCode and codeContext, else as their platform does. */
const CODE = /^(?:err(?:or)?_?code|fault_?code|cod(?:ice)?(?:_?err(?:ore)?)?|code)$/i;
const DESCRIPTION =
  /^(?:code_?context|(?:err(?:or)?_?)?(?:description|message|text)|descrizione(?:_?errore)?|messaggio(?:_?errore)?|motivo(?:_?(?:rifiuto|errore|scarto))?|reason|faultstring)$/i;
const SEVERITY = /^(?:highest_?)?severity$/i;
const PARTS = [CODE, DESCRIPTION, SEVERITY];

/** An error or a warning by its own name, whatever is inside. */
const ERROR = /^(?:registry)?(?:err(?:ore?|ors|ori)(?:_?list)?|fault|exception|eccezione|anomalia)$/i;
const WARNING = /^(?:warnings?(?:_?list)?|avvis[oi]|avvertenz[ae])$/i;

/** Toolkits that write every field fill those of an error that is none. */
export const NO_ERROR = /^(?:0+|ok|success|none|null|false|no|nessuno?)?$/i;

/** A code of HTTP, which some platforms repeat as their own: no error where nothing is called one. */
const HTTP_OK = /^20[0-9]$/;

/** Without a severity attribute: `W1`, `WARN-12`. */
const WARNING_CODE = /^W(?:ARN(?:ING)?)?[-_.]?[0-9]+$/i;

/** What an element speaks of: by its severity or code, its name, or the name of what it is in. */
export type Context = 'error' | 'warning' | 'plain';

export interface Placed {
  readonly element: XmlElement;
  readonly context: Context;
}

/** An element and all inside it, in the order of the document. A warning written flat in `root` is made of its parts only. */
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

/** Whether something of that name is the code, the description or the severity of an error. */
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
  /** Empty: none, or that of no error. */
  readonly code: string;
  readonly description: string;
  readonly isWarning: boolean;
}

/** What has a code, a description, or the name of an error, in the region's words. Errors with a code come first, warnings last. */
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

/** What an element that is an error by its name says where none of the parts has a name that is known: all of it. */
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

/** Texts of the children without children, and values of the attributes, of that name. */
function partsOf({ children, attributes }: XmlElement, name: RegExp): readonly string[] {
  return [
    ...children.filter((child) => name.test(child.name) && child.children.length === 0).map(({ text }) => text.trim()),
    ...attributes.filter((attribute) => name.test(attribute.name)).map(({ value }) => value.trim()),
  ];
}

/** The first of them, masked and bounded. @param subject masked wherever the region repeats it */
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

/** At least one, for whoever says no and nothing else. */
export function listed(errors: readonly RegionError[]): RegionErrors {
  const [first = { description: '' }, ...others] = errors;
  return [first, ...others];
}

export function descendants(element: XmlElement): readonly XmlElement[] {
  return element.children.flatMap((child) => [child, ...descendants(child)]);
}
