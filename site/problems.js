// An index of all error codes, and a page for each. Its path is the `type` of the problem: /problems/not-found.
// Not by the door of the folder, which loads the whole service.
import { listErrorCodes } from '../src/http/error-codes.ts'
import { toCode, toRow } from './markdown.js'
import { toRelative } from './documents.js'
import { listOperations } from './reference.js'

/**
 * @param {string} code
 * @returns {string} path of its page
 */
export function toProblemPage (code) {
  return `problems/${toKebab(code)}/index`
}

/** @param {string} code */
function toKebab (code) {
  return code.replaceAll('_', '-')
}

/**
 * @param {import('./reference.js').OpenApi} openapi
 * @param {import('./pages.js').Write} write
 */
export function writeProblemPages (openapi, write) {
  const problems = listErrorCodes().sort((a, b) => a.status - b.status)
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
 * @param {import('../src/http/error-codes.ts').ErrorCode} problem
 * @param {import('./reference.js').OpenApi} openapi
 */
function describeProblem ({ code, status, title, detail, advice }, openapi) {
  const page = toProblemPage(code)
  const operations = listOperations(openapi).filter(({ details }) => {
    return new RegExp(`^\`${code}\`:`, 'm').test(details.responses[status]?.description ?? '')
  })
  const links = operations.map(({ method, path, page: target, details }) => {
    return `- [${toCode(`${method} ${path}`)}](${toRelative(page, `${target}.md`)}#${details.operationId})`
  })
  const example = { type: `/problems/${toKebab(code)}`, title, status, detail, code }
  return [
    `# ${code}`,
    `**${status} ${title}**: ${detail}`,
    ...advice === undefined ? [] : ['## What to do', advice],
    '## The response',
    `\`\`\`json\n${JSON.stringify(example, undefined, 2)}\n\`\`\``,
    '## Who responds with it',
    links.length === 0 ? 'Any request can be answered with it.' : links.join('\n'),
    `[All error codes](${toRelative(page, 'problems/index.md')})`
  ].join('\n\n')
}
