/**
 * Attacks on HTTP: methods, types, compression, sizes, smuggling, paths. Mostly raw bytes, because no client would send
 * them.
 */
import { gzipSync } from 'node:zlib';
import { attack, dropped, either, fault, once, served, status } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { goodMessage } from './messages.js';
import type { Sending } from './target.js';

const PATH = '/ws/TestSierologici';
const tooLarge = fault('MESSAGGIO_TROPPO_GRANDE', 413);
/** Node's own refusal: nothing of the message is trusted, not even that it is a message. */
const badRequest = status(400);

function send(title: string, expectation: Expectation, body: string | Buffer, sending: Sending): Attack {
  return attack(title, expectation, (target) => target.post(body, { card: target.cardOf('secondDoctor'), ...sending }));
}

/** @param head request line and header lines; Host and the blank line are added */
function raw(title: string, expectation: Expectation, head: readonly string[], body = ''): Attack {
  const text = [head[0], 'Host: localhost', ...head.slice(1), '', body].join('\r\n');
  return attack(title, once(expectation), (target) => target.exchange(text));
}

const post = (...lines: string[]) => [`POST ${PATH} HTTP/1.1`, 'Content-Type: text/xml', ...lines];
const close = 'Connection: close';
const chunked = 'Transfer-Encoding: chunked';
/** If answered, it would be a second answer to one request. */
const SMUGGLED = 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n';

