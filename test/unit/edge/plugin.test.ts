import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { edge, type CurrentUser } from '../../../src/edge/index.ts'
import { createApp, createGuardedApp, INSUFFICIENT_SCOPE, INVALID_TOKEN, MISSING_TOKEN, verifierWith } from './apps.ts'
import { bearer, goodClaims, mint, testKeyMaterial } from '../../support/tokens.ts'

const verifier = verifierWith()

async function fetchStatus (
  app: FastifyInstance, url: string, authorization?: string, method: 'GET' | 'HEAD' | 'POST' = 'GET'
): Promise<number> {
  return (await app.inject({ method, url, ...(authorization !== undefined && { headers: { authorization } }) })).statusCode
}

t.test('VF18, ER3, ER5: a missing token, an invalid one and an insufficient role each get their response and no more', async (t) => {
  const app = await createGuardedApp(t, { verifier, allow: 'users:read' })
  const table: Array<[name: string, authorization: string | undefined, status: number, challenge: string, body: object]> = [
    ['none', undefined, 401, 'Bearer', MISSING_TOKEN],
    ['another scheme', 'Basic dTpw', 401, 'Bearer', MISSING_TOKEN],
    ['broken', 'Bearer x.y.z', 401, 'Bearer error="invalid_token", error_description="The access token is not valid."', INVALID_TOKEN],
    ['too small a role', bearer({ role: 'user' }), 403, 'Bearer error="insufficient_scope"', INSUFFICIENT_SCOPE],
    ['a role unknown here', bearer({ role: 'stranger' }), 403, 'Bearer error="insufficient_scope"', INSUFFICIENT_SCOPE],
    [
      'a role by the name of what every object has', bearer({ role: 'constructor' }), 403, 'Bearer error="insufficient_scope"',
      INSUFFICIENT_SCOPE
    ]
  ]
  for (const [name, authorization, status, challenge, body] of table) {
    const reply = await app.inject({ url: '/campaigns', ...(authorization !== undefined && { headers: { authorization } }) })
    const { 'www-authenticate': shown, 'cache-control': cache, 'content-type': type } = reply.headers
    t.strictSame({ status: reply.statusCode, shown, cache, type, body: reply.json() }, {
      status, shown: challenge, cache: 'no-store', type: 'application/problem+json; charset=utf-8', body
    }, name)
  }
  t.equal(await fetchStatus(app, '/campaigns', bearer({ role: 'admin' })), 200)
})

t.test('an app\'s own error handler and hooks do not change a rejection', async (t) => {
  const app = createApp(t)
  app.setErrorHandler(() => ({ ok: true }))
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.addHook('onRequest', async () => t.fail('a later hook ran'))
    module.addHook('preHandler', async () => t.fail('a later hook ran'))
    module.post('/campaigns', () => t.fail('the handler ran'))
  })
  const reply = await app.inject({ method: 'POST', url: '/campaigns', body: { a: 1 } })
  t.equal(reply.statusCode, 401)
  t.strictSame(reply.json(), MISSING_TOKEN)
})

t.test('the plugin guards its module and nested modules, and nothing else', async (t) => {
  const app = createApp(t)
  app.get('/parent', () => 'open')
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.get('/own', () => 'guarded')
    await module.register(async (nested) => {
      nested.get('/deep', () => 'guarded')
    }, { prefix: '/nested' })
  })
  await app.register(async (sibling) => {
    sibling.get('/sibling', (request) => String(request.currentUser))
  })
  t.equal(await fetchStatus(app, '/parent'), 200)
  t.equal((await app.inject('/sibling')).body, 'undefined', 'not even its decorators are there')
  t.equal(await fetchStatus(app, '/own'), 401)
  t.equal(await fetchStatus(app, '/nested/deep'), 401)
  t.equal(await fetchStatus(app, '/nested/deep', bearer()), 200)
})

