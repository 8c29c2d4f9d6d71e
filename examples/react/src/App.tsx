import { useSession } from 'gatepass-client/react'
import { Account } from './Account.tsx'
import { Login } from './Login.tsx'
import { client } from './session.ts'

export default function App () {
  const { status, user, change } = useSession(client)
  if (status === 'loading') return <p>Looking for your session …</p>
  if (status === 'unavailable') return <p role='status'>The service cannot be reached at the moment. Your session is kept.</p>
  if (status === 'unauthenticated') return <Login hasEnded={change === 'ended'} />
  return <Account user={user} />
}
