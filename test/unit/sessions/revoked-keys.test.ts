// A signing key that another instance has revoked a moment ago.
import t from 'tap'
import { DatabaseUnavailableError } from '../../../src/database/failures.ts'
import { createAuthenticationApp } from '../../support/authentication-app.ts'
import { eachDatabase } from '../../support/database.ts'
import { logIn, refresh, refreshTokens } from '../../support/inject.ts'
import { decodeHeader } from '../../support/tokens.ts'
import { createUser } from '../../support/users.ts'
import { accepts, ADMIN, ageKeys, openKeyring, withoutNotifications } from '../keys/keyrings.ts'

const EMAIL = 'ada@example.com'
/** An instance reads the keyring about twice in this time, and when it is notified. */
const NEVER = { propagationMs: 1_000_000 }

eachDatabase(t, 'KY7: after a revocation, an instance that is not notified signs nothing with the revoked key', async (t, database) => {
  const one = await openKeyring(t, database, { timing: { propagationMs: 200 } })
  const keyring = await openKeyring(t, withoutNotifications(database), { timing: NEVER })
  const app = await createAuthenticationApp(t, database, { keyring })
  await createUser(database, EMAIL)
  const { refreshToken } = await logIn(app, EMAIL)
  const begin = [() => refreshTokens(app, refreshToken), () => logIn(app, EMAIL)]
  for (const [index, compromised] of ['signing', 'all', 'signing', 'all'].entries()) {
    await ageKeys(database, 60)
    const before = await logIn(app, EMAIL)
    const { kid } = decodeHeader(before.accessToken)
    await one.rotate({ compromised: compromised === 'all' ? compromised : kid }, ADMIN)
    const after = await begin[index >> 1]?.()
    t.not(decodeHeader(after?.accessToken ?? '').kid, kid)
    t.equal(accepts(one.publishedKeys(), after?.accessToken ?? ''), true)
    t.equal(accepts(one.publishedKeys(), before.accessToken), false)
  }
})

eachDatabase(t, 'KY7: if the keyring cannot be read after a revocation, a refresh is a 503, and a retry succeeds', async (t, database) => {
  const one = await openKeyring(t, database, { timing: { propagationMs: 200 } })
  const keyring = await openKeyring(t, withoutNotifications(database), { timing: NEVER })
  const app = await createAuthenticationApp(t, database, { keyring })
  await createUser(database, EMAIL)
  const { refreshToken } = await logIn(app, EMAIL)
  await one.rotate({ compromised: 'all' }, ADMIN)
  const { awaitRevocations } = keyring
  keyring.awaitRevocations = async () => { throw new DatabaseUnavailableError('away') }
  t.equal((await refresh(app, refreshToken)).statusCode, 503)
  keyring.awaitRevocations = awaitRevocations
  t.equal(accepts(one.publishedKeys(), (await refreshTokens(app, refreshToken)).accessToken), true)
})
