/** Attacks on HTTP: methods, types, compression, sizes, smuggling, paths. Mostly written by hand, since no client would. */
import { gzipSync } from 'node:zlib';
import { attack, dropped, either, fault, served, status } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { goodMessage } from './messages.js';
import type { Sending } from './target.js';

const PATH = '/ws/TestSierologici';
const tooLarge = fault('MESSAGGIO_TROPPO_GRANDE', 413);
const badRequest = either(status(400), dropped);

function send(title: string, expectation: Expectation, body: string | Buffer, sending: Sending): Attack {
  return attack(title, expectation, (target) => target.post(body, { card: target.cardOf('secondDoctor'), ...sending }));
}

/** @param head request line and header lines; Host and the blank line are added */
function raw(title: string, expectation: Expectation, head: readonly string[], body = ''): Attack {
  const text = [head[0], 'Host: localhost', ...head.slice(1), '', body].join('\r\n');
  return attack(title, expectation, (target) => target.exchange(text));
}

const post = (...lines: string[]) => [`POST ${PATH} HTTP/1.1`, 'Content-Type: text/xml', ...lines];
const close = 'Connection: close';

export const httpFamily: Family = {
  name: 'HTTP',
  attacks(target) {
    const good = goodMessage(target);
    const type = (value: string) => ({ headers: { 'Content-Type': value } });
    const encoded = (value: string) => ({ headers: { 'Content-Encoding': value } });
    return [
      ...['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) =>
        send(`method ${method}`, fault('METODO_NON_AMMESSO', 405), '', { method }),
      ),
      raw('method CONNECT', badRequest, [`CONNECT ${PATH} HTTP/1.1`]),
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
      attack('chunks without end', either(tooLarge, dropped), (at) =>
        at.exchange(
          `${post('Host: x', 'Transfer-Encoding: chunked').join('\r\n')}\r\n\r\n${`10000\r\n${'x'.repeat(65_536)}\r\n`.repeat(60)}`,
        ),
      ),
      raw('header of 100 kB', either(status(431), dropped), post(`X-A: ${'a'.repeat(100_000)}`)),
      raw('5 000 headers', either(status(431), dropped), post(...Array.from({ length: 5_000 }, (_, n) => `X-${n}: 1`))),
      raw('request line of 100 kB', either(status(431, 414), dropped), [`POST /${'a'.repeat(100_000)} HTTP/1.1`]),
      raw(
        'CL and TE',
        badRequest,
        post('Content-Length: 4', 'Transfer-Encoding: chunked'),
        '0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
      ),
      raw('TE and CL', badRequest, post('Transfer-Encoding: chunked', 'Content-Length: 4'), '0\r\n\r\n'),
      raw('two content lengths', badRequest, post('Content-Length: 4', 'Content-Length: 5'), 'abcde'),
      raw('negative content length', badRequest, post('Content-Length: -1')),
      raw('content length with a sign', badRequest, post('Content-Length: +5'), 'abcde'),
      raw('content length in hexadecimal', badRequest, post('Content-Length: 0x5'), 'abcde'),
      raw('TE of another name', badRequest, post('Transfer-Encoding: xchunked'), '0\r\n\r\n'),
      raw('TE where chunked is not last', badRequest, post('Transfer-Encoding: chunked, gzip'), '0\r\n\r\n'),
      raw('space before the colon', badRequest, post('Transfer-Encoding : chunked'), '0\r\n\r\n'),
      raw('folded header', badRequest, post('X-A: 1', ' Transfer-Encoding: chunked'), ''),
      raw('chunk size of no digits', badRequest, post('Transfer-Encoding: chunked'), 'zz\r\nabc\r\n0\r\n\r\n'),
      raw('chunk size beyond 64 bits', badRequest, post('Transfer-Encoding: chunked'), 'fffffffffffffffff\r\nabc'),
      raw('negative chunk size', badRequest, post('Transfer-Encoding: chunked'), '-1\r\nabc\r\n'),
      raw('chunk longer than it says', badRequest, post('Transfer-Encoding: chunked'), '2\r\nabcdef\r\n0\r\n\r\n'),
      raw('NUL in a header', badRequest, post('X-A: a\0b')),
      raw('bare CR in a header', badRequest, post('X-A: a\rX-B: b')),
      attack('no Host', badRequest, (at) => at.exchange(`POST ${PATH} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`)),
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
      raw('target that is no URL', status(400, 404), ['GET http://[ HTTP/1.1', close]),
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
      attack('a hundred requests at once on one connection', answeredInOrder, (at) =>
        at.exchange(
          `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>`.repeat(99) +
            `POST ${PATH} HTTP/1.1\r\nHost: x\r\n${close}\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>`,
          10_000,
        ),
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

/** A fault each, in order; those beyond the few that one connection may have in work are told to come back. */
const answeredInOrder: Expectation = {
  expected: '100 answers, 500 or 503',
  verdict(seen) {
    const statuses = [...seen.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => match[1]);
    const right = statuses.every((one) => one === '500' || one === '503');
    return right && statuses.length === 100
      ? undefined
      : `${statuses.length} answers: ${[...new Set(statuses)].join(', ')}`;
  },
};
