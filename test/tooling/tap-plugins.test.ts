import t from 'tap'

t.test('a test file loads no compiler, in a fresh clone either', async (t) => {
  t.strictSame(process.execArgv.filter((parameter) => parameter.includes('@tapjs/typescript')), [])
})
