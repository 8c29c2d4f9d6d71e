import { randomUUID } from 'node:crypto'
import type { AccessClaims } from '../../../src/contract/index.ts'
import { goodHeader, mint, segment, type KeyMaterial } from '../../support/tokens.ts'

type Tokens = Array<[name: string, token: string]>

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const PARTS = ['header', 'payload', 'signature']

/** Tokens with valid content in a non-canonical encoding, which parsers read differently. */
export function hostileEncodings (material: KeyMaterial, claims: AccessClaims): Tokens {
  const json = JSON.stringify(claims)
  const header = JSON.stringify(goodHeader(material))
  const good = mint(material, claims)
  const payloads: ReadonlyArray<[name: string, payload: string | Buffer]> = [
    ['a BOM', `\ufeff${json}`],
    ['UTF-16', Buffer.from(json, 'utf16le')],
    ['a byte that is no UTF-8', withBytes(json, [0xff])],
    ['an overlong NUL', withBytes(json, [0xc0, 0x80])],
    ['half a surrogate pair in UTF-8', withBytes(json, [0xed, 0xa0, 0x80])],
    ['a cut character', withBytes(json, [0xe2, 0x82])],
    ['a leading space', ` ${json}`],
    ['a trailing line feed', `${json}\n`],
    ['white space within', JSON.stringify(claims, null, 2)],
    ['an escape that is not needed', json.replace('"user"', '"\\u0075ser"')],
    ['an escaped slash', json.replace('https://', 'https:\\/\\/')],
    ['an exponent', json.replace(/"exp":(\d+)/, '"exp":$1e0')],
    ['a fraction of zero', json.replace(/"exp":(\d+)/, '"exp":$1.0')],
    ['an endless number', json.replace(/"exp":\d+/, '"exp":1e400')],
    ['minus zero', json.replace(/"iat":\d+/, '"iat":-0')],
    ['a trailing comma', json.replace('}', ',}')],
    ['a comment', json.replace('{', '{/**/')],
    ['something after the end', `${json}{}`],
    ['nothing', ''],
    ...Object.entries(claims).map(([name, value]): [string, string] => [
      `${name} twice, the same`, json.replace('{', `{${JSON.stringify(name)}:${JSON.stringify(value)},`)
    ]),
    ['role twice', json.replace('{', '{"role":"admin",')],
    ['role twice, once escaped', json.replace('{', '{"r\\u006fle":"admin",')]
  ]
  const headers: ReadonlyArray<[name: string, header: string | Buffer]> = [
    ['a BOM', `\ufeff${header}`],
    ['UTF-16', Buffer.from(header, 'utf16le')],
    ['a byte that is no UTF-8', withBytes(header, [0xff])],
    ['a space', header.replace('{', '{ ')],
    ['alg twice', header.replace('{', '{"alg":"none",')],
    ['alg twice, the same', header.replace('{', `{"alg":"${material.jwk.alg}",`)],
    ['kid twice', header.replace('{', '{"kid":"other",')],
    ['an escape', header.replace('"at+jwt"', '"at\\u002bjwt"')],
    ['nothing', '']
  ]
  return [
    ...payloads.map(([name, payload]): [string, string] => [`payload with ${name}`, mint(material, payload)]),
    ...headers.map(([name, text]): [string, string] => [`header with ${name}`, mint(material, claims, text)]),
    ...PARTS.flatMap((name, index): Tokens => [
      [`${name} padded`, respell(good, index, (text) => text.padEnd(text.length + 2, '='))],
      [`${name} with one =`, respell(good, index, (text) => `${text}=`)],
      [`${name} with a line of base64 between`, respell(good, index, (text) => `${text.slice(0, 8)}=${text.slice(8)}`)],
      [`${name} with a tab`, respell(good, index, (text) => `${text.slice(0, 8)}\t${text.slice(8)}`)],
      [`${name} with a space`, respell(good, index, (text) => `${text.slice(0, 8)} ${text.slice(8)}`)],
      [`${name} with a character too many`, respell(good, index, (text) => `${text}A`)],
      [`${name} percent-encoded`, respell(good, index, (text) => `%${text.charCodeAt(0).toString(16)}${text.slice(1)}`)],
      [`${name} in the alphabet of base64`, plainAlphabet(material, claims, index)],
      [`${name} with unused bits`, unusedBits(material, claims, index)]
    ])
  ]
}

