import { Type, type Static } from 'typebox'
import type { Session } from './list-sessions.ts'

/** A session as JSON: nothing in it moves when somebody else refreshes, but for the day. */
export const SessionSchema = Type.Object({
  id: Type.String({ description: 'The session\'s id.', format: 'uuid' }),
  created_at: Type.String({ description: 'When it began, with a login.', format: 'date-time' }),
  last_seen_at: Type.String({ description: 'The day on which it was last refreshed; of the session that asks, now.', format: 'date-time' }),
  user_agent: Type.Union([Type.String(), Type.Null()], { description: 'That of the login, as it was sent.' }),
  ip: Type.Union([Type.String(), Type.Null()], { description: 'That of the login.' })
}, { additionalProperties: false, description: 'A session.' })

export type SessionBody = Static<typeof SessionSchema>

export function toSessionBody ({ id, createdAt, lastSeenOn, userAgent, ip }: Session): SessionBody {
  return { id, created_at: createdAt.toISOString(), last_seen_at: `${lastSeenOn}T00:00:00.000Z`, user_agent: userAgent, ip }
}
