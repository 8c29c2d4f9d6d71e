// SECRET_KEYS is changed on a running system.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { logIn, refresh, parseTokens } from '../support/client.ts'
import { onPostgres } from '../support/database.ts'
import { freePort } from '../../scripts/free-port.js'
import { runCommand, startService } from '../support/process.ts'
import { createUser } from '../support/users.ts'
import { PASSWORD } from '../support/password.ts'

onPostgres(t, 'the secret is changed on two running instances, one after the other, and nobody is logged out', async (t, database, url) => {
  t.setTimeout(600_000)
  const [older, newer] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  const ports = [String(await freePort()), String(await freePort())]
  const start = (port = '', SECRET_KEYS = '') => startService(t, {
    DATABASE_URL: url, ISSUER: 'http://localhost:3000', PORT: port, SECRET_KEYS
  })
  const services = await Promise.all(ports.map((port) => start(port, older)))
  const alive = new Set(services.map(({ address }) => address))
  await createUser(database, 'ada@example.com')
  let session = await logIn(services[0]?.address ?? '', 'ada@example.com', PASSWORD)
  const idle = await logIn(services[1]?.address ?? '', 'ada@example.com', PASSWORD)
  const { sessionId } = session
  const stop = new AbortController()
  const bad: unknown[] = []
  const client = (async () => {
    for (let turn = 0; !stop.signal.aborted; turn++) {
      const address = [...alive][turn % alive.size] ?? ''
      await database.kysely.updateTable('sessions').set({ rotated_at: new Date(Date.now() - 200_000) }).where('id', '=', sessionId)
        .execute()
      const answer = await refresh(address, session.refreshToken).catch((error: Error) => error)
      if (answer instanceof Error) {
        if (alive.has(address)) bad.push(answer.message)
      } else if (answer.status === 200) session = parseTokens(answer)
      else bad.push([answer.status, answer.body])
      // An instance takes a second to start: each mixture of them is asked many times.
      await sleep(20)
    }
  })()
  for (const secrets of [`${older},${newer}`, `${newer},${older}`]) {
    for (const [index, port] of ports.entries()) {
      const service = services[index]
      alive.delete(service?.address ?? '')
      await service?.stop()
      services[index] = await start(port, secrets)
      alive.add(services[index]?.address ?? '')
    }
  }
  const resealed = await runCommand(t, ['keys', 'reseal'], { DATABASE_URL: url, SECRET_KEYS: `${newer},${older}` }).ended
  t.equal(resealed.code, 0, resealed.stderr)
  stop.abort()
  await client
  t.strictSame(bad, [])
  t.equal(session.sessionId, sessionId)
  t.equal((await refresh(services[0]?.address ?? '', idle.refreshToken)).status, 200, 'an earlier token is still valid')
  for (const service of services) await service.stop()
  const alone = await start(ports[0], newer)
  t.equal((await refresh(alone.address, session.refreshToken)).status, 200, 'the new secret alone is enough for new tokens')
})
