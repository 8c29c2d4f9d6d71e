// Reads a Dockerfile: its stages, and what of the build's context gets past .dockerignore.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../scripts/run.js'

/**
 * @typedef {object} Stage
 * @property {string} base such as node:24-slim
 * @property {string | undefined} name
 * @property {{ word: string, rest: string }[]} instructions
 */

/** @returns {Stage[]} */
export function readDockerfile () {
  /** @type {Stage[]} */
  const stages = []
  for (const line of readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n')) {
    const [, word = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    if (word === 'FROM') {
      const [base = '', , name] = rest.split(' ')
      stages.push({ base, name, instructions: [] })
    } else if (word !== '') stages.at(-1)?.instructions.push({ word, rest })
  }
  return stages
}

/**
 * @param {Stage | undefined} stage
 * @param {string} word
 * @returns {string[]} what follows this word, for each of its lines
 */
export function findValues (stage, word) {
  return (stage?.instructions ?? []).filter((instruction) => instruction.word === word).map(({ rest }) => rest)
}

/**
 * @param {Stage | undefined} stage
 * @returns {string[]} the program that says whether the service is healthy, with its parameters
 */
export function findHealthCheck (stage) {
  const [value = ''] = findValues(stage, 'HEALTHCHECK')
  return JSON.parse(value.slice(value.indexOf('CMD ') + 'CMD '.length))
}

/** @returns {string[]} lines of .dockerignore, comments left out */
export function readDockerignore () {
  return readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}
