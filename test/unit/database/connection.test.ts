// Databases with names that a URL must encode, on a real server.
import { sql } from 'kysely'
import t from 'tap'
import { UrlClient } from '../../../src/database/connection.ts'
import { createDatabase } from '../../../src/database/index.ts'
import { onPostgres } from '../../support/database.ts'
import { SILENT } from '../../support/silent-log.ts'

onPostgres(t, 'the name of a database is what it encodes, for the pool and for the listener', async (t, database, url) => {
  for (const name of ['a/b', 'a?b', 'a#b', 'a%b', 'a%2Fb', 'a b', 'a&b=c', 'é']) {
    await sql`create database ${sql.id(name)}`.execute(database.kysely)
    const own = url.replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, `$1/${encodeURIComponent(name)}`)
    const opened = await createDatabase({ url: own, poolSize: 2, dataDir: undefined, log: SILENT })
    try {
      t.strictSame((await sql`select current_database() as name`.execute(opened.kysely)).rows, [{ name }])
      const heard: string[] = []
      const listening = await opened.listen('connection_test', (payload) => { heard.push(payload) })
      await sql`select pg_notify('connection_test', current_database())`.execute(opened.kysely)
      while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
      t.strictSame(heard, [name])
      await listening.close()
    } finally {
      await opened.close()
      await sql`drop database ${sql.id(name)} with (force)`.execute(database.kysely)
    }
  }
})

onPostgres(t, 'without TLS by ssl=false, as by sslmode=disable', async (t, _database, url) => {
  const separator = url.includes('?') ? '&' : '?'
  for (const parameter of ['ssl=false', 'ssl=0', 'sslmode=disable']) {
    const client = new UrlClient({ connectionString: `${url}${separator}${parameter}` })
    await client.connect()
    t.strictSame((await client.query('select 1 as one')).rows, [{ one: 1 }], parameter)
    await client.end()
  }
})

t.test('what is asked of TLS reaches the driver', async (t) => {
  const sslOf = (parameters: string) => new UrlClient({ connectionString: `postgres://ada@db/c?${parameters}` }).ssl
  t.equal(sslOf('ssl=false'), false)
  t.equal(sslOf('ssl=true'), true)
  t.strictSame(sslOf('ssl=no-verify'), { rejectUnauthorized: false })
  t.match(sslOf('sslmode=no-verify'), { rejectUnauthorized: false })
  t.ok(sslOf('ssl=false&sslmode=verify-full'), 'as before, sslmode wins')
})