t.test('TF8, AZ6: sibling modules are guarded separately, by one verifier or by several', async (t) => {
  const app = createApp(t)
  for (const [name, allow, by] of [
    ['campaigns', 'campaigns:read', verifier], ['users', 'users:read', verifier],
    ['others', 'campaigns:read', verifierWith({ audience: 'other' })]
  ] as const) {
    await app.register(async (module) => {
      await module.register(edge, { verifier: by, allow })
      module.get(`/${name}`, () => name)
    })
  }
  t.equal(await fetchStatus(app, '/campaigns', bearer()), 200)
  t.equal(await fetchStatus(app, '/users', bearer()), 403)
  t.equal(await fetchStatus(app, '/others', bearer()), 401)
})

t.test('a nested module requires its capability in addition', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:write' })
    await module.register(async (nested) => {
      await nested.register(edge, { verifier, allow: 'users:read' })
      nested.get('/both', () => 'in')
    })
  })
  t.strictSame(
    await Promise.all(['user', 'sub-editor', 'admin'].map((role) => fetchStatus(app, '/both', bearer({ role })))), [403, 403, 200]
  )
})

t.test('AZ6: a nested module cannot have another verifier', async (t) => {
  const app = createApp(t)
  app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    await module.register(async (nested) => {
      await nested.register(edge, { verifier: verifierWith(), allow: 'campaigns:read' })
    })
  })
  await t.rejects(async () => await app.ready(), { message: 'edge: a module in a guarded module must be guarded by the same verifier' })
})

t.test('the capability of a route is required in addition to that of its module', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:write' })
    module.get('/write', () => 'in')
    module.get('/users', { config: { allow: 'users:read' } }, () => 'in')
    // The user has this capability, but not that of the module.
    module.get('/read', { config: { allow: 'campaigns:read' } }, () => 'in')
  })
  const seen = async (role: string) => await Promise.all(
    ['/write', '/users', '/read'].map((url) => fetchStatus(app, url, bearer({ role })))
  )
  t.strictSame(await seen('user'), [403, 403, 403])
  t.strictSame(await seen('sub-editor'), [200, 403, 200])
  t.strictSame(await seen('admin'), [200, 200, 200])
})

t.test('AZ7: a scope limits a token at every guard, whatever its role', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.get('/read', ({ currentUser }) => {
      const isAdmin: unknown = Reflect.apply(Reflect.get(currentUser, 'isAdmin'), undefined, [])
      return { can: currentUser.capabilities, isIn: currentUser.is('admin'), isAdmin }
    })
    module.get('/write', { config: { allow: 'campaigns:write' } }, () => 'in')
    await module.register(async (nested) => {
      await nested.register(edge, { verifier, allow: 'users:read' })
      nested.get('/users', () => 'in')
    })
  })
  const within = (scope: string, role = 'admin') => bearer({ role, scope, client_id: 'reports' })
  const seen = async (authorization: string) => await Promise.all(
    ['/read', '/write', '/users'].map((url) => fetchStatus(app, url, authorization))
  )
  t.strictSame(await seen(bearer({ role: 'admin' })), [200, 200, 200])
  t.strictSame(await seen(within('campaigns:read campaigns:write users:read')), [200, 200, 200])
  t.strictSame(await seen(within('campaigns:read')), [200, 403, 403])
  t.strictSame(await seen(within('campaigns:read users:read')), [200, 403, 200])
  t.strictSame(await seen(within('users:read campaigns:write')), [403, 403, 403], 'not the capability of the module')
  t.strictSame(await seen(within('')), [403, 403, 403])
  t.strictSame(await seen(within('admin')), [403, 403, 403])
  t.strictSame(await seen(within('campaigns:read campaigns:write users:read', 'user')), [200, 403, 403], 'no more than the role grants')
  t.strictSame(await seen(within('campaigns:read', 'stranger')), [403, 403, 403])
  const reply = await app.inject({ url: '/read', headers: { authorization: within('campaigns:read other') } })
  t.strictSame(reply.json(), { can: ['campaigns:read'], isIn: false, isAdmin: false })
  const refused = await app.inject({ url: '/write', headers: { authorization: within('campaigns:read') } })
  t.strictSame(
    [refused.statusCode, refused.headers['www-authenticate'], refused.json()],
    [403, 'Bearer error="insufficient_scope"', INSUFFICIENT_SCOPE]
  )
})

