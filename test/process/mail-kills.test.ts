// DESIGN-IDENTITY 7, line 8: the sender is killed at every stage of an attempt, and no mail is lost.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { build } from 'esbuild'
import t from 'tap'
import { onPostgres } from '../support/database.ts'
import { addMail, createSender, makeDue, readMails, smtpTransport } from '../support/sender.ts'
import { startMailServer } from '../support/smtp.ts'

t.setTimeout(600_000)

const KILLS = 100
const MAILS_PER_LIFE = 3
/** Of two connections: the first of each of connect, mail, rcpt and message, and of the mails that follow. */
const STAGES = 13

/** One file without what it does not use, because it is started often. */
async function bundleWorker (directory: string): Promise<string> {
  const outfile = join(directory, 'worker.mjs')
  await build({
    entryPoints: ['test/support/mail-worker.ts'],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    banner: { js: "import { createRequire } from 'node:module'\nvar require = createRequire(import.meta.url)" },
    external: ['pg-native', 'argon2', '@electric-sql/pglite'],
    logLevel: 'error',
    plugins: [{
      name: 'without-side-effects',
      setup: (plugin) => plugin.onResolve({ filter: /./ }, async ({ path, pluginData, kind, ...args }) => {
        if (pluginData === 'resolved' || kind === 'entry-point') return undefined
        return { ...await plugin.resolve(path, { ...args, kind, pluginData: 'resolved' }), sideEffects: false }
      })
    }]
  })
  return outfile
}

onPostgres(t, 'a sender that is killed a hundred times loses no mail, and sends few twice', async (t, database, url) => {
  const worker = await bundleWorker(t.testdir())
  const server = await startMailServer(t)
  let child: ChildProcess | undefined
  let left = Infinity
  server.onStage = () => { if (--left === 0) child?.kill('SIGKILL') }
  for (let life = 0; life < KILLS; life++) {
    for (let mail = 0; mail < MAILS_PER_LIFE; mail++) await addMail(database, `user${life}-${mail}@example.com`)
    // Those that the last one has leased.
    await makeDue(database)
    left = 1 + life % STAGES
    child = spawn(process.execPath, [worker, url, String(server.port)], { stdio: 'inherit' })
    const [code, signal] = await once(child, 'exit')
    if (signal !== 'SIGKILL') throw new Error(`the worker has ended by itself, with ${code}`)
  }
  left = Infinity
  const { sender } = createSender(t, database, { transport: await smtpTransport(server.port) })
  await makeDue(database)
  await sender.sendDue()

  const mails = await readMails(database)
  t.equal(mails.length, KILLS * MAILS_PER_LIFE)
  t.strictSame(mails.filter(({ state }) => state !== 'sent'), [], 'none is lost')
  const deliveries = new Map<string, number>()
  for (const { to } of server.received) deliveries.set(to, (deliveries.get(to) ?? 0) + 1)
  t.strictSame(mails.filter(({ address }) => !deliveries.has(String(address))), [], 'each was delivered')
  const twice = server.received.length - deliveries.size
  t.comment(`${server.received.length} deliveries of ${mails.length} mails: ${twice} twice, after ${KILLS} kills`)
  // Of two attempts at once.
  t.ok(twice > 0 && twice <= KILLS * 2, `${twice} more than once`)
})
