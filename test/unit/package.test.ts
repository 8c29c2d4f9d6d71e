import { relative, resolve } from 'node:path'
import t from 'tap'
import { commandLineName } from '../../src/package.ts'

t.test('commands are those of the package, or of a program of somebody else', async (t) => {
  t.equal(commandLineName(resolve('dist/cli/main.js')), 'npx gatepass')
  t.equal(commandLineName(''), 'npx gatepass')
  const theirs = '/srv/my-api/dist/src/main.js'
  t.equal(commandLineName(theirs), `node ${relative(process.cwd(), theirs)}`)
})
