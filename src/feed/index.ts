export { revocationFeed } from './routes.ts'
export { createFeedCounters } from './sse-server.ts'