t.test('the custom claims of a token are those of its user', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.get('/claims', ({ currentUser: { claims } }) => ({ claims, isFrozen: Object.isFrozen(claims), constructed: claims.constructor }))
  })
  const claimsOf = async (authorization: string) => (await app.inject({ url: '/claims', headers: { authorization } })).json()
  t.strictSame(await claimsOf(bearer({ ext: { org_id: 'acme', seats: 3 } })), { claims: { org_id: 'acme', seats: 3 }, isFrozen: true })
  t.strictSame(await claimsOf(bearer()), { claims: {}, isFrozen: true })
  t.strictSame(await claimsOf(bearer({ ext: { constructor: 'x' } })), { claims: { constructor: 'x' }, isFrozen: true, constructed: 'x' })
})

t.test('a module may leave the capability to each of its routes', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier })
    module.get('/read', { config: { allow: 'campaigns:read' } }, () => 'in')
    module.get('/users', { config: { allow: 'users:read' } }, () => 'in')
  })
  t.equal(await fetchStatus(app, '/read', bearer()), 200)
  t.equal(await fetchStatus(app, '/users', bearer()), 403)
})

t.test('AZ1: an invalid guard does not boot', async (t) => {
  const boot = async (options: { allow?: string }, config: Record<string, unknown> = {}) => {
    const app = createApp(t)
    await app.register(async (module) => {
      await module.register(edge, { verifier, ...options })
      module.get('/campaigns', { config }, () => 'in')
    })
  }
  await boot({ allow: 'campaigns:read' })
  const table: Array<[options: { allow?: string }, config: Record<string, unknown>, message: string]> = [
    [{}, {}, 'edge: GET /campaigns is guarded but allows nothing; set "allow" for its module or in its config'],
    [{ allow: 'campaigns:raed' }, {}, 'edge: the module allows "campaigns:raed", which no role grants'],
    [{ allow: 'admin' }, {}, 'edge: the module allows "admin", which no role grants'],
    [{ allow: 'campaigns:read' }, { allow: 'campaigns:delete' }, 'edge: GET /campaigns allows "campaigns:delete", which no role grants'],
    [{}, { allow: '' }, 'edge: GET /campaigns allows "", which no role grants'],
    [{ allow: 'campaigns:read' }, { allow: ['campaigns:read'] }, 'edge: GET /campaigns allows "campaigns:read", which no role grants'],
    [{ allow: 'campaigns:read' }, { allow: null }, 'edge: GET /campaigns allows "null", which no role grants'],
    [
      { allow: 'campaigns:read' }, { freshness: 'central' },
      'edge: GET /campaigns asks for freshness "central", but its verifier has no "checkSession"'
    ],
    [{ allow: 'campaigns:read' }, { freshness: 'centre' }, 'edge: GET /campaigns asks for freshness "centre"; there is "central"']
  ]
  for (const [options, config, message] of table) await t.rejects(boot(options, config), { name: 'TypeError', message }, message)
})

t.test('routes in a nested module must require a capability, too', async (t) => {
  const app = createApp(t)
  app.register(async (module) => {
    await module.register(edge, { verifier })
    await module.register(async (nested) => {
      nested.get('/deep', () => 'in')
    })
  })
  await t.rejects(async () => await app.ready(), { message: /GET \/deep is guarded but allows nothing/ })
})

t.test('a route declared before its guard is guarded, and open to nobody where it requires no capability', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    module.get('/nothing', () => 'in')
    module.get('/users', { config: { allow: 'users:read' } }, () => 'in')
    module.get('/central', { config: { allow: 'campaigns:read', freshness: 'central' } }, () => 'in')
    await module.register(edge, { verifier })
  })
  t.equal(await fetchStatus(app, '/nothing'), 401)
  t.strictSame(
    await Promise.all(['/nothing', '/users', '/central'].map((url) => fetchStatus(app, url, bearer({ role: 'admin' })))),
    [403, 200, 500]
  )
  t.equal(await fetchStatus(app, '/users', bearer({ role: 'user' })), 403)
})

