/** The result of a command: lines for people, and a value for scripts. */
export interface Result {
  text: string
  value: unknown
  /** Whether it is shown only this once, like a password: then a closed pipe is an error. */
  isShownOnce?: boolean
  /** Whether the command found something wrong: the exit code is 1, though there is a result. */
  isFailure?: boolean
}

/** The exit code that shells report for SIGPIPE: the reader, such as head, has closed the pipe. */
const PIPE_CLOSED = 128 + 13
const NOT_WRITTEN = 'The command succeeded, but its result could not be written to standard output'

/**
 * Runs a command and prints its result. A failure is one sentence on standard error, and exit code 1.
 *
 * @param command resolves to undefined if it has nothing to print
 * @param options `json`: print the value as JSON
 */
export async function run (command: () => Promise<Result | undefined>, { json = false }: { json?: boolean } = {}): Promise<void> {
  try {
    const result = await command()
    if (result === undefined) return
    await print(json ? `${JSON.stringify(result.value)}\n` : `${result.text}\n`, result)
    if (result.isFailure === true) process.exitCode ??= 1
  } catch (error) {
    const { toSentence } = await import('./failure.ts')
    process.stderr.write(`gatepass: ${toSentence(error)}\n`)
    process.exitCode = 1
  }
}

/** @throws when it could not be written, except to a pipe that the reader closed */
function print (text: string, { isShownOnce = false }: Pick<Result, 'isShownOnce'>): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error && !isShownOnce && isPipeClosed(error)) process.exitCode = PIPE_CLOSED
      else if (error) return reject(new Error(`${NOT_WRITTEN} (${error.message}).`, { cause: error }))
      resolve()
    })
  })
}

let outputError: Error | undefined

/** For output beside a result, such as the usage: without listeners, failed output is a stack trace. */
export function ignoreOutputErrors (): void {
  process.stdout.on('error', (error) => { outputError = error })
  process.stderr.on('error', () => {})
}

/** Ends a process that has printed its usage or version; the exit code says whether that could be written. */
export async function exitWith (code: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (outputError !== undefined && !isPipeClosed(outputError)) {
    process.stderr.write(`gatepass: Standard output could not be written (${outputError.message}).\n`)
  }
  process.exitCode = outputError === undefined ? code : isPipeClosed(outputError) ? PIPE_CLOSED : 1
}

function isPipeClosed (error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE'
}

/**
 * Formats rows as columns of text.
 *
 * @param rows of equal length; the first one has the names of the columns
 */
export function table (rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}
