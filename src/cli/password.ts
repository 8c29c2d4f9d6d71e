import { randomBytes } from 'node:crypto'
import { fstatSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { decodeText } from '../decode-text.ts'
import { OperatorError } from '../dependencies.ts'

export interface PasswordChoice {
  passwordStdin?: boolean
}

export interface ChosenPassword {
  password: string
  isGenerated: boolean
}

/** For whoever pipes a password without saying so; a pipe that stays open and empty is as often one that nobody thought of, as in CI. */
const PIPE_WITHIN_MS = 5_000

/**
 * Gets a password that stands in no argument list and in no history: from standard input, from a prompt, or made up.
 * What is piped in is never ignored, whether `passwordStdin` is given or not.
 *
 * @param choice `passwordStdin`: standard input has it, however long that takes
 * @throws OperatorError when there is none, or none that can be meant, or the second time differs from the first
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

/** A password that was read otherwise than it is typed would never fit again. */
function parsePassword (bytes: Buffer): string {
  const text = decodeText(bytes)
  if (text === undefined) throw new OperatorError('What is on standard input is not UTF-8 text: send the password as UTF-8.')
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw new OperatorError('There was no password on standard input.')
  if (/[\r\n]/.test(password)) throw new OperatorError('There is more than one line on standard input: a password is one line.')
  return password
}

async function readAll (): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Nothing where standard input can hold nothing that is meant: it is closed, or a device such as /dev/null. */
async function readPiped (): Promise<Buffer> {
  if (!mayHoldPassword()) return Buffer.alloc(0)
  const onSilence = () => process.stdin.destroy(new OperatorError('Standard input is open, and nothing comes: say --password-stdin to wait for a password, or add "< /dev/null" to have one generated.'))
  const timer = setTimeout(onSilence, PIPE_WITHIN_MS)
  process.stdin.once('readable', () => clearTimeout(timer))
  try {
    return await readAll()
  } finally {
    clearTimeout(timer)
  }
}

function mayHoldPassword (): boolean {
  try {
    const stdin = fstatSync(0)
    return stdin.isFIFO() || stdin.isSocket() || stdin.isFile()
  } catch {
    return false
  }
}

/** Asks on standard error, since standard output is the command's, and shows nothing of what is typed. */
async function ask (question: string): Promise<string> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // Otherwise the question would be left open, and the process with it.
  lines.once('SIGINT', () => process.exit(1))
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
