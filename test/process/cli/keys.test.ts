// The keyring from the command line, beside a running service, and where the service cannot start.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createKeyring } from '../../../src/keys/keyring.ts'
import { insertForged, makeForgedKey } from '../../unit/keys/attacker.ts'
import { onPostgres } from '../../support/database.ts'
import { freePort } from '../../../scripts/free-port.js'
import { createCommandRunner, postgresSettings, startService } from '../../support/process.ts'
import { until } from '../../support/until.ts'
import { SILENT } from '../../support/silent-log.ts'

interface KeyBody {
  kid: string
  state: string
}

onPostgres(t, 'keys are listed and rotated beside a service, which is notified', async (t, database, url) => {
  const settings = postgresSettings(url)
  const gatepass = createCommandRunner(t, settings)
  const keyring = await createKeyring({
    database, secretKeys: [Buffer.from(settings.SECRET_KEYS ?? '', 'base64')], algorithm: 'ES256', log: SILENT
  })
  t.teardown(() => keyring.close())
  const listed = await gatepass('keys list')
  t.match(listed, {
    code: 0,
    stderr: '',
    stdout:
      /^KID +ALG +STATE +PUBLISHED .*\n[0-9a-f]{16} +ES256 +standby .*\n[0-9a-f]{16} +ES256 +signing .*\nThe next rotation is prepared at .*Z\.\n$/
  })

  const rotated = JSON.parse((await gatepass('keys rotate --json')).stdout)
  t.match(rotated.keys, [{ state: 'standby', signs_from: null }, { state: 'standby', signs_from: String }, { state: 'signing' }])
  await until(() => keyring.publishedKeys().jwks.keys.length === 3)
  const stolen = rotated.keys[2].kid
  const { keys } = JSON.parse((await gatepass(`keys rotate --compromised ${stolen} --json`)).stdout)
  t.equal(keys.find(({ kid }: KeyBody) => kid === stolen).state, 'revoked')
  const findKid = (list: KeyBody[], wanted: string) => list.findLast(({ state }) => state === wanted)?.kid
  t.notOk(rotated.keys.some(({ kid }: KeyBody) => kid === findKid(keys, 'signing')), 'a key that was made for it signs')
  t.match(await gatepass('keys rotate --use-standby'), { code: 1, stderr: 'gatepass: --use-standby goes with --compromised.\n' })
  await until(() => keyring.publishedKeys().revoked.includes(stolen))
  t.strictSame(await gatepass('keys rotate --compromised 0123456789abcdef'), {
    code: 1, stdout: '', stderr: 'gatepass: There is no such key.\n'
  })
  const events = await database.kysely.selectFrom('audit_events').select([
    'type', 'actor_id', 'user_agent'
  ]).where('type', '=', 'key_revoked').execute()
  t.strictSame(events, [{ type: 'key_revoked', actor_id: null, user_agent: 'gatepass command line' }])
})

onPostgres(t, 'private keys are encrypted anew, and a service without the secret does not start', async (t, database, url) => {
  const [older, newer] = [randomBytes(32), randomBytes(32)]
  const keyring = await createKeyring({ database, secretKeys: [older], algorithm: 'ES256', log: SILENT })
  await keyring.close()
  const commands = (...secrets: Buffer[]) => createCommandRunner(t, {
    DATABASE_URL: url, SECRET_KEYS: secrets.map((secret) => secret.toString('base64')).join(), LOG_LEVEL: 'fatal'
  })
  const lost = /^gatepass: SECRET_KEYS [^\n]+ cannot open the keyring[^\n]+\.\n$/
  t.match(await commands(newer)('serve'), { code: 1, stdout: '', stderr: lost })
  t.match(await commands(newer)('keys reseal'), { code: 1, stdout: '', stderr: lost })
  const stdout = 'Encrypted 2 keys and 0 TOTP secrets under the first of SECRET_KEYS.\n'
  t.match(await commands(newer, older)('keys reseal'), { code: 0, stdout })
  t.match(await commands(newer, older)('keys reseal --json'), { code: 0, stdout: '{"resealed":0,"totp":0,"unreadable":0}\n' })
  t.match(await commands(older)('serve'), { code: 1, stdout: '', stderr: lost })
})

onPostgres(t, 'a forged row is listed with advice, and following it removes the row', async (t, database, url) => {
  const settings = postgresSettings(url)
  const gatepass = createCommandRunner(t, settings)
  const keyring = await createKeyring({
    database, secretKeys: [Buffer.from(settings.SECRET_KEYS ?? '', 'base64')], algorithm: 'ES256', log: SILENT
  })
  await keyring.close()
  const forged = await makeForgedKey()
  await insertForged(database, forged)
  const { code, stdout } = await gatepass('keys list')
  t.equal(code, 0)
  t.match(stdout, new RegExp(`\\n1 row of signing_keys is not bound to SECRET_KEYS and not trusted:\\n {2}${forged.kid} {2}wrong_mac\\n`))
  const [, advice = ''] = /"npx gatepass ([^"]+)"/.exec(stdout) ?? []
  t.equal(advice, `keys rotate --compromised ${forged.kid}`)
  const { keys, rejected } = JSON.parse((await gatepass(`${advice} --json`)).stdout)
  t.strictSame(rejected, [])
  t.equal(keys.find(({ kid }: KeyBody) => kid === forged.kid).state, 'revoked')
})

t.test('for a lost secret of the embedded database, the advice works', async (t) => {
  const DATA_DIR = t.testdir()
  // Another port means another issuer; the keyring is still readable.
  const first = await startService(t, { DATA_DIR })
  await first.stop()
  const second = await startService(t, { DATA_DIR, PORT: String(await freePort()) })
  await second.stop()

  const gatepass = createCommandRunner(t, { DATA_DIR, LOG_LEVEL: 'fatal' })
  await writeFile(join(DATA_DIR, 'secret'), 'not a secret')
  t.match(await gatepass('serve'), { code: 1, stdout: '', stderr: /^gatepass: The secret in [^\n]+ is damaged: [^\n]+\.\n$/ })
  await writeFile(join(DATA_DIR, 'secret'), randomBytes(32).toString('base64'))
  const { code, stderr } = await gatepass('serve')
  t.equal(code, 1)
  const [, advice = ''] = /"npx gatepass ([^"]+)"/.exec(stderr) ?? []
  t.equal(advice, 'keys rotate --compromised all')
  t.match(await gatepass(advice), { code: 0 })
  await (await startService(t, { DATA_DIR })).stop()
})
