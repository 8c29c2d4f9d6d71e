import { readFile } from 'node:fs/promises'
import t from 'tap'
import { typesOfDocument } from '../../../scripts/client-types.js'

t.test('the types that are committed are those of the document', async (t) => {
  t.equal(await readFile('client/api.ts', 'utf8'), await typesOfDocument(), 'run "npm run openapi" after a change of routes')
})
