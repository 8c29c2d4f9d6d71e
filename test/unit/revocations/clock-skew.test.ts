import t from 'tap'
import { eachDatabase } from '../../support/database.ts'
import { until } from '../../support/until.ts'
import { createRecordingLog, subscribe } from './synced-instance.ts'

eachDatabase(t, 'a clock that was set is noticed at the next sync, and logged once each time', async (t, database) => {
  let aheadMs = 0
  const log = createRecordingLog()
  const revocations = await subscribe(t, database, { log, intervalMs: 20, clock: () => Date.now() + aheadMs })
  const logged = () => log.lines.filter((line) => line.includes('clock'))
  t.match(revocations.clockSkew, { side: 'none' })
  t.ok(Math.abs(revocations.clockSkew.seconds ?? Infinity) < 1)
  t.strictSame(logged(), [])
  aheadMs = -60_000
  await until(() => revocations.clockSkew.side === 'behind')
  t.ok(Math.abs((revocations.clockSkew.seconds ?? 0) + 60) < 1)
  const asOf = revocations.asOf
  await until(() => Number(revocations.asOf) > Number(asOf) + 200)
  t.equal(logged().length, 1)
  aheadMs = 0
  await until(() => revocations.clockSkew.side === 'none')
  t.match(logged(), [/does not agree/, /agrees .* again/])
  aheadMs = 400_000
  await until(() => revocations.clockSkew.side === 'ahead')
  t.equal(logged().length, 3)
})
