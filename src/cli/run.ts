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
    if (result !== undefined) process.stdout.write(json ? `${JSON.stringify(result.value)}\n` : `${result.text}\n`)
  } catch (error) {
    const { sentenceOf } = await import('./failure.ts')
    process.stderr.write(`gatepass: ${sentenceOf(error)}\n`)
    process.exitCode = 1
  }
}

/**
 * @param rows of equal length, the first one names the columns
 * @returns columns of text
 */
export function table (rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}
