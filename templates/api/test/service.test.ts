import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTestService, type TestService } from 'gatepass/testing'
import { service } from '../src/service.js'

let gatepass: TestService
before(async () => { gatepass = await createTestService(service) })
after(() => gatepass.close())

test('users see their own notes, and no others', async () => {
  const [ed, eve] = [await gatepass.createUser('editor'), await gatepass.createUser('editor')]
  const created = await gatepass.app.inject({ method: 'POST', url: '/api/notes', headers: ed.headers, payload: { text: 'Buy milk.' } })
  assert.equal(created.statusCode, 201)
  assert.deepEqual((await gatepass.app.inject({ url: '/api/notes', headers: ed.headers })).json(), [created.json()])
  assert.deepEqual((await gatepass.app.inject({ url: '/api/notes', headers: eve.headers })).json(), [])
  const remove = (headers: { authorization: string }) => {
    return gatepass.app.inject({ method: 'DELETE', url: `/api/notes/${created.json().id}`, headers })
  }
  assert.equal((await remove(eve.headers)).statusCode, 404)
  assert.equal((await remove(ed.headers)).statusCode, 204)
})

test('users read, and do not write', async () => {
  const { headers } = await gatepass.createUser('user')
  assert.equal((await gatepass.app.inject({ url: '/api/notes', headers })).statusCode, 200)
  const response = await gatepass.app.inject({ method: 'POST', url: '/api/notes', headers, payload: { text: 'No.' } })
  assert.equal(response.statusCode, 403)
})

test('a report of a past month is for admins', async () => {
  const send = async (role: 'admin' | 'editor', payload: object) => {
    const { headers } = await gatepass.createUser(role)
    return gatepass.app.inject({ method: 'POST', url: '/api/reports', headers, payload })
  }
  assert.equal((await send('editor', { month: '2999-01', total: 5 })).statusCode, 202)
  assert.equal((await send('editor', { month: '2001-01', total: 5 })).json().code, 'month_over')
  assert.equal((await send('admin', { month: '2001-01', total: 5 })).statusCode, 202)
  assert.equal((await send('editor', { month: 'May', total: -1 })).statusCode, 400)
})

test('an ended session is refused at once', async () => {
  const { headers } = await gatepass.createUser('editor')
  await gatepass.app.inject({ method: 'DELETE', url: '/account/sessions', headers })
  const response = await gatepass.app.inject({ method: 'POST', url: '/api/reports', headers, payload: { month: '2999-01', total: 5 } })
  assert.equal(response.statusCode, 401)
})
