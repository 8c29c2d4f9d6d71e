// An index of all error codes, and a page for each. Its path is the `type` of the problem: /problems/not-found.
import * as catalogue from '../src/errors.ts'
import { toCode, toRow } from './markdown.js'
import { toRelative } from './documents.js'
import { listOperations } from './reference.js'

/**
 * @typedef {object} Problem
 * @property {string} type
 * @property {string} title
 * @property {number} status
 * @property {string} detail
 * @property {string} code
 */

/**
 * @param {string} code
 * @returns {string} path of its page
 */
export function toProblemPage (code) {
  return `problems/${code.replaceAll('_', '-')}/index`
}

/** @returns {Problem[]} each code once, by status */
function listProblems () {
  /** @type {Map<string, Problem>} */
  const problems = new Map()
  for (const exported of Object.values(catalogue)) {
    if (typeof exported !== 'function' || !('code' in exported) || typeof exported.code !== 'string') continue
    if (!problems.has(exported.code)) problems.set(exported.code, catalogue.toProblem(Reflect.construct(exported, [])))
  }
  return [...problems.values()].sort((a, b) => a.status - b.status || a.code.localeCompare(b.code))
}

/**
 * @param {import('./reference.js').OpenApi} openapi
 * @param {import('./pages.js').Write} write
 */
export function writeProblemPages (openapi, write) {
  const problems = listProblems()
  const rows = problems.map(({ code, status, detail }) => {
    return toRow(`[${code}](${toRelative('problems/index', `${toProblemPage(code)}.md`)})`, String(status), detail)
  })
  write('problems/index', [
    '# Error codes',
    'Every error is a problem document (`application/problem+json`, RFC 9457). Its `code` is for programs and does not change; its ' +
      '`detail` is for people. Its `type` is the path of a page here.',
    [toRow('code', 'status', 'detail'), toRow('---', '---', '---'), ...rows].join('\n')
  ].join('\n\n'))
  for (const problem of problems) write(toProblemPage(problem.code), describeProblem(problem, openapi))
}

/**
 * @param {Problem} problem
 * @param {import('./reference.js').OpenApi} openapi
 */
function describeProblem (problem, openapi) {
  const page = toProblemPage(problem.code)
  const operations = listOperations(openapi).filter(({ details }) => {
    return new RegExp(`^\`${problem.code}\`:`, 'm').test(details.responses[problem.status]?.description ?? '')
  })
  const links = operations.map(({ method, path, page: target, details }) => {
    return `- [${toCode(`${method} ${path}`)}](${toRelative(page, `${target}.md`)}#${details.operationId})`
  })
  return [
    `# ${problem.code}`,
    `**${problem.status} ${problem.title}**: ${problem.detail}`,
    `\`\`\`json\n${JSON.stringify(problem, undefined, 2)}\n\`\`\``,
    ...links.length === 0 ? ['Any request can be answered with it.'] : ['## Who responds with it', links.join('\n')],
    `[All error codes](${toRelative(page, 'problems/index.md')})`
  ].join('\n\n')
}
