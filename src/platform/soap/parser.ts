/**
 * XML 1.0 with namespaces, as far as SOAP allows it: elements, attributes, text, CDATA, comments, character references.
 * DOCTYPE and processing instructions are refused where they begin, so no other syntax is needed. One pass over the
 * text, with the limits checked on the way. `npm run fuzz` compares it with other parsers.
 */
import { forbiddenAt, nameEnd, referenced, startsName } from './characters.js';
import { clientFault } from './fault.js';
import type { SoapLimits } from './limits.js';
import { OUTERMOST, isDeclarable, isDeclaredWithin, namespaceOf } from './namespaces.js';
import type { Scope } from './namespaces.js';
import { isBlank } from './tree.js';
import type { XmlAttribute, XmlElement } from './tree.js';
import { nameOfCharacter, unseenIn } from '../unseen.js';

const [TAB, LINE_FEED, SPACE, EXCLAMATION, SLASH, EQUALS, GREATER, QUESTION] = [9, 10, 32, 33, 47, 61, 62, 63];
const [QUOTE, COLON, APOSTROPHE] = [34, 58, 39];

/** The declaration at the very beginning [23]; its version and encoding were read before, or are ignored. */
const DECLARATION =
  /^<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/;

const NO_ATTRIBUTES: readonly XmlAttribute[] = [];

class OpenElement implements XmlElement {
  namespace = '';
  name = '';
  attributes = NO_ATTRIBUTES;
  readonly children: OpenElement[] = [];
  text = '';
  isCommented = false;

  constructor(
    /** As written, with its prefix. */
    readonly tag: string,
    readonly line: number,
    /** The declarations around it. */
    readonly outer: Scope,
  ) {}
}

interface WrittenAttribute {
  readonly prefix: string;
  readonly name: string;
  readonly value: string;
  readonly at: number;
}

export class MessageParser {
  readonly #text: string;
  #at = 0;
  #root: OpenElement | undefined;
  /** The innermost open element, and those around it. */
  #open: OpenElement | undefined;
  readonly #around: OpenElement[] = [];
  #scope = OUTERMOST;
  #elements = 0;
  /** Line at the last start tag, and where it ends. */
  #line = 1;
  #lineEnd: number;
  /** Prefix and local part of the name that was read last. */
  #prefix = '';
  #local = '';

  constructor(
    text: string,
    private readonly limits: SoapLimits,
  ) {
    // From here on a line end is one character [2.11].
    this.#text = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    this.#lineEnd = this.#text.indexOf('\n');
  }

