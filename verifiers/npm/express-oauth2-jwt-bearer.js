// begin docs/verifying.md
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'

const { ISSUER, AUDIENCE, ALGORITHM } = process.env
const app = express()
// `strict` checks the type.
app.use(auth({ issuerBaseURL: ISSUER, audience: AUDIENCE, tokenSigningAlg: ALGORITHM, strict: true }))
app.use((request, response) => response.json({ user: request.auth.payload.sub, role: request.auth.payload.role }))
// end docs/verifying.md

app.use((error, _request, response, _next) => response.status(error.status ?? 500).send(error.message))

export { app }
