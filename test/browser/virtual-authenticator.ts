// A passkey in the browser, by the protocol of its developer tools: no device, and a person who agrees or does not.
import type { CDPSession, Page } from 'playwright-core'

export interface VirtualAuthenticator {
  /** Whether somebody touches it when it is asked, from now on. A request that nobody has answered is never answered. */
  setPresence (isPresent: boolean): Promise<void>
  /** @returns the ids of its credentials, base64url */
  listCredentials (): Promise<string[]>
}

/** @param page it is in this page only */
export async function addAuthenticator (page: Page): Promise<VirtualAuthenticator> {
  const cdp: CDPSession = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: false
    }
  })
  return {
    async setPresence (enabled) {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    async listCredentials () {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials.map(({ credentialId }) => Buffer.from(credentialId, 'base64').toString('base64url'))
    }
  }
}
