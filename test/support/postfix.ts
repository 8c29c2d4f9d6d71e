// A Postfix of Debian's on a free port, with files of its own. It has to be started by root: it delivers as other users.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'

/** Why there is none, as a reason to skip a test; false where there is one. */
export const withoutPostfix = spawnSync('/usr/sbin/postconf', ['-d', 'mail_version']).error !== undefined
  ? 'there is no Postfix on this machine: install Debian\'s package "postfix"'
  : process.getuid?.() === 0 ? false : 'Postfix has to be started by root'

/** Mails are delivered as this user. */
const NOBODY = 65_534

const SERVICES = `
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`

export interface Postfix {
  port: number
  /** The mails in the mailbox of ada@example.com, as they lie there. */
  readMailbox (): string[]
}

/** @param t stops it */
export async function startPostfix (t: Test): Promise<Postfix> {
  const root = mkdtempSync(join(tmpdir(), 'gatepass-postfix-'))
  const path = (name: string) => join(root, name)
  const port = await freePort()
  const owner = Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' }))
  chmodSync(root, 0o755)
  for (const name of ['etc', 'spool', 'data', 'mail', 'log']) mkdirSync(path(name))
  chownSync(path('data'), owner, owner)
  chownSync(path('mail'), NOBODY, NOBODY)
  writeFileSync(path('etc/master.cf'), `127.0.0.1:${port} inet n - n - - smtpd${SERVICES}`)
  writeFileSync(path('etc/main.cf'), Object.entries({
    compatibility_level: '3.6',
    queue_directory: path('spool'),
    data_directory: path('data'),
    maillog_file: path('log/mail.log'),
    maillog_file_prefixes: root,
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: 'mx.example.com',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    virtual_mailbox_domains: 'example.com',
    virtual_mailbox_maps: 'inline:{ {ada@example.com = ada/} }',
    virtual_mailbox_base: path('mail'),
    virtual_uid_maps: `static:${NOBODY}`,
    virtual_gid_maps: `static:${NOBODY}`,
    smtpd_relay_restrictions: 'reject_unauth_destination'
  }).map(([name, value]) => `${name} = ${value}\n`).join(''))
  const control = (command: string) => execFileSync('/usr/sbin/postfix', ['-c', path('etc'), command], { stdio: 'pipe' })
  control('start')
  t.teardown(() => {
    control('stop')
    rmSync(root, { recursive: true })
  })
  const mailbox = path('mail/ada/new')
  return {
    port,
    readMailbox () {
      const names = spawnSync('test', ['-d', mailbox]).status === 0 ? readdirSync(mailbox).sort() : []
      return names.map((name) => readFileSync(join(mailbox, name), 'utf8'))
    }
  }
}
