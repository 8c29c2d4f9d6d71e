// begin docs/verifying.md
import * as oauth from 'oauth4webapi'

const { ISSUER, AUDIENCE, ALGORITHM } = process.env
const issuer = new URL(ISSUER)
const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2' })
const server = await oauth.processDiscoveryResponse(issuer, response)

/** @param {Request} request with the header Authorization */
export function verifyRequest (request) {
  return oauth.validateJwtAccessToken(server, request, AUDIENCE, { signingAlgorithms: [ALGORITHM] })
}
// end docs/verifying.md
