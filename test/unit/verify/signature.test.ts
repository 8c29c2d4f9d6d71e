import { createPublicKey, verify } from 'node:crypto'
import { createRequire } from 'node:module'
import t from 'tap'
import { generateKeys } from '../../../scripts/generate-keys.js'
import { ALGORITHMS, type PublicJwk } from '../../../src/contract/index.ts'
import { createVerifyingKey } from '../../../src/verify/verification-keys.ts'
import { goodClaims, mint, createKeyMaterial } from '../../support/tokens.ts'

type VerifySignature = (alg: string, key: object, input: string, signature: string) => boolean
// An internal function of fast-jwt: most of the vectors sign a text that is not JSON, which the public one does not accept.
const { verifySignature }: { verifySignature: VerifySignature } = createRequire(import.meta.url)('fast-jwt/src/crypto.js')

const PARTS = { kid: 'vector', use: 'sig' } as const
const RSA_7515 = 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-S' +
  'Fd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg' +
  '665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ'
const RSA_7520 = 'n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFK' +
  'rKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3' +
  'uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw'

/** Test vectors of the standards. */
const VECTORS: ReadonlyArray<[source: string, jwk: PublicJwk, jws: string, json: boolean]> = [
  [
    'RFC 7515 A.2', { ...PARTS, alg: 'RS256', kty: 'RSA', n: RSA_7515, e: 'AQAB' },
    'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4h' +
      'iUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKB' +
      'YNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZES' +
      'c6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
    true
  ],
  [
    'RFC 7515 A.3',
    {
      ...PARTS,
      alg: 'ES256',
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0'
    },
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEh' +
      'U3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    true
  ],
  [
    'RFC 7520 4.1', { ...PARTS, alg: 'RS256', kty: 'RSA', n: RSA_7520, e: 'AQAB' },
    'eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbyw' +
      'gZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5' +
      'vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZ' +
      'opdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6' +
      'x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ' +
      '41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg',
    false
  ],
  [
    'RFC 8037 A.4', { ...PARTS, alg: 'EdDSA', kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5' +
      'BhVsPt9g7sVvpAr_MuM0KAg',
    false
  ]
]

for (const [source, jwk, jws, json] of VECTORS) {
  t.test(`VF28: the signature of ${source} verifies with our key, and no mutation of it does`, async (t) => {
    const at = jws.lastIndexOf('.')
    const [input, signature] = [jws.slice(0, at), jws.slice(at + 1)]
    const key = createVerifyingKey(jwk)
    const pem = createPublicKey(key.pem)
    const isGood = (input: string, signature: string) => {
      try {
        return verifySignature(jwk.alg, pem, input, signature)
      } catch {
        return false
      }
    }
    const bytes = Buffer.from(signature, 'base64url')
    t.ok(isGood(input, signature))
    t.notOk(isGood(`${input}A`, signature))
    t.notOk(isGood(input.slice(0, -1), signature))
    t.notOk(isGood(input, ''))
    t.ok(bytes.length >= 64)
    const accepted: string[] = []
    for (let index = 0; index < bytes.length; index++) {
      const mutated = Buffer.from(bytes)
      mutated.writeUInt8(mutated.readUInt8(index) ^ (1 << (index % 8)), index)
      if (isGood(input, mutated.toString('base64url'))) accepted.push(`byte ${index} changed`)
      if (isGood(input, bytes.subarray(0, index).toString('base64url'))) accepted.push(`truncated to ${index} bytes`)
      if (json && index % 16 === 0) t.throws(() => key.verify(`${input}.${mutated.toString('base64url')}`))
    }
    t.strictSame(accepted, [])
    if (json) t.strictSame(key.verify(jws), { iss: 'joe', exp: 1_300_819_380, 'http://example.com/is_root': true })
    for (const other of ALGORITHMS.filter((alg) => alg !== jwk.alg)) {
      t.throws(() => createVerifyingKey(Object.assign({ ...jwk }, { alg: other })))
    }
  })
}

for (const alg of ALGORITHMS) {
  t.test(`TF2, VF6: ${alg}: a key verifies its own signatures, and none of another algorithm`, async (t) => {
    const material = createKeyMaterial(alg)
    const key = createVerifyingKey(material.jwk)
    const claims = goodClaims()
    t.strictSame(key.verify(mint(material, claims)), claims)
    t.ok(
      verify(alg === 'EdDSA' ? undefined : 'sha256', Buffer.from('x'), { key: key.pem, dsaEncoding: 'ieee-p1363' }, material.sign('x')),
      'the PEM is the same key'
    )
    for (const other of [...ALGORITHMS.filter((name) => name !== alg), 'HS256', 'none', 'PS256', 'ES384']) {
      t.throws(() => key.verify(mint(material, claims, { alg: other, kid: material.jwk.kid, typ: 'at+jwt' })), other)
    }
  })
}

t.test('a key that does not fit its algorithm is rejected when it is loaded', async (t) => {
  const jwks = Object.fromEntries(ALGORITHMS.map((alg) => [alg, createKeyMaterial(alg).jwk]))
  const swapped = ALGORITHMS.flatMap((alg) => ALGORITHMS.filter((other) => other !== alg).map((other): [string, object] => [
    `${alg} for a key of ${other}`, { ...jwks[other], alg }
  ]))
  const short = generateKeys('rsa', { modulusLength: 1024 })
  const p384 = generateKeys('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })
  const table: Array<[name: string, jwk: object]> = [
    ...swapped,
    ['RSA of 1024 bits', { ...PARTS, alg: 'RS256', ...short.publicKey.export({ format: 'jwk' }) }],
    ['P-384', { ...PARTS, alg: 'ES256', ...p384 }],
    ['P-384 that says it is P-256', { ...PARTS, alg: 'ES256', ...p384, crv: 'P-256' }],
    ['a point that is not on the curve', { ...jwks.ES256, y: jwks.EdDSA && Reflect.get(jwks.EdDSA, 'x') }],
    ['Ed448', { ...PARTS, alg: 'EdDSA', ...generateKeys('ed448').publicKey.export({ format: 'jwk' }) }],
    ['X25519', { ...PARTS, alg: 'EdDSA', ...generateKeys('x25519').publicKey.export({ format: 'jwk' }) }],
    ['a shared secret', { ...PARTS, alg: 'HS256', kty: 'oct', k: 'AAAA' }],
    ['nothing', { ...PARTS, alg: 'ES256' }]
  ]
  for (const [name, jwk] of table) t.throws(() => createVerifyingKey(jwk as PublicJwk), name)
  t.throws(
    () => createVerifyingKey({ ...PARTS, alg: 'RS256', ...short.publicKey.export({ format: 'jwk' }) } as PublicJwk),
    { message: 'key "vector" is shorter than 2048 bits' }
  )
})