export const httpFamily: Family = {
  name: 'HTTP',
  attacks(target) {
    const good = goodMessage(target);
    const { userId, password } = target.identity('secondDoctor');
    const basic = Buffer.from(`${userId}:${password}`).toString('base64');
    const whole = `Content-Length: ${good.length}`;
    const type = (value: string) => ({ headers: { 'Content-Type': value } });
    const encoded = (value: string) => ({ headers: { 'Content-Encoding': value } });
    return [
      ...['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) =>
        send(`method ${method}`, fault('METODO_NON_AMMESSO', 405), '', { method }),
      ),
      raw('method CONNECT', dropped, [`CONNECT ${PATH} HTTP/1.1`]),
      raw('method of no letters', badRequest, [`P@ST ${PATH} HTTP/1.1`, close]),
      ...['application/json', 'multipart/related; type="text/xml"', 'text/plain', 'text/xmlx', '__proto__'].map(
        (value) => send(`type ${value}`, fault('TIPO_NON_AMMESSO', 415), good, type(value)),
      ),
      raw('no type', fault('TIPO_NON_AMMESSO', 415), [`POST ${PATH} HTTP/1.1`, 'Content-Length: 0', close]),
      send('gzip bomb', fault('CODIFICA_NON_AMMESSA', 415), gzipSync(Buffer.alloc(50_000_000)), encoded('gzip')),
      send('gzip that is none', fault('CODIFICA_NON_AMMESSA', 415), good, encoded('gzip')),
      send('deflate', fault('CODIFICA_NON_AMMESSA', 415), good, encoded('deflate')),
      send('two codings', fault('CODIFICA_NON_AMMESSA', 415), good, encoded('identity, br')),
      send('body of 300 kB', tooLarge, `${good}${' '.repeat(300_000)}`, {}),
      raw('content length of a terabyte', tooLarge, post('Content-Length: 1099511627776')),
      raw('content length beyond every number', badRequest, post('Content-Length: 99999999999999999999999')),
      attack('chunks without end', once(either(tooLarge, dropped)), (at) =>
        at.exchange(
          `${post('Host: x', chunked).join('\r\n')}\r\n\r\n${`10000\r\n${'x'.repeat(65_536)}\r\n`.repeat(60)}`,
        ),
      ),
      raw('header of 100 kB', either(status(431), dropped), post(`X-A: ${'a'.repeat(100_000)}`)),
      raw('5 000 headers', either(status(431), dropped), post(...Array.from({ length: 5_000 }, (_, n) => `X-${n}: 1`))),
      raw('request line of 100 kB', either(status(431, 414), dropped), [`POST /${'a'.repeat(100_000)} HTTP/1.1`]),
      raw('CL and TE', badRequest, post('Content-Length: 4', chunked), `0\r\n\r\n${SMUGGLED}`),
      raw('TE and CL', badRequest, post(chunked, 'Content-Length: 4'), '0\r\n\r\n'),
      raw('two content lengths', badRequest, post('Content-Length: 4', 'Content-Length: 5'), 'abcde'),
      raw('negative content length', badRequest, post('Content-Length: -1')),
      raw('content length with a sign', badRequest, post('Content-Length: +5'), 'abcde'),
      raw('content length in hexadecimal', badRequest, post('Content-Length: 0x5'), 'abcde'),
      raw('TE twice, the second one another', badRequest, post(chunked, 'Transfer-Encoding: identity'), '0\r\n\r\n'),
      raw('TE chunked twice', badRequest, post('Transfer-Encoding: chunked, chunked'), '0\r\n\r\n'),
      raw('TE behind a control character', badRequest, post('Transfer-Encoding: \x0bchunked'), '0\r\n\r\n'),
      raw('content length as a list', badRequest, post('Content-Length: 4, 4'), '<a/>'),
      raw('line ends of chunks without CR', badRequest, post(chunked), '4\n<a/>\n0\n\n'),
      attack('line ends of headers without CR', once(badRequest), (at) =>
        at.exchange(`${post('Host: x', 'Content-Length: 0').join('\n')}\n\n`),
      ),
      raw(
        'a request as the body of a GET',
        status(200),
        [`GET ${PATH}?wsdl HTTP/1.1`, `Content-Length: ${SMUGGLED.length}`],
        SMUGGLED,
      ),
      raw('TE of another name', badRequest, post('Transfer-Encoding: xchunked'), '0\r\n\r\n'),
      raw('TE of another coding first', badRequest, post('Transfer-Encoding: gzip, chunked'), '0\r\n\r\n'),
      raw('TE where chunked is not last', badRequest, post('Transfer-Encoding: chunked, gzip'), '0\r\n\r\n'),
      raw('space before the colon', badRequest, post('Transfer-Encoding : chunked'), '0\r\n\r\n'),
      raw('folded header', badRequest, post('X-A: 1', ' Transfer-Encoding: chunked'), ''),
      raw('chunk size of no digits', badRequest, post(chunked), 'zz\r\nabc\r\n0\r\n\r\n'),
      raw('chunk size beyond 64 bits', badRequest, post(chunked), 'fffffffffffffffff\r\nabc'),
      raw('negative chunk size', badRequest, post(chunked), '-1\r\nabc\r\n'),
      raw('chunk extension of 40 kB', either(status(413), dropped), post(chunked), `1;${'a'.repeat(40_000)}\r\na\r\n`),
      raw(
        'trailer of 40 kB',
        either(status(431), dropped),
        post(chunked),
        `1\r\na\r\n0\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
      ),
      raw('chunk longer than it says', badRequest, post(chunked), '2\r\nabcdef\r\n0\r\n\r\n'),
      raw('NUL in a header', badRequest, post('X-A: a\0b')),
      raw('bare CR in a header', badRequest, post('X-A: a\rX-B: b')),
      raw('two Hosts', badRequest, ['GET /x HTTP/1.1', 'Host: other.example']),
      attack('no Host', once(badRequest), (at) => at.exchange(`POST ${PATH} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`)),
      raw('HTTP/2 preface', badRequest, ['PRI * HTTP/2.0', '', 'SM']),
      raw('HTTP/9.9', badRequest, [`POST ${PATH} HTTP/9.9`]),
      raw('unknown expectation', status(417), post('Expect: 200-maybe', 'Content-Length: 0', close)),
      raw(
        'upgrade to h2c',
        fault('MESSAGGIO_VUOTO'),
        post('Upgrade: h2c', 'Connection: upgrade, close', 'Content-Length: 0'),
      ),
      raw('path upwards', status(404), [`GET ${PATH}/../../../etc/passwd HTTP/1.1`, close]),
      raw('path upwards, encoded', status(404), [`GET ${PATH}%2f..%2f..%2fetc%2fpasswd HTTP/1.1`, close]),
      raw('path with a broken escape', status(404), ['GET /ws/%E0%A4%A HTTP/1.1', close]),
      raw('path with NUL', status(404), ['GET /ws/%00 HTTP/1.1', close]),
      raw('target that is no URL', status(404), ['GET http://[ HTTP/1.1', close]),
      raw('?xsd upwards', fault('METODO_NON_AMMESSO', 405), [`GET ${PATH}?xsd=../../../../etc/passwd HTTP/1.1`, close]),
      raw('?xsd of another file', fault('METODO_NON_AMMESSO', 405), [
        `GET ${PATH}?xsd=TestSierologici.wsdl HTTP/1.1`,
        close,
      ]),
      raw('?__proto__', fault('METODO_NON_AMMESSO', 405), [`GET ${PATH}?__proto__[a]=b HTTP/1.1`, close]),
      attack('WSDL for another Host', ownAddress, (at) =>
        at.exchange(
          `GET ${PATH}?wsdl HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n${close}\r\n\r\n`,
        ),
      ),
      attack('a hundred requests at once on one connection', endedAtTooMany, (at) =>
        at.exchange(
          `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>`.repeat(99) +
            `POST ${PATH} HTTP/1.1\r\nHost: x\r\n${close}\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>`,
          10_000,
        ),
      ),
      // Without a card: the fault shows that all of it was read, because SOAPAction is checked before the sign-in.
      raw(
        'headers __proto__, constructor, prototype',
        fault('AUTENTICAZIONE_ASSENTE'),
        post('__proto__: x', 'constructor: x', 'prototype: x', close, whole),
        good,
      ),
      raw(
        'two SOAPActions',
        fault('SOAPACTION_DISCORDE'),
        post('SOAPAction: ""', 'SOAPAction: "urn:altro"', close, whole),
        good,
      ),
      raw(
        'target of another server',
        fault('AUTENTICAZIONE_ASSENTE'),
        [`POST https://evil.example${PATH} HTTP/1.1`, 'Content-Type: text/xml', close, whole],
        good,
      ),
      raw(
        'credentials in a trailer',
        fault('AUTENTICAZIONE_ASSENTE'),
        post(chunked, close),
        `${good.length.toString(16)}\r\n${good}\r\n0\r\nAuthorization: Basic ${basic}\r\n\r\n`,
      ),
      send('a header of every kind of quote', served(), good, {
        headers: { 'User-Agent': `'";<>\${jndi:ldap://127.0.0.1:9/}%n%s` },
      }),
    ];
  },
};

const ownAddress: Expectation = {
  expected: '200, own address',
  verdict: (seen) => (seen.status === 200 && !seen.text.includes('evil') ? undefined : 'names the host asked for'),
};

/**
 * A caller that sends a hundred at once is no honest client: the ninth waiting one ends the connection, whatever was
 * answered.
 */
const endedAtTooMany: Expectation = {
  expected: 'at most 8 answers, closed',
  verdict(seen) {
    const answers = [...seen.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].length;
    return answers <= 8 && seen.closed ? undefined : `${answers} answers`;
  },
};
