import { createKeyManager } from '../../keys/index.ts'
import { countUnreadableSecrets } from '../../factors/index.ts'
import { createWrongSecretError, loadSecretKeys } from '../../secrets/index.ts'
import { firstOf, type Finding, type DatabaseContext } from './finding.ts'

/** The keyring, as SECRET_KEYS open it. */
export async function checkKeys ({ database, config }: DatabaseContext): Promise<Finding> {
  const secretKeys = await loadSecretKeys({ secretKeys: config.secretKeys, dataDir: config.database.dataDir })
  const { signingAlgorithm: algorithm, keyRotationSeconds: rotationSeconds } = config
  const { keys, rejected, asOf, nextRotationAt } = await createKeyManager({ database, secretKeys, algorithm, rotationSeconds }).list()
  const foreign = rejected.find(({ reason }) => reason === 'unknown_secret')
  const signing = keys.find(({ state }) => state === 'signing')
  const [first] = rejected
  const unreadable = await countUnreadableSecrets(database.kysely, secretKeys)
  return firstOf('keys', [
    [keys.length === 0 && foreign !== undefined, 'fault', createWrongSecretError(foreign?.kid ?? '').message],
    [
      first !== undefined, 'fault',
      `signing_keys has ${rejected.length} row(s) that SECRET_KEYS do not vouch for, such as ${first?.kid} (${first?.reason}): put back ` +
      `a secret that is missing, or find out who wrote to the database and run "npx gatepass keys rotate --compromised ${first?.kid}".`
    ],
    [keys.length === 0, 'ok', 'There are no keys yet: the first start makes them.'],
    [signing === undefined, 'fault', 'No key can sign: run "npx gatepass keys rotate".'],
    [
      unreadable > 0, 'fault',
      `${unreadable} authenticator app(s) were enrolled with a secret that is not in SECRET_KEYS, and their codes are refused: put it back.`
    ],
    [
      nextRotationAt <= asOf, 'warning',
      'A rotation of the keys is due: a running instance does it within seconds. If one is running, its log says why it does not.'
    ]
  ], `Key ${signing?.kid} signs (${signing?.algorithm}); the next rotation is at ${nextRotationAt.toISOString()}.`)
}
