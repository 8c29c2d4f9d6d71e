export { createPasskeyVerifier, type PasskeyVerifier } from './passkey-verifier.ts'
