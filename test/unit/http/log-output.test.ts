// F28
import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs'
import t, { type Test } from 'tap'
import { LogOutput } from '../../../src/http/log-output.ts'
import { isInTime } from '../../support/patience.ts'
import { until } from '../../support/until.ts'

const full = { skip: !existsSync('/dev/full') && 'there is no /dev/full on this machine' }

/** A pipe and its contents. */
function createPipe (t: Test) {
  const path = `${t.testdir()}/pipe`
  execFileSync('mkfifo', [path])
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  t.teardown(() => closeSync(fd))
  const buffer = Buffer.alloc(1 << 20)
  const pieces: Buffer[] = []
  return {
    fd,
    /** All that has been read so far. */
    read (): string {
      try {
        const count = readSync(fd, buffer)
        pieces.push(Buffer.from(buffer.subarray(0, count)))
      } catch {
        // It is empty.
      }
      return Buffer.concat(pieces).toString()
    }
  }
}

const lines = (from: number, to: number) => Array.from(
  { length: to - from }, (_, index) => `${JSON.stringify({ line: from + index, pad: 'ä'.repeat(500) })}\n`
)

t.test('a slow reader gets every line, complete and in order', async (t) => {
  const { fd, read } = createPipe(t)
  const output = new LogOutput(fd, { retryMs: 1 })
  const written = lines(0, 500)
  for (const line of written) output.write(line)
  await until(() => read().length === written.join('').length)
  t.equal(read(), written.join(''))
  t.equal(output.dropped, 0)
})

t.test('F28: without a reader, a bounded number of lines waits, and the log later says how many were dropped', async (t) => {
  const { fd, read } = createPipe(t)
  const output = new LogOutput(fd, { retryMs: 1, maxWaiting: 10_000 })
  for (const line of lines(0, 1000)) {
    output.write(line)
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.ok(output.dropped > 700 && output.dropped < 1000, `${output.dropped} were dropped`)
  await until(() => read().includes('log_lines_dropped'))
  output.write('{"line":1000}\n')
  await until(() => read().includes('"line":1000'))
  const entries = read().trimEnd().split('\n').map((line) => JSON.parse(line))
  const numbers = entries.flatMap(({ line }) => line ?? [])
  t.strictSame(numbers, [...numbers].sort((a, b) => a - b), 'the lines that are left are complete and in order')
  t.equal(numbers.length, 1001 - output.dropped)
  const reports = entries.filter(({ dropped }) => dropped !== undefined)
  t.equal(reports.reduce((sum, { dropped }) => sum + dropped, 0), output.dropped)
  t.match(reports[0], { level: 40, event: 'log_lines_dropped', time: Number, msg: String })
})

t.test('a full disk costs lines, and nothing else', full, async (t) => {
  const fd = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(fd))
  const output = new LogOutput(fd, { retryMs: 1, maxWaiting: 10_000 })
  for (const line of lines(0, 100)) output.write(line)
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.ok(output.dropped > 50)
  const startedAt = performance.now()
  output.flushSync()
  t.ok(isInTime(performance.now() - startedAt, 2_000), 'the exit of the process is not delayed')
})

t.test('waiting lines are written when the process exits', async (t) => {
  const { fd, read } = createPipe(t)
  const output = new LogOutput(fd, { retryMs: 60_000 })
  const [first = '', ...rest] = lines(0, 100)
  output.write(first)
  await until(() => read() === first)
  for (const line of rest.slice(0, 20)) output.write(line)
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (const line of rest.slice(20, 60)) output.write(line)
  output.flushSync()
  await new Promise((resolve) => setTimeout(resolve, 20))
  const text = read()
  t.strictSame(new Set(text.trimEnd().split('\n').map((line) => JSON.parse(line).line)), new Set(Array(61).keys()))
})