/** Bytes in the middle of a value: after the first letter of the last one. */
function withBytes (json: string, bytes: readonly number[]): Buffer {
  const at = json.length - 3
  return Buffer.concat([Buffer.from(json.slice(0, at)), Buffer.from(bytes), Buffer.from(json.slice(at))])
}

/** Changes one segment; the signature covers header and payload as changed. */
function respell (token: string, index: number, change: (text: string) => string, material?: KeyMaterial): string {
  const parts = token.split('.').map((text, at) => at === index ? change(text) : text)
  if (material === undefined || index === 2) return parts.join('.')
  const input = parts.slice(0, 2).join('.')
  return `${input}.${material.sign(input).toString('base64url')}`
}

function plainAlphabet (material: KeyMaterial, claims: AccessClaims, index: number): string {
  const header = goodHeader(material)
  // The encodings of "~~~" and "???" have both characters in which base64 and base64url differ; a signature may have none.
  const token = index === 2
    ? until(
      () => mint(material, { ...claims, jti: randomUUID() }), (text) => /[-_]/.test(part(text, 2))
    )
    : mint(material, ofClient(claims, '~~~???~~~???'), index === 0 ? { ...header, kid: '~~~???~~~???' } : header)
  return respell(token, index, (text) => text.replaceAll('-', '+').replaceAll('_', '/'), material)
}

function unusedBits (material: KeyMaterial, claims: AccessClaims, index: number): string {
  const header = goodHeader(material)
  let length = 0
  const token = until(
    () => mint(material, ofClient(claims, 'x'.repeat(++length)), header),
    (text) => index === 0 || part(text, index).length % 4 !== 0
  )
  return respell(token, index, (text) => `${text.slice(0, -1)}${ALPHABET[ALPHABET.indexOf(text.slice(-1)) + 1]}`, material)
}

/** Claims that are good, with any text among them: only the encoding is at fault. */
function ofClient (claims: AccessClaims, clientId: string): AccessClaims {
  return { ...claims, client_id: clientId, scope: '' }
}

function until (make: () => string, isGood: (text: string) => boolean): string {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const text = make()
    if (isGood(text)) return text
  }
  throw new Error('no such token')
}

function part (token: string, index: number): string {
  return token.split('.')[index] ?? ''
}

/** Texts that are not three segments. */
export function hostileShapes (material: KeyMaterial, claims: AccessClaims): Tokens {
  const good = mint(material, claims)
  const [head = '', body = '', signature = ''] = good.split('.')
  return [
    ['one part', head],
    ['two parts', `${head}.${body}`],
    ['no signature', `${head}.${body}.`],
    ['four parts', `${good}.${signature}`],
    ['four parts, the last empty', `${good}.`],
    ['a leading dot', `.${good}`],
    [
      'five parts, as a JWE has',
      `${segment({ alg: 'dir', enc: 'A256GCM', kid: material.jwk.kid, typ: 'at+jwt' })}..${body}.${body}.${signature}`
    ],
    ['five parts of a good token', `${good}.${body}.${signature}`],
    ['dots', '..'],
    ['more dots', '.'.repeat(4000)],
    ['one dot', '.'],
    ['empty header', `.${body}.${signature}`],
    ['empty payload', `${head}..${signature}`],
    ['JSON serialisation', JSON.stringify({ protected: head, payload: body, signature })],
    ['general JSON serialisation', JSON.stringify({ payload: body, signatures: [{ protected: head, signature }] })],
    ['in quotes', `"${good}"`],
    ['in braces', `{${good}}`],
    ['two tokens', `${good} ${good}`],
    ['two tokens and a comma', `${good},${good}`],
    ['two header values joined', `${good}, Bearer ${good}`],
    ['a leading space', ` ${good}`],
    ['a parameter', `token=${good}`],
    ['Bearer twice', `Bearer ${good}`],
    ['an opaque token', 'AbCdEf0123456789'],
    ['four kilobytes of nothing', 'A'.repeat(4096)],
    ['five kilobytes of segments', `${'A'.repeat(2000)}.${'A'.repeat(2000)}.${'A'.repeat(1000)}`],
    ['letters of Latin-1', `${good}\u00e9`],
    ['JavaScript', 'undefined'],
    ['null', 'null']
  ]
}
