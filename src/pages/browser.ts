// The script of the pages. It is sent as its own source text, so it can use nothing from outside itself.

/** What is used of an element of the browser. */
interface PageElement {
  readonly id: string
  readonly dataset: Record<string, string | undefined>
  readonly name: string
  readonly minLength: number
  readonly checked: boolean
  hidden: boolean
  textContent: string
  type: string
  value: string
  focus (): void
  reset (): void
  setAttribute (name: string, value: string): void
  removeAttribute (name: string): void
  querySelector (selector: string): PageElement | null
  querySelectorAll (selector: string): Iterable<PageElement>
  addEventListener (type: string, listener: (event: { preventDefault (): void }) => unknown): void
}

declare const document: Pick<PageElement, 'querySelector' | 'querySelectorAll'> & { documentElement: { lang: string } }
declare const location: { hash: string, pathname: string, search: string, reload (): void }
declare const addEventListener: (type: string, listener: () => void) => void
declare const history: { replaceState (state: null, unused: string, url: string): void }

interface Outcome {
  /** 0: there was no response. */
  status: number
  body: { code?: string, errors?: Array<{ path: string, message: string }>, registration?: string, expires_in?: number }
  retryAfterSeconds: number
}

/**
 * Runs a page. Nothing is sent before somebody submits a form, so whoever only opens a link, or lets a program open it, changes nothing.
 * The token of the link is read from behind `#`, which a browser does not send, and is sent in bodies alone.
 */
