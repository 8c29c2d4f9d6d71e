import { NotFoundError, toErrorResponses, type ModulePlugin } from 'gatepass'
import { edge } from 'gatepass/edge'
import { Type, type Static } from 'typebox'

type Tables = { notes: { id: string, author: string, text: string } }

const Note = Type.Object({ id: Type.String({ format: 'uuid' }), text: Type.String() }, { title: 'Note' })
const NewNote = Type.Object({ text: Type.String({ minLength: 1, maxLength: 1000, examples: ['Buy milk.'] }) }, {
  title: 'NewNote', additionalProperties: false
})
const Params = Type.Object({ id: Type.String({ format: 'uuid' }) })

/** A user's own notes, in a table of this module: /notes. */
export const notes: ModulePlugin = async function notes (app, { verifier, database }) {
  const db = database.withTables<Tables>()
  await app.register(edge, { verifier, allow: 'notes:read' })

  app.get('/notes', { schema: { response: { 200: Type.Array(Note) } } }, ({ currentUser }) => {
    return db.selectFrom('notes').select(['id', 'text']).where('author', '=', currentUser.id).orderBy('id').execute()
  })

  app.post<{ Body: Static<typeof NewNote> }>('/notes', {
    schema: { body: NewNote, response: { 201: Note } }, config: { allow: 'notes:write' }
  }, async ({ body, currentUser }, reply) => {
    const note = { id: crypto.randomUUID(), text: body.text }
    await db.insertInto('notes').values({ ...note, author: currentUser.id }).execute()
    return reply.code(201).send(note)
  })

  app.delete<{ Params: Static<typeof Params> }>('/notes/:id', {
    schema: { params: Params, response: { 204: Type.Null(), ...toErrorResponses(NotFoundError) } }, config: { allow: 'notes:write' }
  }, async ({ params, currentUser }, reply) => {
    const { numDeletedRows } = await db.deleteFrom('notes')
      .where('id', '=', params.id).where('author', '=', currentUser.id).executeTakeFirst()
    if (numDeletedRows === 0n) throw new NotFoundError()
    return reply.code(204).send()
  })
}
