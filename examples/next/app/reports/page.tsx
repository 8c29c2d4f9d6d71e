import { readCredential, requireUser } from '../../lib/current-user'
import { guardReports, ISSUER } from '../../lib/gatepass'
import { logOut } from '../actions'

export default async function Reports () {
  const user = await requireUser(guardReports)
  // Any API that verifies gatepass's tokens is called like this; here, gatepass itself.
  const { headers } = await readCredential()
  const account = await fetch(`${ISSUER}/account`, { headers, cache: 'no-store' }).then((response) => response.json())
  return (
    <main>
      <h1>Reports</h1>
      <p>For {account.email}, as {user.role}</p>
      <form action={logOut}><button>Log out</button></form>
    </main>
  )
}
