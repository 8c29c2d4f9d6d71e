import { hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/** A key for one purpose, derived from one of SECRET_KEYS. */
export interface DerivedKey {
  /** Identifies the key without revealing anything of it. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Buffer
}

interface DeriveKeysOptions {
  /** SECRET_KEYS, in order. */
  secretKeys: readonly Buffer[]
  /** Keys for different purposes are independent of each other. */
  purpose: string
  /** Separates services that share a secret. Left out for data that must stay readable when the issuer is renamed. */
  issuer?: string
}

interface LoadSecretKeysOptions {
  /** The setting; may be empty. */
  secretKeys: readonly Buffer[]
  /** Contains the file "secret", for when the setting is empty. */
  dataDir: string
  log?: { warn (details: object, sentence: string): void }
}

/** The secrets are missing or damaged, or the keyring was made with others. The message is one sentence for the operator. */
export class SecretKeysError extends Error {}

const SECRET_BYTES = 32
/** Editors add a byte order mark or another line end. */
const SECRET_PATTERN = /^\uFEFF?([A-Za-z0-9+/]{43}=)\r?\n?$/

const REPLACE_ALL = 'replace all keys with "npx gatepass keys rotate --compromised all", which ends every session'

const DERIVATION_VERSION = 'v1'
const KEY_BYTES = 32
const ID_BYTES = 8

/**
 * Loads the secrets: the setting, or else the file in `dataDir`, which is created on the first start.
 *
 * @returns at least one
 * @throws SecretKeysError when the file cannot be read, is damaged, or is another user's
 */
export async function loadSecretKeys ({ secretKeys, dataDir, log }: LoadSecretKeysOptions): Promise<readonly Buffer[]> {
  if (secretKeys.length > 0) return secretKeys
  const path = join(dataDir, 'secret')
  try {
    const text = await readText(path, log) ?? await makeSecret(path, dataDir)
    return [parseSecret(text, path)]
  } catch (error) {
    if (error instanceof SecretKeysError) throw error
    throw new SecretKeysError(`The secret in ${path} cannot be read or made (${toErrorCode(error)}).`, { cause: error })
  }
}

/**
 * Derives keys from secrets with HKDF-SHA256 (RFC 5869). A derived key reveals neither the secret nor a key for another purpose.
 *
 * @returns a key for each secret, in the same order
 */
export function deriveKeys ({ secretKeys, purpose, issuer = '' }: DeriveKeysOptions): readonly DerivedKey[] {
  return secretKeys.map((secret) => {
    const info = `gatepass ${purpose} ${DERIVATION_VERSION} ${issuer}`
    const bytes = Buffer.from(hkdfSync('sha256', secret, '', info, KEY_BYTES + ID_BYTES))
    return { key: bytes.subarray(0, KEY_BYTES), id: bytes.subarray(KEY_BYTES).toString('base64url') }
  })
}

/** @param kid of a key that was made with a secret that is not in SECRET_KEYS */
export function createWrongSecretError (kid: string): SecretKeysError {
  const problem = `SECRET_KEYS (or the file "secret" in DATA_DIR) cannot open the keyring, because key ${kid} was made with another secret`
  return new SecretKeysError(`${problem}: restore that secret, or ${REPLACE_ALL}.`)
}

/** Creates the file atomically: of two processes one wins, and a crash leaves no partial file. */
async function makeSecret (path: string, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    await writeDurably(unfinished, `${randomBytes(SECRET_BYTES).toString('base64')}\n`)
    await link(unfinished, path).catch((error: unknown) => {
      if (toErrorCode(error) !== 'EEXIST') throw error
    })
  } finally {
    await rm(unfinished, { force: true })
  }
  await syncDirectory(directory)
  return await readText(path) ?? ''
}

async function writeDurably (path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory (path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function readText (path: string, log?: LoadSecretKeysOptions['log']): Promise<string | undefined> {
  try {
    const file = await open(path, 'r')
    try {
      await restrictToOwner(file, path, log)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (toErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** A file that was restored from a backup may be readable by others. */
async function restrictToOwner (file: FileHandle, path: string, log?: LoadSecretKeysOptions['log']): Promise<void> {
  const user = process.getuid?.()
  const { uid, mode } = await file.stat()
  if (user === undefined || ((mode & 0o077) === 0 && uid === user)) return
  if (uid !== user) throw new SecretKeysError(`The secret in ${path} belongs to another user: make this user the only one who may read it.`)
  await file.chmod(mode & 0o700)
  log?.warn({ event: 'secret_closed', path }, 'other users of this machine could read the secret; its permissions are restricted now')
}

function parseSecret (text: string, path: string): Buffer {
  const secret = SECRET_PATTERN.exec(text)?.[1]
  if (secret !== undefined) return Buffer.from(secret, 'base64')
  throw new SecretKeysError(`The secret in ${path} is damaged: restore the file, or delete it and ${REPLACE_ALL}.`)
}

function toErrorCode (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
