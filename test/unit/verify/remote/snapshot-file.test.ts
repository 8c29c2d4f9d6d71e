import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { formatSnapshot, readSnapshot, type Snapshot } from '../../../../src/verify/remote/snapshot-file.ts'
import { SnapshotWriter, type SnapshotWriterOptions } from '../../../../src/verify/remote/snapshot-writer.ts'
import { ISSUER, createKeyMaterial } from '../../../support/tokens.ts'
import { createFakeTime } from '../../../support/fake-time.ts'
import { until } from '../../../support/until.ts'

const NOW = 1_800_000_000_000
const options = { issuer: ISSUER }
const EXP = NOW / 1000 + 600

function snapshotOf (changes: Partial<Snapshot> = {}): Snapshot {
  return {
    issuer: ISSUER,
    keys: [createKeyMaterial('ES256').jwk],
    keysAt: NOW - 5000,
    revokedKids: ['old'],
    feedAt: NOW - 1000,
    sessions: [{ sid: randomUUID(), exp: EXP }],
    notBefores: [{ before: EXP - 3600, exp: EXP }, { sub: randomUUID(), before: EXP - 3600, exp: EXP }],
    issuerTime: NOW / 1000,
    ...changes
  }
}

const textOf = (snapshot: Snapshot) => [...formatSnapshot(snapshot)].join('')

t.test('a snapshot that was written is read back', async (t) => {
  const path = join(t.testdir(), 'snapshot')
  for (const snapshot of [
    snapshotOf(), snapshotOf({ feedAt: undefined, issuerTime: undefined, keys: [], sessions: [], notBefores: [], revokedKids: [] })
  ]) {
    writeFileSync(path, textOf(snapshot))
    t.strictSame(readSnapshot(path, options), snapshot)
  }
})

t.test('many entries are written in lines of bounded length', async (t) => {
  const path = join(t.testdir(), 'snapshot')
  const sessions = Array.from({ length: 10_001 }, () => ({ sid: randomUUID(), exp: EXP }))
  const lines = [...formatSnapshot(snapshotOf({ sessions }))]
  t.ok(Math.max(...lines.map(({ length }) => length)) < 256 * 1024)
  writeFileSync(path, lines.join(''))
  t.strictSame(readSnapshot(path, options)?.sessions, sessions)
})

