// Documents that show code which is run.
import type { Test } from 'tap'

/**
 * Asserts that the blocks of a document are what its programs mark as shown, one part of a file or several that follow each other.
 *
 * @param shown as `listShown` of scripts/shown.js returns it
 */
export function assertShown (t: Test, blocks: readonly string[], shown: ReadonlyArray<{ file: string, parts: readonly string[] }>): void {
  const known = new Set(shown.flatMap(({ parts }) => listRuns(parts)))
  for (const block of blocks) t.ok(known.has(withoutEmptyLines(block)), block)
  for (const { file, parts } of shown) {
    for (const part of parts) t.ok(blocks.some((block) => withoutEmptyLines(block).includes(withoutEmptyLines(part))), file)
  }
}

function listRuns (parts: readonly string[]): string[] {
  return parts.flatMap((_part, from) => parts.slice(from).map((_next, index) => {
    return withoutEmptyLines(parts.slice(from, from + index + 1).join('\n'))
  }))
}

function withoutEmptyLines (text: string): string {
  return text.trim().replace(/\n\s*\n/g, '\n')
}
