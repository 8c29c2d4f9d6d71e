// The pages about frameworks show the files of the examples, which other tests run.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

/** What a page need not show. */
const NOT_SHOWN = /^(package\.json|tsconfig\.json|next-env\.d\.ts|app\/layout\.tsx|app\/page\.tsx)$/

for (const [page, example] of [['react', 'react'], ['nestjs', 'nest'], ['nextjs', 'next']] as const) {
  t.test(`docs/frameworks/${page}.md shows examples/${example}, and nothing else`, async (t) => {
    const text = readFileSync(`docs/frameworks/${page}.md`, 'utf8')
    const shown = [...text.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([^]*?)^```$/gm)].map(([, file = '', code]) => ({ file, code }))
    t.ok(shown.length >= 3)
    for (const { file, code } of shown) t.equal(code, readFileSync(`examples/${example}/${file}`, 'utf8'), file)
    t.strictSame(shown.map(({ file }) => file).sort(), listFiles(`examples/${example}`).filter((file) => !NOT_SHOWN.test(file)).sort())
  })
}

function listFiles (folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'))
  return paths.filter((path) => /\.\w+$/.test(path) && existsSync(`${folder}/${path}`) && !/(^|\/)(node_modules|dist|\.next)\//.test(path))
}
