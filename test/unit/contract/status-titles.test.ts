import { STATUS_CODES } from 'node:http'
import t from 'tap'
import { STATUS_TITLES } from '../../../src/contract/index.ts'

t.test('titles are those of Node, but for two that RFC 9110 has renamed', async (t) => {
  const ofErrors = Object.fromEntries(Object.entries(STATUS_CODES).filter(([status]) => Number(status) >= 400))
  t.strictSame({ ...STATUS_TITLES }, { ...ofErrors, 413: 'Content Too Large', 422: 'Unprocessable Content' })
})
