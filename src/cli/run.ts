/** What a command has to say: as lines for people, as a value for scripts. */
export interface Result {
  text: string
  value: unknown
}

/**
 * Runs a command and prints what it says. What goes wrong is one sentence on standard error, and exit code 1.
 *
 * @param command undefined is nothing to say
 * @param options `json` for scripts
 */
export async function run (command: () => Promise<Result | undefined>, { json = false }: { json?: boolean } = {}): Promise<void> {
  try {
    const result = await command()
    if (result !== undefined) await print(json ? `${JSON.stringify(result.value)}\n` : `${result.text}\n`)
  } catch (error) {
    const { sentenceOf } = await import('./failure.ts')
    process.stderr.write(`gatepass: ${sentenceOf(error)}\n`)
    process.exitCode = 1
  }
}

/** What it says may be a password that is shown this once: whoever does not get it has to know. */
function print (text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.on('error', () => {})
    process.stdout.write(text, (error) => {
      if (error) reject(new Error(`It is done, but what there is to say could not be written to standard output (${error.message}).`, { cause: error }))
      else resolve()
    })
  })
}

/**
 * @param rows of equal length, the first one names the columns
 * @returns columns of text
 */
export function table (rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}
