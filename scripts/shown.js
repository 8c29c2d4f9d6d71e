// Lines of programs that a document shows: the code that runs stands between two comments, "begin DOCUMENT" and "end DOCUMENT".
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Folders of what is installed and built. */
const MADE = new Set(['node_modules', 'target', 'venv', '__pycache__', 'generated'])

/**
 * @param {string} directory
 * @param {string} document as in the comments
 * @returns {{ file: string, parts: string[] }[]} the files that have such lines; their parts are without their indentation
 */
export function listShown (directory, document) {
  const name = document.replaceAll('.', '\\.')
  const shown = new RegExp(`^.*\\bbegin ${name}\\n([^]*?)^.*\\bend ${name}$`, 'gm')
  return listFiles(directory).map((file) => {
    const parts = [...readFileSync(file, 'utf8').matchAll(shown)].map(([, text = '']) => outdent(text))
    return { file: relative(directory, file), parts }
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
