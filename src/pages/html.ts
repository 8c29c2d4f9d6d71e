// Pieces of the pages. What they take is HTML, escaped where it was text; ids are unique in a page.

interface Field {
  id: string
  /** Of the member of the request. */
  name: string
  label: string
  hint?: string
  attributes: string
}

interface Form {
  /** Of the route, relative to the page. */
  path: string
  /** The status of its success. */
  success: number
  /** The step after that. */
  next: string
  fields: readonly string[]
  button: string
  /** While the request is on its way. */
  busy: string
}

/** A step is shown by the script alone: without JavaScript there is none. */
export function toStep (id: string, title: string, content: readonly string[]): string {
  return `<section id="${id}" hidden>\n<h1 tabindex="-1">${title}</h1>\n${content.join('\n')}\n</section>`
}

export function toParagraph (text: string): string {
  return `<p>${text}</p>`
}

/** The script sends what is typed as JSON. `post` is for browsers that run none of it: a password would not get into the address. */
export function toForm ({ path, success, next, fields, button, busy }: Form): string {
  return `<form method="post" novalidate data-path="${path}" data-success="${success}" data-next="${next}">
<p class="error" role="alert" tabindex="-1" hidden></p>
${fields.join('\n')}
<button>${button}</button>
<p role="status" data-busy="${busy}"></p>
</form>`
}

export function toField ({ id, name, label, hint, attributes }: Field): string {
  const described = hint === undefined ? `${id}-error` : `${id}-error ${id}-hint`
  return `<div class="field">
<label for="${id}">${label}</label>
${hint === undefined ? '' : `<p class="hint" id="${id}-hint">${hint}</p>\n`}<p class="error" id="${id}-error" hidden></p>
<input id="${id}" name="${name}" required aria-describedby="${described}" ${attributes}>
</div>`
}

interface PasswordField extends Omit<Field, 'attributes'> {
  minLength: number
  /** The label of the checkbox that shows what is typed. */
  show: string
}

export function toPasswordField ({ minLength, show, ...field }: PasswordField): string {
  const attributes = `type="password" autocomplete="new-password" minlength="${minLength}" autocapitalize="none" spellcheck="false"`
  const id = `${field.id}-show`
  return `${toField({ ...field, attributes })}
<div class="check"><input type="checkbox" id="${id}" data-shows="${field.id}"><label for="${id}">${show}</label></div>`
}

/** A button that leads to another step. */
export function toButton (text: string, step: string): string {
  return `<button type="button" class="second" data-step="${step}">${text}</button>`
}

export function toLink (text: string, address: string): string {
  return `<p><a class="button" href="${address}">${text}</a></p>`
}