t.test('the HEAD routes that Fastify adds are guarded, too', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.get('/campaigns', () => 'in')
    module.get('/users', { config: { allow: 'users:read' } }, () => 'in')
  })
  for (const url of ['/campaigns', '/users']) {
    t.equal(await fetchStatus(app, url, undefined, 'HEAD'), 401)
    t.equal(await fetchStatus(app, url, 'Bearer x.y.z', 'HEAD'), 401)
    t.equal((await app.inject({ method: 'HEAD', url })).body, '')
  }
  t.equal(await fetchStatus(app, '/campaigns', bearer(), 'HEAD'), 200)
  t.equal(await fetchStatus(app, '/users', bearer(), 'HEAD'), 403)
})

t.test('AZ12: a module with a prefix guards its root with and without a slash, and unknown routes', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.get('/', { config: { allow: 'users:read' } }, () => 'in')
    module.setNotFoundHandler((_request, reply) => reply.code(404).send('nothing'))
  }, { prefix: '/module' })
  for (const url of ['/module', '/module/']) {
    t.strictSame(
      [await fetchStatus(app, url), await fetchStatus(app, url, bearer()), await fetchStatus(app, url, bearer({ role: 'admin' }))],
      [401, 403, 200], url
    )
  }
  t.equal(await fetchStatus(app, '/module/none'), 401)
  t.equal(await fetchStatus(app, '/module/none', bearer()), 404)
})

t.test('VF1: a rejection is logged with its reason, without the token', async (t) => {
  const lines: string[] = []
  const app = createApp(t, { logger: { level: 'info', stream: { write: (line: string) => { lines.push(line) } } } })
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.get('/campaigns', () => 'in')
  })
  const token = mint(testKeyMaterial, goodClaims({ aud: 'other', role: 'admin' }))
  await fetchStatus(app, '/campaigns', `Bearer ${token}`)
  const [rejection, ...others] = lines.map((line) => JSON.parse(line)).filter(({ reason }) => reason !== undefined)
  t.match(rejection, { level: 30, event: 'request_rejected', reason: 'audience', msg: 'request rejected at the edge' })
  t.strictSame(others, [])
  t.notMatch(lines.join(''), token.slice(0, 20))
})

t.test('VF26: a user is frozen, so that no request can change the user of the next one', async (t) => {
  const app = createApp(t)
  const seen: CurrentUser[] = []
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.get('/campaigns', ({ currentUser }) => {
      seen.push(currentUser)
      const prototype: object = Object.getPrototypeOf(currentUser)
      for (const change of [
        () => Object.assign(currentUser, { id: 'another' }),
        () => Object.assign(currentUser, { role: 'admin' }),
        () => Object.assign(currentUser, { more: true }),
        () => Object.assign(currentUser, { can: () => true }),
        () => Object.assign(prototype, { is: () => true }),
        () => Object.assign(prototype, { more: true }),
        () => Object.assign(currentUser.can, { more: true }),
        () => Object.setPrototypeOf(currentUser, {}),
        () => Reflect.apply(Array.prototype.push, currentUser.capabilities, ['users:read'])
      ]) t.throws(change, TypeError)
      return {
        ...currentUser,
        capabilities: currentUser.capabilities,
        admin: currentUser.is('admin'),
        users: currentUser.can('users:read')
      }
    })
  })
  const authorization = bearer()
  const first = await app.inject({ url: '/campaigns', headers: { authorization } })
  const second = await app.inject({ url: '/campaigns', headers: { authorization } })
  t.equal(seen[0], seen[1], 'the same object, cached')
  t.strictSame(first.json(), second.json())
  t.match(second.json(), { role: 'user', capabilities: ['campaigns:read'], admin: false, users: false })
})

t.test('a request that replaces its user does not affect the next one', async (t) => {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier, allow: 'campaigns:read' })
    module.get('/campaigns', (request) => {
      const { role } = request.currentUser
      request.currentUser = Object.create(request.currentUser, { role: { value: 'admin' } })
      return role
    })
  })
  const authorization = bearer()
  for (let time = 0; time < 3; time++) t.equal((await app.inject({ url: '/campaigns', headers: { authorization } })).body, 'user')
})
