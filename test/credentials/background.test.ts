import { execFileSync } from 'node:child_process'
import { getPriority } from 'node:os'
import t from 'tap'

const isLinux = process.platform === 'linux'

// In a process of its own: niceness cannot be taken back.
const HASHING = `
  import { readdirSync } from 'node:fs'
  import { getPriority } from 'node:os'
  import { createPasswordHasher } from './dist/credentials/index.js'
  const hasher = createPasswordHasher({ memoryKib: 19456, passes: 2, parallelism: 1, concurrency: 2 })
  for (let count = 0; count < 20; count++) await Promise.all([hasher.hash('a password'), hasher.hash('another one')])
  console.log(JSON.stringify(readdirSync('/proc/self/task').map((thread) => ({ isMain: Number(thread) === process.pid, niceness: getPriority(Number(thread)) }))))
`

t.test('threads that hash step back for the one that serves', { skip: isLinux ? false : 'there is no niceness of threads' }, async (t) => {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', HASHING], { encoding: 'utf8' })
  const threads: Array<{ isMain: boolean, niceness: number }> = JSON.parse(output)
  const own = getPriority()
  t.same(threads.filter(({ isMain }) => isMain).map(({ niceness }) => niceness), [own])
  const lowered = threads.filter(({ niceness }) => niceness > own)
  t.ok(lowered.length >= 1 && lowered.length <= 4, `${lowered.length} of ${threads.length}`)
})
