// The lines that docs/verifying.md shows: the code that runs stands between two comments.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const MADE = new Set(['node_modules', 'target', 'venv', '__pycache__'])
const SHOWN = /^.*\bbegin docs\/verifying\.md\n([^]*?)^.*\bend docs\/verifying\.md$/gm

/** @returns {{ file: string, parts: string[] }[]} the files that have such lines; their parts are without their indentation */
export function listShown () {
  return listFiles(HERE).filter((file) => file !== fileURLToPath(import.meta.url)).map((file) => {
    const parts = [...readFileSync(file, 'utf8').matchAll(SHOWN)].map(([, text = '']) => outdent(text))
    return { file: file.slice(HERE.length), parts }
  }).filter(({ parts }) => parts.length > 0)
}

/**
 * @param {string} directory
 * @returns {string[]}
 */
function listFiles (directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (MADE.has(entry.name)) return []
    return entry.isDirectory() ? listFiles(join(directory, entry.name)) : [join(directory, entry.name)]
  })
}

/** @param {string} text */
function outdent (text) {
  const lines = text.split('\n')
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^\s*/.exec(line)?.[0].length ?? 0)
  return lines.map((line) => line.slice(Math.min(...indents))).join('\n').trim()
}
