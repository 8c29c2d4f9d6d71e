import { ProblemError, UnavailableError } from 'gatepass-client'
import { useState, type FormEvent } from 'react'
import { client } from './session.ts'

export function Login ({ hasEnded }: { hasEnded: boolean }) {
  const [message, setMessage] = useState(hasEnded ? 'Your session has ended. Log in to go on.' : '')

  async function onSubmit (event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    try {
      // When it is done, useSession renders the page again.
      await client.login(String(form.get('email')), String(form.get('password')))
    } catch (error) {
      if (!(error instanceof ProblemError || error instanceof UnavailableError)) throw error
      setMessage(error.message)
    }
  }

  return (
    <form onSubmit={onSubmit}>
      <h1>Log in</h1>
      <p role='alert'>{message}</p>
      <p><label>E-mail <input name='email' type='email' autoComplete='username' required /></label></p>
      <p><label>Password <input name='password' type='password' autoComplete='current-password' required /></label></p>
      <button>Log in</button>
    </form>
  )
}
