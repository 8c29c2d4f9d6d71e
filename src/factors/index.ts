export { createCodeVerifier, type CodeVerifier } from './factor-verifier.ts'