t.test('a missing file gives no snapshot, and an invalid file is refused', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'snapshot')
  t.equal(readSnapshot(path, options), undefined)
  const good = textOf(snapshotOf())
  const table: Array<[string, RegExp, () => void]> = [
    ['an empty file', /damaged/, () => writeFileSync(path, '')],
    ['a line feed', /damaged/, () => writeFileSync(path, '\n')],
    ['noise', /damaged/, () => writeFileSync(path, Buffer.from([0, 255, 10, 128, 10]))],
    ['a truncated file', /damaged/, () => {
      writeFileSync(path, good)
      truncateSync(path, good.length - 1)
    }],
    ['a file with more lines', /damaged/, () => writeFileSync(path, `${good}{}\n`)],
    ['another digit in a session', /damaged/, () => writeFileSync(path, good.replace(/"sid":"./, '"sid":"'))],
    ['another issuer', /another issuer/, () => writeFileSync(path, textOf(snapshotOf({ issuer: 'https://other.example' })))],
    ['another format', /another format/, () => writeFileSync(path, sealed(good.replace('gatepass-edge-1', 'gatepass-edge-2')))],
    ['a key that is none', /no key/, () => writeFileSync(path, sealed(good.replace(/"keys":\[/, '"keys":[null,')))],
    ['a session that is none', /no UUID/, () => writeFileSync(path, sealed(good.replace(/"sid":"./, '"sid":"')))],
    ['a directory', /no file/, () => mkdirSync(path)],
    ['a file that everybody may write to', /others may write to it/, () => {
      writeFileSync(path, good)
      chmodSync(path, 0o602)
    }],
    ['a file that its group may write to', /others may write to it/, () => {
      writeFileSync(path, good)
      chmodSync(path, 0o620)
    }],
    ['a link to a good file', /is a link/, () => {
      writeFileSync(join(dir, 'elsewhere'), good, { mode: 0o600 })
      symlinkSync(join(dir, 'elsewhere'), path)
    }],
    ['a link to nothing', /is a link/, () => symlinkSync(join(dir, 'nowhere'), path)],
    ['a pipe', /no file/, () => execFileSync('mkfifo', ['-m', '600', path])]
  ]
  for (const [name, sentence, make] of table) {
    make()
    t.throws(() => readSnapshot(path, options), sentence, name)
    rmSync(path, { recursive: true })
  }
})

t.test('a folder that others can write to is refused, even without a file, unless it has the sticky bit', async (t) => {
  const dir = join(t.testdir(), 'folder')
  mkdirSync(dir)
  const path = join(dir, 'snapshot')
  const table: Array<[mode: number, isGood: boolean]> = [
    [0o700, true], [0o755, true], [0o775, false], [0o757, false], [0o777, false], [0o1777, true], [0o1775, true]
  ]
  for (const [mode, isGood] of table) {
    chmodSync(dir, mode)
    for (const hasFile of [false, true]) {
      if (hasFile) writeFileSync(path, textOf(snapshotOf()), { mode: 0o600 })
      if (isGood) t.equal(readSnapshot(path, options) !== undefined, hasFile, mode.toString(8))
      else t.throws(() => readSnapshot(path, options), /others may write to its folder/, mode.toString(8))
    }
    rmSync(path)
  }
  symlinkSync(dir, join(t.testdirName, 'link'))
  chmodSync(dir, 0o700)
  writeFileSync(path, textOf(snapshotOf()), { mode: 0o600 })
  t.ok(readSnapshot(join(t.testdirName, 'link', 'snapshot'), options), 'a link on the way is followed')
})

const NOBODY = 65_534

t.test('a file of another user is refused, except of root', {
  skip: process.getuid?.() !== 0 && 'only root can give files away'
}, async (t) => {
  const dir = join(t.testdir(), 'folder')
  mkdirSync(dir, { mode: 0o755 })
  const path = join(dir, 'snapshot')
  writeFileSync(path, textOf(snapshotOf()), { mode: 0o644 })
  chownSync(path, NOBODY, NOBODY)
  t.throws(() => readSnapshot(path, options), /somebody else owns it/)
  chownSync(path, 0, 0)
  chownSync(dir, NOBODY, NOBODY)
  t.throws(() => readSnapshot(path, options), /somebody else owns its folder/)
  chownSync(dir, 0, 0)
  process.seteuid?.(NOBODY)
  try {
    t.ok(readSnapshot(path, options), 'of root, for another user')
  } finally {
    process.seteuid?.(0)
  }
})

/** Replaces the checksum by a correct one. */
function sealed (text: string): string {
  const body = `${text.split('\n').slice(0, -2).join('\n')}\n`
  return `${body}${JSON.stringify({ sha256: createHash('sha256').update(body).digest('hex') })}\n`
}

t.test('damage to any byte is detected', async (t) => {
  const path = join(t.testdir(), 'snapshot')
  const good = Buffer.from(textOf(snapshotOf()))
  fc.assert(fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const bad = Buffer.from(good)
    bad[at] = (bad[at] ?? 0) ^ change
    writeFileSync(path, bad)
    try {
      readSnapshot(path, options)
      return false
    } catch {
      return true
    }
  }))
})

function setUpWriter (dir: string, options: Partial<SnapshotWriterOptions> = {}) {
  const time = createFakeTime(NOW)
  const lines: string[] = []
  const log = {
    info: (_details: object, sentence: string) => lines.push(sentence), warn: (_details: object, sentence: string) => lines.push(sentence)
  }
  const path = join(dir, 'snapshot')
  let taken = 0
  const getSnapshot = () => {
    taken++
    return snapshotOf({ revokedKids: [`take ${taken}`] })
  }
  return { time, lines, path, taken: () => taken, writer: new SnapshotWriter({ path, getSnapshot, time, log, ...options }) }
}

t.test('changes are written together after a quarter of a second, readable by nobody else', async (t) => {
  const dir = t.testdir()
  const { time, path, writer, taken } = setUpWriter(dir)
  for (let change = 0; change < 100; change++) writer.markDirty()
  time.advance(249)
  t.equal(taken(), 0)
  time.advance(1)
  await until(() => readdirSync(dir).includes('snapshot'))
  t.equal(taken(), 1)
  t.strictSame(readSnapshot(path, options)?.revokedKids, ['take 1'])
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.strictSame(readdirSync(dir), ['snapshot'], 'no temporary file is left')
  writer.markDirty()
  await until(() => {
    time.advance(100)
    return readFileSync(path, 'utf8').includes('take 2')
  })
})

t.test('close writes once more, unless nothing ever changed', async (t) => {
  const dir = t.testdir()
  const idle = setUpWriter(dir)
  await idle.writer.close()
  t.strictSame(readdirSync(dir), [])
  const { time, path, writer, taken } = setUpWriter(dir)
  writer.markDirty()
  await writer.close()
  t.strictSame(readSnapshot(path, options)?.revokedKids, ['take 1'])
  writer.markDirty()
  time.advance(10_000)
  t.equal(taken(), 1, 'and not again')
  t.equal(time.timers, 0)
})

t.test('a failed write is logged once, and retried with the next change', async (t) => {
  const dir = join(t.testdir(), 'missing')
  const { time, path, lines, taken, writer } = setUpWriter(dir)
  for (let round = 1; round <= 2; round++) {
    writer.markDirty()
    await until(() => {
      time.advance(100)
      return taken() === round
    })
    await until(() => lines.length === 1)
  }
  mkdirSync(dir)
  writer.markDirty()
  await until(() => {
    time.advance(100)
    return lines.length === 2
  })
  t.match(lines, [/cannot be written/, /can be written again/])
  t.ok(readSnapshot(path, options))
})

t.test('a link at the temporary path is not written to', async (t) => {
  const dir = t.testdir({ victim: 'precious' })
  const { path, writer } = setUpWriter(dir)
  for (let serial = 0; serial < 50; serial++) symlinkSync(join(dir, 'victim'), `${path}.${process.pid}.0.${serial}.tmp`)
  writer.markDirty()
  await writer.close()
  t.ok(readSnapshot(path, options))
  t.equal(readFileSync(join(dir, 'victim'), 'utf8'), 'precious')
})
