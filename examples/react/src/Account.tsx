import { ProblemError, UnavailableError, type CurrentUser } from 'gatepass-client'
import { useEffect, useState } from 'react'
import { client } from './session.ts'

export function Account ({ user }: { user: CurrentUser }) {
  const [email, setEmail] = useState('')
  const [message, setMessage] = useState('')
  useEffect(load, [user.id])

  function load () {
    // Typed by the OpenAPI document; your own APIs are called with client.fetch.
    client.ask('GET', '/account').then((account) => setEmail(account.email)).catch(showError)
  }

  function showError (error: unknown) {
    if (!(error instanceof ProblemError || error instanceof UnavailableError)) throw error
    setMessage(error.message)
  }

  return (
    <main>
      <h1>You are logged in</h1>
      <p>{email}, as {user.role}</p>
      <p role='status'>{message}</p>
      <button onClick={load}>Load again</button>
      <button onClick={() => client.logout().catch(showError)}>Log out</button>
    </main>
  )
}
