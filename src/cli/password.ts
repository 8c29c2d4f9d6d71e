import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { OperatorError } from '../parts.ts'

export interface PasswordChoice {
  passwordStdin?: boolean
}

export interface ChosenPassword {
  password: string
  isGenerated: boolean
}

/**
 * Gets a password that stands in no argument list and in no history: from standard input, from a prompt, or made up.
 *
 * @param choice `passwordStdin`: the first line of standard input
 * @throws OperatorError when there is none, or the second time differs from the first
 */
export async function choosePassword ({ passwordStdin = false }: PasswordChoice): Promise<ChosenPassword> {
  if (passwordStdin) return { password: await readLine(), isGenerated: false }
  if (!process.stdin.isTTY) return generate()
  const password = await ask('Password (empty: generate one): ')
  if (password === '') return generate()
  if (await ask('Once more: ') !== password) throw new OperatorError('The two passwords differ.')
  return { password, isGenerated: false }
}

// 24 characters, 144 bits.
function generate (): ChosenPassword {
  return { password: randomBytes(18).toString('base64url'), isGenerated: true }
}

async function readLine (): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  const [line = ''] = Buffer.concat(chunks).toString().split(/\r?\n/, 1)
  if (line === '') throw new OperatorError('There was no password on standard input.')
  return line
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