  /** @throws SoapFault saying what is wrong, with line and column */
  read(): XmlElement {
    const text = this.#text;
    const forbidden = forbiddenAt(text);
    if (forbidden >= 0) {
      const code = nameOfCharacter(text.slice(forbidden, forbidden + 1));
      this.#malformed(`carattere non ammesso, ${code},`, forbidden);
    }
    this.#at = DECLARATION.exec(text)?.[0].length ?? 0;
    if (this.#at === 0 && /^<\?xml[ \t\n?]/.test(text)) {
      this.#malformed('la dichiarazione non è nella forma <?xml version="1.0" encoding="UTF-8"?>', 0);
    }
    for (;;) {
      const tag = text.indexOf('<', this.#at);
      const end = tag < 0 ? text.length : tag;
      if (end > this.#at) this.#characters(text.slice(this.#at, end), this.#at);
      if (tag < 0) break;
      this.#at = tag;
      const next = text.charCodeAt(tag + 1);
      if (next === SLASH) this.#endTag();
      else if (next === EXCLAMATION) this.#declaration();
      else if (next === QUESTION) this.#instruction(tag);
      else this.#startTag();
    }
    if (this.#open !== undefined) this.#malformed(`elemento «${this.#open.tag}» non chiuso`, text.length);
    return this.#root ?? this.#refuse('XML_NON_VALIDO', 'Il messaggio non contiene alcun elemento', text.length);
  }

  #startTag(): void {
    const text = this.#text;
    const start = this.#at;
    const { limits } = this;
    if (this.#root !== undefined && this.#open === undefined) this.#malformed('più di un elemento radice', start);
    if (++this.#elements > limits.elements) this.#tooMuch(`più di ${limits.elements} elementi`);
    if (this.#open !== undefined && this.#around.length + 1 >= limits.depth)
      this.#tooMuch(`più di ${limits.depth} livelli`);
    this.#at++;
    this.#name();
    const element = new OpenElement(text.slice(start + 1, this.#at), this.#lineOf(start), this.#scope);
    const [prefix, local] = [this.#prefix, this.#local];
    let isEmpty = false;
    if (text.charCodeAt(this.#at) !== GREATER) isEmpty = this.#attributes(element);
    this.#at++;
    element.name = local;
    element.namespace = this.#resolve(prefix, start);
    if (this.#open !== undefined) {
      this.#open.children.push(element);
      this.#around.push(this.#open);
    }
    this.#root ??= element;
    this.#open = element;
    if (isEmpty) this.#close(element);
  }

  /** Reads from after the name to the `>`. @returns whether the element is empty */
  #attributes(element: OpenElement): boolean {
    const text = this.#text;
    const { limits } = this;
    let count = 0;
    let written: WrittenAttribute[] | undefined;
    for (;;) {
      const before = this.#at;
      this.#skipBlanks();
      const next = text.charCodeAt(this.#at);
      if (next === GREATER) break;
      if (next === SLASH) {
        if (text.charCodeAt(++this.#at) !== GREATER) this.#malformed('errore di sintassi', this.#at);
        break;
      }
      const at = this.#at;
      if (at === before) this.#malformed('errore di sintassi', at);
      if (++count > limits.attributesPerElement)
        this.#tooMuch(`più di ${limits.attributesPerElement} attributi in un elemento`);
      this.#name();
      const [prefix, name] = [this.#prefix, this.#local];
      const value = this.#value();
      if (prefix === 'xmlns' || (prefix === '' && name === 'xmlns')) {
        this.#declare(prefix === '' ? '' : name, value, element.outer, at);
      } else (written ??= []).push({ prefix, name, value, at });
    }
    if (written !== undefined) element.attributes = this.#resolved(written);
    return text.charCodeAt(this.#at - 1) === SLASH;
  }

  #declare(prefix: string, namespace: string, outer: Scope, at: number): void {
    if (!isDeclarable(prefix, namespace)) this.#malformed('dichiarazione di namespace non ammessa', at);
    if (isDeclaredWithin(this.#scope, outer, prefix)) this.#malformed('attributo ripetuto', at);
    this.#scope = { prefix, namespace, outer: this.#scope, count: this.#scope.count + 1 };
    const { namespaces } = this.limits;
    if (this.#scope.count > namespaces) this.#tooMuch(`più di ${namespaces} namespace dichiarati`);
  }

  /** Attributes without a prefix have no namespace, whatever the default is (Namespaces in XML, 6.2). */
  #resolved(written: readonly WrittenAttribute[]): XmlAttribute[] {
    const attributes: XmlAttribute[] = [];
    for (const { prefix, name, value, at } of written) {
      const namespace = prefix === '' ? '' : this.#resolve(prefix, at);
      if (attributes.some((other) => other.name === name && other.namespace === namespace))
        this.#malformed('attributo ripetuto', at);
      attributes.push({ namespace, name, value });
    }
    return attributes;
  }

  #resolve(prefix: string, at: number): string {
    const namespace = prefix === 'xmlns' ? undefined : namespaceOf(this.#scope, prefix);
    return namespace ?? this.#malformed('prefisso di namespace non dichiarato', at);
  }

  #endTag(): void {
    const text = this.#text;
    const start = this.#at;
    this.#at += 2;
    const open = this.#open;
    this.#name();
    const isSame = open !== undefined && text.slice(start + 2, this.#at) === open.tag;
    this.#skipBlanks();
    if (text.charCodeAt(this.#at) !== GREATER) this.#malformed('errore di sintassi', this.#at);
    if (!isSame) {
      const expected = open === undefined ? '' : `, dove è aperto «${open.tag}»`;
      return this.#malformed(`chiusura di un elemento non aperto${expected}`, start);
    }
    this.#at++;
    this.#close(open);
  }

  #close(element: OpenElement): void {
    this.#scope = element.outer;
    this.#open = this.#around.pop();
    if (element.isCommented && element.children.length === 0 && !isBlank(element.text)) {
      const message = `L’elemento ${element.name} contiene un commento dentro il valore: toglierlo`;
      this.#refuse('COMMENTO_NON_AMMESSO', message, this.#at);
    }
  }

  /** Refuses what begins with `<?`: with a separate message for a declaration in the wrong place [17]. */
  #instruction(at: number): never {
    if (/^<\?xml[ \t\n?]/.test(this.#text.slice(at, at + 6))) {
      const rule = 'la dichiarazione XML deve essere all’inizio, senza spazi né altro davanti';
      return this.#refuse('ISTRUZIONE_NON_AMMESSA', `Il messaggio non comincia con la sua dichiarazione: ${rule}`, at);
    }
    const message = 'Il messaggio contiene una istruzione di elaborazione, non ammessa: toglierla';
    return this.#refuse('ISTRUZIONE_NON_AMMESSA', message, at);
  }

  /** A comment, a CDATA section, or a DOCTYPE. */
  #declaration(): void {
    const text = this.#text;
    const start = this.#at;
    if (text.startsWith('<!--', start)) {
      const dashes = text.indexOf('--', start + 4);
      if (dashes < 0 || text.charCodeAt(dashes + 2) !== GREATER)
        this.#malformed('commento non valido', start, dashes < 0 || undefined);
      if (this.#open !== undefined) this.#open.isCommented = true;
      this.#at = dashes + 3;
    } else if (text.startsWith('<![CDATA[', start)) {
      const end = text.indexOf(']]>', start);
      if (end < 0 || this.#open === undefined) return this.#malformed('sezione CDATA non valida', start);
      this.#append(this.#open, text.slice(start + 9, end));
      this.#at = end + 3;
    } else if (text.startsWith('<!DOCTYPE', start)) {
      this.#refuse(
        'DOCTYPE_NON_AMMESSO',
        'Il messaggio contiene una dichiarazione DOCTYPE, non ammessa: toglierla',
        start,
      );
    } else this.#malformed('errore di sintassi', start);
  }

  #characters(piece: string, at: number): void {
    if (this.#open === undefined) {
      const stray = piece.search(/[^ \t\r\n]/);
      if (stray >= 0) this.#malformed('testo fuori dell’elemento radice', at + stray);
      return;
    }
    if (piece.includes(']]>')) this.#malformed('«]]>» in un testo', at + piece.indexOf(']]>'));
    this.#append(this.#open, this.#dereferenced(piece, at));
  }

  #append(element: OpenElement, piece: string): void {
    const { valueLength } = this.limits;
    if (element.text.length + piece.length > valueLength) this.#tooMuch(`valore più lungo di ${valueLength} caratteri`);
    element.text += piece;
  }

  /** The value of an attribute, from the equals sign on. */
  #value(): string {
    const text = this.#text;
    this.#skipBlanks();
    if (text.charCodeAt(this.#at) !== EQUALS) this.#malformed('attributo senza valore', this.#at);
    this.#at++;
    this.#skipBlanks();
    const start = this.#at + 1;
    const quote = text.charCodeAt(this.#at);
    if (quote !== QUOTE && quote !== APOSTROPHE) this.#malformed('valore di un attributo senza virgolette', this.#at);
    const end = text.indexOf(quote === QUOTE ? '"' : "'", start);
    if (end < 0) this.#malformed('attributo senza fine', this.#at, true);
    const piece = text.slice(start, end);
    if (piece.includes('<')) this.#malformed('«<» nel valore di un attributo', start + piece.indexOf('<'));
    this.#at = end + 1;
    // Written white space becomes a space per character; as a reference it stays unchanged [3.3.3].
    const value = this.#dereferenced(/[\t\n]/.test(piece) ? piece.replace(/[\t\n]/g, ' ') : piece, start);
    const { valueLength } = this.limits;
    if (value.length > valueLength) this.#tooMuch(`valore più lungo di ${valueLength} caratteri`);
    return value;
  }

  /** Replaces one reference after the other, up to the first wrong one or one too many. */
  #dereferenced(piece: string, at: number): string {
    const { valueLength } = this.limits;
    let value = '';
    let done = 0;
    for (let mark = piece.indexOf('&'); mark >= 0; mark = piece.indexOf('&', done)) {
      const end = piece.indexOf(';', mark);
      const name = end < 0 ? '&' : piece.slice(mark + 1, end);
      if (name.includes('&')) this.#malformed('«&» che non comincia un’entità', at + mark);
      value += piece.slice(done, mark) + (referenced(name) ?? this.#malformed('entità non definita', at + mark));
      if (value.length > valueLength) this.#tooMuch(`valore più lungo di ${valueLength} caratteri`);
      done = end + 1;
    }
    return done === 0 ? piece : value + piece.slice(done);
  }

  /** Reads the name at this place into prefix and local part. */
  #name(): void {
    const text = this.#text;
    const start = this.#at;
    let end = nameEnd(text, start);
    let local = start;
    if (text.charCodeAt(end) === COLON) {
      local = end + 1;
      end = nameEnd(text, local);
      if (!startsName(text, local) || local === start + 1) this.#malformed('nome non valido', start);
    }
    if (!startsName(text, start) || text.charCodeAt(end) === COLON) this.#malformed('nome non valido', start);
    const { nameLength } = this.limits;
    if (end - start > nameLength) this.#tooMuch(`nome più lungo di ${nameLength} caratteri`);
    this.#prefix = local === start ? '' : text.slice(start, local - 1);
    this.#local = text.slice(local, end);
    this.#at = end;
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== SPACE && code !== LINE_FEED && code !== TAB) return;
      this.#at++;
    }
  }

  /** Call it with places in the order of the text: each line end is searched once. */
  #lineOf(at: number): number {
    while (this.#lineEnd >= 0 && this.#lineEnd < at) {
      this.#line++;
      this.#lineEnd = this.#text.indexOf('\n', this.#lineEnd + 1);
    }
    return this.#line;
  }

  #malformed(reason: string, at: number, isCut = this.#endsEarly(at)): never {
    const before = this.#text.slice(0, at);
    const riga = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    const cut = isCut ? ', finisce a metà' : '';
    const unseen = unseenIn(this.#text.slice(at, at + 2));
    const seen =
      unseen?.at === 0 ? `, dove c’è un carattere invisibile, ${nameOfCharacter(unseen.character)}: toglierlo` : '';
    // A client that counts characters announces too few bytes for accented letters, and so truncates its message.
    const remedy = isCut
      ? ' Il messaggio è incompleto: inviarlo intero, con Content-Length che ne conti i byte e non i caratteri.'
      : '';
    const message = `Il messaggio non è XML ben formato${cut}: ${reason} alla riga ${riga}, colonna ${column}${seen}.${remedy}`;
    throw clientFault('XML_NON_VALIDO', message, { riga });
  }

  /** Whether the text ends inside the root element, in a tag or a value. */
  #endsEarly(at: number): boolean {
    if (at >= this.#text.length) return true;
    const isWhole = this.#root !== undefined && this.#open === undefined;
    return !isWhole && this.#text.startsWith('<') && !/>[ \t\n]*$/.test(this.#text);
  }

  #tooMuch(what: string): never {
    return this.#refuse(
      'LIMITE_SUPERATO',
      `Il messaggio supera un limite: ${what}. Inviare solo ciò che è nel contratto`,
      this.#at,
    );
  }

  #refuse(codice: string, message: string, at: number): never {
    const riga = this.#text.slice(0, at).split('\n').length;
    throw clientFault(codice, `${message} (riga ${riga}).`, { riga });
  }
}
