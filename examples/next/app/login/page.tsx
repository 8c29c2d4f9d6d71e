'use client'
import { useActionState } from 'react'
import { logIn } from '../actions'

export default function Login () {
  const [message, action] = useActionState(logIn, '')
  return (
    <form action={action}>
      <h1>Log in</h1>
      <p role='alert'>{message}</p>
      <p><label>E-mail <input name='email' type='email' autoComplete='username' required /></label></p>
      <p><label>Password <input name='password' type='password' autoComplete='current-password' required /></label></p>
      <button>Log in</button>
    </form>
  )
}
