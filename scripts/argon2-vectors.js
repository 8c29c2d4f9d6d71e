// Whether a binary of argon2 hashes right: the vectors of RFC 9106, and whatever the ready-made binary makes of random input.
import { spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Input bytes in hex
 * @property {string} password
 * @property {0 | 1 | 2} type
 * @property {number} memoryCost
 * @property {number} timeCost
 * @property {number} parallelism
 * @property {number} hashLength
 * @property {number} version
 * @property {string} salt
 * @property {string} [secret]
 * @property {string} [associatedData]
 */

// argon2d, argon2i, argon2id.
const TYPES = /** @type {const} */ ([0, 1, 2])

// RFC 9106 5.1 to 5.3, in that order.
const TAGS = [
  '512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb',
  'c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8',
  '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659'
]
const VECTOR = {
  password: '01'.repeat(32),
  salt: '02'.repeat(
    16
  ),
  secret: '03'.repeat(8),
  associatedData: '04'.repeat(12),
  memoryCost: 32,
  timeCost: 3,
  parallelism: 4,
  hashLength: 32,
  version: 0x13
}
const RANDOM = 60

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(
    JSON.stringify(await hashAll(JSON.parse(await text(process.stdin))))
  )
}

/**
 * Asks a binary for hashes in a process of its own, which it may crash.
 *
 * @param {string} directory with `prebuilds/PLATFORM-ARCH/*.node`, as argon2 itself has it
 * @returns {Promise<number>} how many hashes were right
 * @throws when one is not, or it ends otherwise
 */
export async function checkBinary (directory) {
  const inputs = [...TYPES.map((type) => ({ ...VECTOR, type })), ...Array.from({ length: RANDOM }, () => randomInput())]
  const [made, readyMade] = await Promise.all([hashesOf(directory, inputs), hashesOf(undefined, inputs)])
  for (const [index, input] of inputs.entries()) {
    const expected = TAGS[index] ?? readyMade[index]
    if (made[index] !== expected || readyMade[index] !== expected) {
      throw new Error(`${directory} hashes wrongly: ` +
      `${JSON.stringify(input)} is ${expected}, not ${made[index]}`)
    }
  }
  return inputs.length
}

/**
 * @param {string | undefined} directory undefined: the ready-made one
 * @param {Input[]} inputs
 * @returns {Promise<string[]>}
 */
async function hashesOf (directory, inputs) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PREBUILDS_ONLY: '1', ...(directory !== undefined && { ARGON2_PREBUILD: directory }) }
  })
  child.stdin.on('error', () => {}).end(JSON.stringify(inputs))
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`${directory ?? 'the ready-made binary'} ended with ${code ?? signal}`)
  return JSON.parse(output)
}

/**
 * @param {Input[]} inputs
 * @returns {Promise<string[]>}
 */
async function hashAll (inputs) {
  /** @type {typeof import('argon2')} */
  const { hash } = createRequire(import.meta.url)('argon2')
  const bytes = (/** @type {string} */ hex = '') => Buffer.from(hex, 'hex')
  const hashes = []
  for (const { password, salt, secret, associatedData, ...rest } of inputs) {
    hashes.push((await hash(bytes(password), {
      ...rest, raw: true, salt: bytes(salt), secret: bytes(secret), associatedData: bytes(associatedData)
    })).toString('hex'))
  }
  return hashes
}

/** @returns {Input} */
function randomInput () {
  const parallelism = randomInt(1, 5)
  return {
    type: TYPES[randomInt(TYPES.length)] ?? 2,
    parallelism,
    password: randomBytes(randomInt(0, 257)).toString('hex'),
    salt: randomBytes(randomInt(8, 49)).toString('hex'),
    memoryCost: randomInt(8 * parallelism, 4096),
    timeCost: randomInt(1, 4),
    hashLength: randomInt(4, 129),
    version: [0x10, 0x13][randomInt(2)] ?? 0x13
  }
}
