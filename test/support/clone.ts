// A copy of the project, in which the commands of the documents are run.
import { cp, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { QUICK } from './process.ts'

const PATHS = [
  'src', 'client', 'scripts', 'migrations', 'dist', 'test/support',
  'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'tsconfig.client.json', 'eslint.config.js'
]

// curl prints its status on standard error.
const CURLRC = 'write-out = "%{stderr}%{http_code}"\n'

/** A built clone; Node.js finds its packages in a parent directory. */
export async function clone (t: Test): Promise<{ directory: string, env: Record<string, string | undefined> }> {
  const directory = t.testdir({ home: { '.curlrc': CURLRC } })
  for (const path of PATHS) await cp(path, join(directory, path), { recursive: true, preserveTimestamps: true })
  // Copied folders are new: without this the first command would compile everything once more.
  const now = new Date()
  await utimes(join(directory, 'dist/.built'), now, now)
  const home = join(directory, 'home')
  return { directory, env: { PATH: process.env.PATH, HOME: home, CURL_HOME: home, ...QUICK } }
}
