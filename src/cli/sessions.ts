import type { Config } from '../config/index.ts'
import { UUID_PATTERN } from '../contract/index.ts'
import type { Database } from '../database/index.ts'
import { OperatorError } from '../dependencies.ts'
import { endEverySession, endSession, endSessionsOf, listSessions, type Session } from '../sessions/index.ts'
import { userPath, type AdminRequest } from './admin-api.ts'
import { table, type Result } from './run.ts'
import { userNamed } from './users.ts'
import { CLI_ACTOR, withDatabase } from './command-context.ts'

const PAGE = 1000

export async function listCommand (name: string): Promise<Result> {
  return withDatabase({ method: 'GET', path: `${userPath(name)}/sessions` }, async ({ config, database }) => {
    const user = await userNamed(database, name)
    const sessions = await allSessions(database, user.id, config)
    const rows = sessions.map((session) => [session.id, session.createdAt.toISOString(), session.lastSeenOn, session.ip ?? '', session.userAgent ?? ''])
    return {
      text: sessions.length === 0 ? 'No sessions.' : table([['ID', 'CREATED', 'LAST SEEN', 'IP', 'USER AGENT'], ...rows]),
      value: {
        sessions: sessions.map(({ id, createdAt, lastSeenOn, ip, userAgent }) => ({ id, created_at: createdAt.toISOString(), last_seen_on: lastSeenOn, ip, user_agent: userAgent }))
      }
    }
  })
}

async function allSessions (database: Database, userId: string, { sessionIdleSeconds }: Pick<Config, 'sessionIdleSeconds'>): Promise<Session[]> {
  const sessions: Session[] = []
  let after: string | undefined
  do {
    const page = await listSessions(database.kysely, userId, { after, limit: PAGE, sessionIdleSeconds })
    sessions.push(...page.sessions)
    after = page.next ?? undefined
  } while (after !== undefined)
  return sessions
}

export async function endCommand (id: string | undefined, { user: name, all = false }: { user?: string, all?: boolean }): Promise<Result> {
  if ([id !== undefined, name !== undefined, all].filter(Boolean).length !== 1) throw new OperatorError('Say which: the id of a session, --user EMAIL, or --all.')
  const path = name !== undefined ? `${userPath(name)}/sessions` : all ? 'sessions' : `sessions/${encodeURIComponent(id ?? '')}`
  const request: AdminRequest = { method: 'DELETE', path }
  return withDatabase(request, async ({ database }) => {
    if (all) {
      await endEverySession(database, CLI_ACTOR)
      return { text: 'Everybody\'s sessions are over.', value: { ended: 'all' } }
    }
    if (name !== undefined) {
      const user = await userNamed(database, name)
      await endSessionsOf(database, user.id, CLI_ACTOR)
      return { text: `Every session of ${user.email} is over.`, value: { ended: 'user', user_id: user.id } }
    }
    const isKnown = id !== undefined && UUID_PATTERN.test(id) && await endSession(database.reserved, { sessionId: id }, CLI_ACTOR)
    if (!isKnown) throw new OperatorError('There is no such session.')
    return { text: 'The session is over.', value: { ended: 'session', session_id: id } }
  })
}