export function runPage (): void {
  const TIMEOUT_MS = 30_000
  const texts: Record<string, string> = JSON.parse(document.querySelector('#errors')?.textContent ?? '{}')
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
  /** What the response to the e-mail names, for the code: kept here alone. */
  let registration = ''
  let isBusy = false

  for (const form of document.querySelectorAll('form')) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      await submit(form)
    })
  }
  for (const button of document.querySelectorAll('[data-step]')) {
    button.addEventListener('click', () => showStep(button.dataset.step, { focus: true }))
  }
  for (const box of document.querySelectorAll('[data-shows]')) box.addEventListener('change', () => showPassword(box))
  // Another link, opened in the same tab: the browser would only change the address.
  addEventListener('hashchange', () => location.reload())
  showStep(token === '' ? 'ask' : 'choose')

  async function submit (form: PageElement): Promise<void> {
    if (isBusy) return
    clearErrors(form)
    const inputs = [...form.querySelectorAll('input[name]')]
    for (const input of inputs) {
      const fault = findFault(input)
      if (fault !== undefined) return showError(form, fault, input)
    }
    const values = Object.fromEntries(inputs.map(({ name, value }) => [name, name === 'code' ? value.replace(/[\s-]/g, '') : value]))
    const proof = 'email' in values ? {} : 'code' in values ? { registration } : { token }
    setBusy(form, true)
    const outcome = await send(form.dataset.path ?? '', { ...proof, ...values })
    setBusy(form, false)
    if (outcome.status === Number(form.dataset.success)) proceed(form, values, outcome)
    else showFailure(form, outcome)
  }

  async function send (path: string, body: object): Promise<Outcome> {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS)
    try {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), signal: abort.signal })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('json') === true
      const retryAfterSeconds = Number(response.headers.get('retry-after') ?? 60)
      return { status: response.status, body: isJson ? JSON.parse(text) : {}, retryAfterSeconds }
    } catch {
      return { status: 0, body: {}, retryAfterSeconds: 0 }
    } finally {
      clearTimeout(timer)
    }
  }

  function proceed (form: PageElement, { email = '' }: Record<string, string>, { body }: Outcome): void {
    registration = body.registration ?? ''
    const minutes = String(Math.floor((body.expires_in ?? 0) / 60))
    for (const place of document.querySelectorAll('[data-value]')) {
      place.textContent = place.value = place.dataset.value === 'email' ? email.trim() : minutes
    }
    if (form.dataset.next === 'done') {
      forgetToken()
      for (const each of document.querySelectorAll('form')) each.reset()
    }
    showStep(form.dataset.next, { focus: true })
  }

  /** A link that has been used, or is of no use, need not stay in the history of the browser. */
  function forgetToken (): void {
    history.replaceState(null, '', `${location.pathname}${location.search}`)
  }

  /** @returns what is wrong with what was typed, as far as it is known here */
  function findFault ({ name, value, minLength }: PageElement): string | undefined {
    if (name === 'email') return value.includes('@') ? undefined : texts.no_email
    if (name === 'code') return /\d/.test(value) ? undefined : texts.no_code
    if (value === '') return texts.no_password
    // As the service measures it: in code points of the composed text.
    return [...value.normalize('NFC')].length < minLength ? texts.short_password : undefined
  }

  function showFailure (form: PageElement, { status, body: { code = '', errors = [] }, retryAfterSeconds }: Outcome): void {
    const [{ path = '', message = '' } = {}] = errors
    const input = form.querySelector(`input[name="${path.slice(1)}"]`)
    const codeInput = form.querySelector('input[name="code"]')
    if (status === 0) return showError(form, texts.unreachable)
    if (code === 'too_many_attempts') return showError(form, texts.too_many_attempts?.replace('{wait}', toDuration(retryAfterSeconds)))
    if (code === 'registration_closed') return showError(form, texts.registration_closed)
    if (code === 'invalid_proof' && codeInput !== null) return showError(form, texts.wrong_code, codeInput)
    // Nothing else of a form is called token: its link was not copied whole, or more than it was.
    if (code === 'invalid_proof' || path === '/token') {
      forgetToken()
      return showStep('expired', { focus: true })
    }
    if (input === null) return showError(form, texts.failed)
    if (input.name === 'email') return showError(form, texts.no_email, input)
    if (input.name === 'code') return showError(form, texts.wrong_code, input)
    showError(form, toPasswordFault(message), input)
  }

  /** @param message of the service, in English */
  function toPasswordFault (message: string): string | undefined {
    const [, side, length = ''] = /at (least|most) (\d+)/.exec(message) ?? []
    if (side === 'least') return texts.short_password
    if (side === 'most') return texts.long_password?.replace('{max}', length)
    if (message.includes('common')) return texts.common_password
    return message.includes('guess') ? texts.guessable_password : texts.weak_password
  }

  function toDuration (seconds: number): string {
    const [unit, size] = seconds <= 90 ? ['second', 1] : seconds <= 90 * 60 ? ['minute', 60] : ['hour', 3600]
    const format = new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit, unitDisplay: 'long' })
    return format.format(Math.ceil(seconds / size))
  }

  /** The focus moves to what is wrong: a field, which the error describes, or the error. */
  function showError (form: PageElement, text = '', input?: PageElement): void {
    const error = form.querySelector(input === undefined ? '.error' : `#${input.id}-error`)
    if (error !== null) [error.textContent, error.hidden] = [text, false]
    input?.setAttribute('aria-invalid', 'true')
    const target = input ?? error
    target?.focus()
  }

  function clearErrors (form: PageElement): void {
    for (const error of form.querySelectorAll('.error')) [error.textContent, error.hidden] = ['', true]
    for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid')
  }

  /** The button keeps the focus, and does nothing. */
  function setBusy (form: PageElement, isNow: boolean): void {
    isBusy = isNow
    const [button, status] = [form.querySelector('button'), form.querySelector('[role=status]')]
    button?.setAttribute('aria-disabled', String(isNow))
    if (status !== null) status.textContent = isNow ? status.dataset.busy ?? '' : ''
  }

  function showPassword ({ checked, dataset }: PageElement): void {
    document.querySelector(`#${dataset.shows}`)?.setAttribute('type', checked ? 'text' : 'password')
  }

  function showStep (id = '', { focus = false } = {}): void {
    for (const step of document.querySelectorAll('section')) step.hidden = step.id !== id
    if (focus) document.querySelector(`#${id} h1`)?.focus()
  }
}
