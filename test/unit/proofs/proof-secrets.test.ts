import { randomBytes, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { PROOF_PURPOSES } from '../../../src/accounts/index.ts'
import { createProofSecrets, TOKEN_LENGTH } from '../../../src/proofs/proof-secrets.ts'

const [first, second] = [randomBytes(32), randomBytes(32)]
const ISSUER = 'https://auth.example.com'
const secrets = createProofSecrets({ secretKeys: [first], issuer: ISSUER })
const purposes = fc.constantFrom(...PROOF_PURPOSES)

t.test('a token and a handle say which proof they are of, and for what', async () => {
  fc.assert(fc.property(fc.uuid(), purposes, (id, purpose) => {
    const proof = { id, purpose }
    return isDeepStrictEqual(secrets.parseToken(secrets.toToken(proof), PROOF_PURPOSES), proof) &&
      isDeepStrictEqual(secrets.parseHandle(secrets.toHandle(proof), purpose), proof) &&
      secrets.isCode(secrets.toCode(proof), proof)
  }), { numRuns: 300 })
})

t.test('token, code and handle of a proof are three secrets: none is taken for another', async () => {
  fc.assert(fc.property(fc.uuid(), purposes, (id, purpose) => {
    const [token, handle, code] = [secrets.toToken({ id, purpose }), secrets.toHandle({ id, purpose }), secrets.toCode({ id, purpose })]
    return secrets.parseToken(handle, PROOF_PURPOSES) === undefined && secrets.parseHandle(token, purpose) === undefined &&
      !token.includes(code) && !handle.includes(code) && token.slice(0, 22) === handle.slice(0, 22) && token !== handle
  }), { numRuns: 300 })
})

t.test('what was made for one purpose is nothing for any other', async () => {
  const two = fc.tuple(purposes, purposes).filter(([one, other]) => one !== other)
  fc.assert(fc.property(fc.uuid(), two, (id, [one, other]) => {
    const proof = { id, purpose: one }
    const others = PROOF_PURPOSES.filter((purpose) => purpose !== one)
    return secrets.parseToken(secrets.toToken(proof), others) === undefined &&
      secrets.parseHandle(secrets.toHandle(proof), other) === undefined && secrets.toCode(proof) !== secrets.toCode({ id, purpose: other })
  }), { numRuns: 300 })
})

t.test('the first of SECRET_KEYS makes, and each of them reads', async (t) => {
  const proof = { id: randomUUID(), purpose: 'registration' } as const
  const rotated = createProofSecrets({ secretKeys: [second, first], issuer: ISSUER })
  const foreign = createProofSecrets({ secretKeys: [second], issuer: ISSUER })
  const [token, handle, code] = [secrets.toToken(proof), secrets.toHandle(proof), secrets.toCode(proof)]
  t.strictSame(rotated.parseToken(token, ['registration']), proof)
  t.strictSame(rotated.parseHandle(handle, 'registration'), proof)
  t.ok(rotated.isCode(code, proof))
  t.not(rotated.toToken(proof), token)
  t.equal(rotated.toToken(proof), foreign.toToken(proof))
  t.equal(foreign.parseToken(token, ['registration']), undefined)
  t.equal(foreign.parseHandle(handle, 'registration'), undefined)
  t.notOk(foreign.isCode(code, proof))
  t.throws(() => createProofSecrets({ secretKeys: [], issuer: ISSUER }).toToken(proof), { message: 'proofs need a secret key' })
})

t.test('services that share a secret do not share links and codes', async (t) => {
  const proof = { id: randomUUID(), purpose: 'password_reset' } as const
  const other = createProofSecrets({ secretKeys: [first], issuer: 'https://other.example.com' })
  t.equal(other.parseToken(secrets.toToken(proof), PROOF_PURPOSES), undefined)
  t.equal(other.parseHandle(secrets.toHandle(proof), 'password_reset'), undefined)
  t.notOk(other.isCode(secrets.toCode(proof), proof))
})

t.test('one changed bit, anywhere, is a forgery', async (t) => {
  const bytes = Buffer.from(secrets.toToken({ id: randomUUID(), purpose: 'password_reset' }), 'base64url')
  t.equal(bytes.length, 37)
  const accepted: number[] = []
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const forged = Buffer.from(bytes)
    forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    if (secrets.parseToken(forged.toString('base64url'), PROOF_PURPOSES) !== undefined) accepted.push(bit)
  }
  t.strictSame(accepted, [])
})

t.test('only the spelling that was mailed is accepted', async (t) => {
  const proof = () => ({ id: randomUUID(), purpose: 'invitation' } as const)
  let token = ''
  while (!token.includes('-') || !token.includes('_')) token = secrets.toToken(proof())
  t.equal(token.length, TOKEN_LENGTH)
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  // The last letter has four bits that no byte needs.
  const twins = [...letters].map((letter) => `${token.slice(0, -1)}${letter}`).filter((twin) => twin !== token)
  t.ok(twins.some((twin) => Buffer.from(twin, 'base64url').equals(Buffer.from(token, 'base64url'))))
  const variants = {
    empty: '',
    'other alphabet': token.replaceAll('-', '+').replaceAll('_', '/'),
    padded: `${token}==`,
    'space after': `${token} `,
    'newline inside': `${token.slice(0, -1)}\n`,
    'one letter short': token.slice(0, -1),
    'one letter long': `${token}A`,
    'half of it': token.slice(0, 25),
    'foreign letters skipped by the decoder': `${token.slice(0, 10)}!${token.slice(11)}`,
    'beyond ASCII': `${token.slice(0, -1)}é`,
    'of another version': `Ag${token.slice(2)}`,
    ...Object.fromEntries(twins.map((twin) => [`with ${twin.at(-1)} at the end`, twin]))
  }
  for (const [name, variant] of Object.entries(variants)) t.equal(secrets.parseToken(variant, PROOF_PURPOSES), undefined, name)
  t.ok(secrets.parseToken(token, PROOF_PURPOSES))
})

t.test('what is no token is refused, whatever it is', async () => {
  fc.assert(fc.property(
    fc.string({ unit: 'binary', maxLength: 2 * TOKEN_LENGTH }), (text) => secrets.parseToken(text, PROOF_PURPOSES) === undefined
  ))
})

t.test('an id has one token, however it is written', async (t) => {
  const id = randomUUID()
  const upper = { id: id.toUpperCase(), purpose: 'registration' } as const
  t.equal(secrets.toToken(upper), secrets.toToken({ id, purpose: 'registration' }))
  t.equal(secrets.toCode(upper), secrets.toCode({ id, purpose: 'registration' }))
  t.strictSame(secrets.parseToken(secrets.toToken(upper), ['registration']), { id, purpose: 'registration' })
})

t.test('a code has eight digits, zeros in front too, and nothing else is one', async (t) => {
  const proofs = Array.from({ length: 2000 }, () => ({ id: randomUUID(), purpose: 'email_change' } as const))
  const codes = proofs.map((proof) => secrets.toCode(proof))
  t.strictSame(codes.filter((code) => !/^[0-9]{8}$/.test(code)), [])
  t.ok(codes.some((code) => code.startsWith('0')))
  t.ok(new Set(codes).size > 1990)
  const [proof] = proofs
  const [code = ''] = codes
  if (proof === undefined) throw new Error('there is no proof')
  const right = [code, ` ${code}`, `${code} `, code.slice(1), `${code}0`, '', code.replaceAll(/./g, '٠'), `+${code.slice(1)}`]
    .map((text) => secrets.isCode(text, proof))
  t.strictSame(right, [true, false, false, false, false, false, false, false])
})
