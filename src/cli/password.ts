import { randomBytes } from 'node:crypto'
import { fstatSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { decodeText } from '../config/index.ts'
import { OperatorError } from '../dependencies.ts'

export interface PasswordChoice {
  passwordStdin?: boolean
}

interface ChosenPassword {
  password: string
  isGenerated: boolean
}

/** For a password piped without --password-stdin. A pipe that stays open and empty is usually an accident, as in CI. */
const PIPE_TIMEOUT_MS = 5_000
const NO_INPUT = 'Standard input is open but empty: add --password-stdin to wait for a password, or "< /dev/null" to generate one.'

/**
 * Gets a password that is in no argument list and no shell history: from standard input, from a prompt, or generated. Piped input is never
 * ignored, with or without `passwordStdin`.
 *
 * @param choice `passwordStdin`: wait for standard input without a limit
 * @throws OperatorError for input that is no password, and for two entries that differ
 */
export async function choosePassword ({ passwordStdin = false }: PasswordChoice): Promise<ChosenPassword> {
  if (!passwordStdin && process.stdin.isTTY) return prompt()
  const bytes = passwordStdin ? await readAll() : await readPiped()
  if (!passwordStdin && bytes.length === 0) return generate()
  return { password: parsePassword(bytes), isGenerated: false }
}

async function prompt (): Promise<ChosenPassword> {
  const password = await ask('Password (empty: generate one): ')
  if (password === '') return generate()
  if (await ask('Once more: ') !== password) throw new OperatorError('The two passwords differ.')
  return { password, isGenerated: false }
}

// 24 characters, 144 bits.
function generate (): ChosenPassword {
  return { password: randomBytes(18).toString('base64url'), isGenerated: true }
}

/** A wrongly decoded password could never be typed again. */
function parsePassword (bytes: Buffer): string {
  const text = decodeText(bytes)
  if (text === undefined) throw new OperatorError('Standard input is not UTF-8 text: send the password as UTF-8.')
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw new OperatorError('There is no password on standard input.')
  if (/[\r\n]/.test(password)) throw new OperatorError('Standard input has more than one line: a password is one line.')
  return password
}

async function readAll (): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Empty where standard input cannot hold a password: it is closed, or a device such as /dev/null. */
async function readPiped (): Promise<Buffer> {
  if (!canHoldPassword()) return Buffer.alloc(0)
  const timer = setTimeout(() => process.stdin.destroy(new OperatorError(NO_INPUT)), PIPE_TIMEOUT_MS)
  process.stdin.once('readable', () => clearTimeout(timer))
  try {
    return await readAll()
  } finally {
    clearTimeout(timer)
  }
}

function canHoldPassword (): boolean {
  try {
    const stdin = fstatSync(0)
    return stdin.isFIFO() || stdin.isSocket() || stdin.isFile()
  } catch {
    return false
  }
}

/** Prompts on standard error, since standard output is for the result, and does not echo. */
async function ask (question: string): Promise<string> {
  process.stderr.write(question)
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: sink, terminal: true })
  // Otherwise the question, and the process, would stay open.
  lines.once('SIGINT', () => process.exit(1))
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
