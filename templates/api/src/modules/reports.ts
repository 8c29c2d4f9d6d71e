import { defineError, toErrorResponses, type ModulePlugin } from 'gatepass'
import { edge } from 'gatepass/edge'
import { Type, type Static } from 'typebox'

const MonthOverError = defineError('month_over', 409, 'The reports of this month are closed.')

const NewReport = Type.Object({
  month: Type.String({ pattern: '^[0-9]{4}-[0-9]{2}$', examples: ['2030-01'] }),
  total: Type.Integer({ minimum: 0, maximum: 1_000_000_000, examples: [1200] })
}, { title: 'NewReport', additionalProperties: false })

/** Reports of sales: /reports. */
export const reports: ModulePlugin = async function reports (app, { verifier }) {
  await app.register(edge, { verifier, allow: 'reports:write' })

  // Money is at stake: "central" looks the session up in the database, besides checking the token.
  app.post<{ Body: Static<typeof NewReport> }>('/reports', {
    schema: { body: NewReport, response: { 202: NewReport, ...toErrorResponses(MonthOverError) } },
    config: { allow: 'reports:write', freshness: 'central' }
  }, async ({ body, currentUser }, reply) => {
    // Only admins correct the past.
    if (body.month < new Date().toISOString().slice(0, 7) && !currentUser.isAdmin()) throw new MonthOverError()
    return reply.code(202).send(body)
  })
}
