/** What a command has to say: as lines for people, as a value for scripts. */
export interface Result {
  text: string
  value: unknown
  /** Whether it is shown this once, as a password is: whoever does not get it has to know. */
  isShownOnce?: boolean
}

/** As a shell has it for a program that SIGPIPE ends: whoever reads, such as head, has had enough. */
const ENOUGH = 128 + 13

/**
 * Runs a command and prints what it says. What goes wrong is one sentence on standard error, and exit code 1.
 *
 * @param command undefined is nothing to say
 * @param options `json` for scripts
 */
export async function run (command: () => Promise<Result | undefined>, { json = false }: { json?: boolean } = {}): Promise<void> {
  try {
    const result = await command()
    if (result !== undefined) await print(json ? `${JSON.stringify(result.value)}\n` : `${result.text}\n`, result)
  } catch (error) {
    const { sentenceOf } = await import('./failure.ts')
    process.stderr.write(`gatepass: ${sentenceOf(error)}\n`)
    process.exitCode = 1
  }
}

/** @throws when it could not be written, unless nobody wanted it */
function print (text: string, { isShownOnce = false }: Pick<Result, 'isShownOnce'>): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error && !isShownOnce && isPipeClosed(error)) process.exitCode = ENOUGH
      else if (error) return reject(new Error(`It is done, but what there is to say could not be written to standard output (${error.message}).`, { cause: error }))
      resolve()
    })
  })
}

let lostOutput: Error | undefined

/** For what is written on the side, such as a usage: without listeners, output that is lost is a stack trace. */
export function ignoreLostOutput (): void {
  process.stdout.on('error', (error) => { lostOutput = error })
  process.stderr.on('error', () => {})
}

/** Ends a process that has printed a usage or its version, with another exit code where that was lost. */
export async function endWith (code: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (lostOutput !== undefined && !isPipeClosed(lostOutput)) process.stderr.write(`gatepass: Standard output cannot be written to (${lostOutput.message}).\n`)
  process.exitCode = lostOutput === undefined ? code : isPipeClosed(lostOutput) ? ENOUGH : 1
}

function isPipeClosed (error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE'
}

/**
 * @param rows of equal length, the first one names the columns
 * @returns columns of text
 */
export function table (rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}
