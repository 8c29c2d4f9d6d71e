// begin docs/clients.md
export default {
  gatepass: {
    input: 'openapi.yaml',
    output: { target: 'generated/orval/api.ts', client: 'fetch', override: { mutator: { path: 'orval-send.ts', name: 'send' } } }
  },
  schemas: {
    input: 'openapi.yaml',
    output: { target: 'generated/orval/schemas.ts', client: 'zod' }
  }
}
// end docs/clients.md
