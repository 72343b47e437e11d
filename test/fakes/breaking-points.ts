/** The points of an exchange at which a model server can break off, as what is on the wire until then. Data. */

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n'
const CLOSING = `${OK}connection: close\r\n`
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`
const EVENT = 'data: {"choices":[{"index":0,"delta":{"content":"Good day"}}]}\n\n'
/** More than anybody between the server and a slow reader holds. */
const LARGE = EVENT.repeat(16_000)

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

export const BREAKING_POINTS: Readonly<Record<string, string>> = {
  'before the head': '',
  'in the status line': 'HTTP/1.1 2',
  'in a header': 'HTTP/1.1 200 OK\r\ncontent-ty',
  'after an interim head': 'HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n',
  'after the head': CHUNKED,
  'in a body of known length': `${OK}content-length: 100000\r\n\r\n${EVENT}`,
  'in a chunk': `${CHUNKED}fff\r\n${EVENT}`,
  'in the size of a chunk': `${CHUNKED}${chunk(EVENT)}ff`,
  'between chunks': `${CHUNKED}${chunk(EVENT)}`,
  'in a body without end': `${CLOSING}\r\n${EVENT}`,
  'after a whole body': `${OK}content-length: ${EVENT.length}\r\n\r\n${EVENT}`,
  'after a whole body, as announced': `${CLOSING}content-length: ${EVENT.length}\r\n\r\n${EVENT}`,
  'in a large body': `${OK}content-length: ${LARGE.length + 1}\r\n\r\n${LARGE}`,
  'after a large body': `${CLOSING}content-length: ${LARGE.length}\r\n\r\n${LARGE}`,
  'after a large body in chunks': `${CLOSING}transfer-encoding: chunked\r\n\r\n${chunk(LARGE)}0\r\n\r\n`,
  'in a large body without end': `${CLOSING}\r\n${LARGE}`,
  'after a body too long': `${OK}content-length: 5\r\n\r\n${EVENT}${EVENT}`,
  'after a second answer': `${OK}content-length: 2\r\n\r\n{}${OK}content-length: 2\r\n\r\n{}`,
  'after a chunk that is none': `${CHUNKED}zz\r\n`,
  'after what is no HTTP': 'SSH-2.0-OpenSSH_9.6\r\n',
  'after a head too large': `${OK}${'x-long: '.padEnd(80_000, 'x')}\r\n`,
  'in a refusal': 'HTTP/1.1 503 Busy\r\nretry-after: 0\r\ncontent-length: 9\r\n\r\nno',
  'in a refusal of the key': `HTTP/1.1 401 No\r\nconnection: close\r\n\r\n${LARGE}`,
  'in a redirect': `HTTP/1.1 302 Found\r\nlocation: /\r\nconnection: close\r\n\r\n${LARGE}`,
  'after no content': 'HTTP/1.1 204 No Content\r\n\r\nbody',
  'after a change of protocols': 'HTTP/1.1 101 Go\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nx',
  'in what is no gzip': `${CLOSING}content-encoding: gzip\r\n\r\n${EVENT}`,
}
