import type { Config } from '../config/index.ts'
import { toLowerCaseUuid } from '../contract/index.ts'
import type { Database } from '../database/index.ts'
import { OperatorError } from '../dependencies.ts'
import { endAllSessions, endSession, endUserSessions, listSessions, type Session } from '../sessions/index.ts'
import { table, type Result } from './run.ts'
import { CLI_ACTOR, requireUser, userPath, withDatabase } from './command-context.ts'

const PAGE_SIZE = 1000

export async function listCommand (name: string): Promise<Result> {
  return withDatabase({ method: 'GET', path: `${userPath(name)}/sessions` }, async ({ config, database }) => {
    const user = await requireUser(database, name)
    const sessions = await readAllSessions(database, user.id, config)
    return {
      text: sessions.length === 0 ? 'No sessions.' : table([['ID', 'CREATED', 'LAST SEEN', 'IP', 'USER AGENT'], ...sessions.map(toRow)]),
      value: { sessions: sessions.map(toJson) }
    }
  })
}

function toRow ({ id, createdAt, lastSeenOn, ip, userAgent }: Session): string[] {
  return [id, createdAt.toISOString(), lastSeenOn, ip ?? '', userAgent ?? '']
}

function toJson ({ id, createdAt, lastSeenOn, ip, userAgent, authenticatedAt, level, methods }: Session) {
  return {
    id,
    created_at: createdAt.toISOString(),
    last_seen_on: lastSeenOn,
    ip,
    user_agent: userAgent,
    authenticated_at: authenticatedAt.toISOString(),
    level,
    methods
  }
}

async function readAllSessions (database: Database, userId: string, { sessionIdleSeconds }: Config): Promise<Session[]> {
  const sessions: Session[] = []
  let after: string | undefined
  do {
    const page = await listSessions(database.kysely, userId, { after, limit: PAGE_SIZE, sessionIdleSeconds })
    sessions.push(...page.sessions)
    after = page.next ?? undefined
  } while (after !== undefined)
  return sessions
}

export async function endCommand (id: string | undefined, { user: name, all = false }: { user?: string, all?: boolean }): Promise<Result> {
  const choices = [id !== undefined, name !== undefined, all].filter(Boolean)
  if (choices.length !== 1) throw new OperatorError('Say which: the id of a session, --user EMAIL, or --all.')
  const path = name !== undefined ? `${userPath(name)}/sessions` : all ? 'sessions' : `sessions/${encodeURIComponent(id ?? '')}`
  return withDatabase({ method: 'DELETE', path }, async ({ database }) => {
    if (all) {
      await endAllSessions(database, CLI_ACTOR)
      return { text: 'All sessions have ended.', value: { ended: 'all' } }
    }
    if (name !== undefined) {
      const user = await requireUser(database, name)
      await endUserSessions(database, user.id, CLI_ACTOR)
      return { text: `All sessions of ${user.email} have ended.`, value: { ended: 'user', user_id: user.id } }
    }
    const sessionId = toLowerCaseUuid(id ?? '')
    const isKnown = sessionId !== undefined && await endSession(database.reserved, { sessionId }, CLI_ACTOR)
    if (!isKnown) throw new OperatorError('There is no such session.')
    return { text: 'The session has ended.', value: { ended: 'session', session_id: sessionId } }
  })
}
