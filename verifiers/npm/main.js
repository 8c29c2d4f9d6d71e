// Serves GET /NAME for each verifier: 200 with user and role where the bearer token is accepted, 401 with the reason otherwise.
import { createServer } from 'node:http'
import * as awsJwtVerify from './aws-jwt-verify.js'
import { app as expressApp } from './express-oauth2-jwt-bearer.js'
import * as getJwks from './get-jwks.js'
import { app as honoApp } from './hono.js'
import * as jose from './jose.js'
import * as jsonwebtoken from './jsonwebtoken.js'
import { verifyRequest } from './oauth4webapi.js'

const verifiers = {
  jose: verifyWith(jose),
  jsonwebtoken: verifyWith(jsonwebtoken),
  'get-jwks': verifyWith(getJwks),
  'aws-jwt-verify': verifyWith(awsJwtVerify),
  oauth4webapi: async ({ headers }) => toResponse(await verifyRequest(new Request('https://api.example.com/', { headers }))),
  hono: ({ headers }) => honoApp.request('/', { headers })
}

createServer(async (request, response) => {
  const name = request.url?.slice(1) ?? ''
  if (name === 'express-oauth2-jwt-bearer') return expressApp(request, response)
  const { authorization = '' } = request.headers
  const reply = await verifiers[name]?.({ headers: { authorization } }).catch((error) => new Response(String(error), { status: 401 }))
  response.writeHead(reply?.status ?? 404).end(await reply?.text())
}).listen(Number(process.env.PORT), '127.0.0.1')

function verifyWith ({ verify }) {
  return async ({ headers }) => toResponse(await verify(headers.authorization.replace('Bearer ', '')))
}

function toResponse ({ sub, role }) {
  return Response.json({ user: sub, role })
}
