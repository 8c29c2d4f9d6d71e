export * from './bearer.ts'
export * from './claims.ts'
export * from './revocation.ts'
export * from './roles.ts'
