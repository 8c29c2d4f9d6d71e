// A process with the edge has quick ticks after full garbage collections, too.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const LOADER = new URL('../../../scripts/load-typescript.js', import.meta.url).href
const EDGE = new URL('../../../src/edge/index.ts', import.meta.url).href
/** 5 where V8 has forgotten the shape of a tick, 1 where it has not. */
const LIMIT = 2.5

t.test('full garbage collections do not slow down process.nextTick', async (t) => {
  const quick = await measureTick({ collections: 0 })
  const collected = await measureTick({ collections: 4 })
  t.ok(collected < LIMIT * quick, `${collected} µs a tick, ${quick} µs without the collections`)
})

/** @returns microseconds of CPU, in a new process with the edge; other load of the machine only adds to a sample */
async function measureTick ({ collections }: { collections: number }): Promise<number> {
  const program = `
    import ${JSON.stringify(EDGE)}
    const ticks = (count) => new Promise((resolve) => {
      const next = () => count-- > 0 ? process.nextTick(next) : resolve()
      next()
    })
    await ticks(100)
    for (let count = 0; count < ${collections}; count++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      gc()
    }
    await ticks(100_000)
    let least = Infinity
    for (let round = 0; round < 5; round++) {
      const before = process.cpuUsage()
      await ticks(200_000)
      const { user, system } = process.cpuUsage(before)
      least = Math.min(least, (user + system) / 200_000)
    }
    console.log(least)`
  const { stdout } = await run(process.execPath, ['--expose-gc', '--import', LOADER, '--input-type=module', '--eval', program])
  return Number(stdout)
}
