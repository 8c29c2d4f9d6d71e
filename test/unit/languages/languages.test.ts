import t from 'tap'
import { ConfigError } from '../../../src/config/index.ts'
import { openLanguage } from '../../../src/language.ts'
import { de, en, findLanguageFault } from '../../../src/languages/index.ts'
import { loadConfig } from '../../../src/config/config.ts'

const open = (language: string) => openLanguage(loadConfig({ MAIL_LANGUAGE: language }))

/** A translation, with one member changed or, without a value, removed. */
function change (path: string, value?: unknown): unknown {
  const copy = structuredClone(en) as unknown as Record<string, unknown>
  const names = path.split('.')
  const last = names.pop() ?? ''
  const parent = names.reduce<Record<string, unknown>>((part, name) => part[name] as Record<string, unknown>, copy)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}

t.test('every language of ours has every text', async (t) => {
  t.strictSame([en, de].map(findLanguageFault), [undefined, undefined])
  t.strictSame([(await open('en')).code, (await open('de')).code], ['en', 'de'])
})

t.test('German texts are German: none is that of English', async (t) => {
  const texts = ({ mails }: typeof en) => Object.values(mails).flatMap(({ subject, before, after }) => [subject, ...before, ...after])
  t.strictSame(texts(de).filter((text) => texts(en).includes(text)), [])
})

t.test('a translation that lacks something is refused with one sentence that names it', async (t) => {
  const table: ReadonlyArray<[value: unknown, fault: string | undefined]> = [
    [null, 'must be an object'], [[], 'must be an object'], ['fr', 'must be an object'], [{}, 'lacks "code"'],
    [change('code', 'Français'), 'has a "code" that is no language tag, such as fr or pt-BR'],
    [change('mails', []), 'must be an object as "mails"'],
    [change('mails.invitation'), 'lacks "mails.invitation"'],
    [change('mails.invitation.subject'), 'lacks "mails.invitation.subject"'],
    [change('mails.invitation.subject', ' '), 'must have text as "mails.invitation.subject"'],
    [change('mails.invitation.button', 1), 'must have text as "mails.invitation.button"'],
    [change('mails.invitation.before', 'Bonjour'), 'must have a list of texts as "mails.invitation.before"'],
    [change('mails.invitation.before', []), 'must have a list of texts as "mails.invitation.before"'],
    [change('mails.invitation.after', ['a', null]), 'must have a list of texts as "mails.invitation.after"'],
    [change('mails.invitation.footer', 'x'), 'has "mails.invitation.footer", which is not used'],
    [change('mails.invitation.before', ['Bonjour {name}']), 'has {name} in "mails.invitation", which stands for nothing'],
    [change('mails.registration.after', ['Sans code']), 'lacks {code} in "mails.registration"'],
    [change('code', 'fr-12'), 'has a "code" that is no language tag, such as fr or pt-BR'],
    [change('pages'), 'lacks "pages"'],
    [change('pages.reset.sent', 'Un mail à {adresse}'), 'has {adresse} in "pages.reset.sent", which stands for nothing'],
    [change('pages.reset.title', '{app}'), undefined]
  ]
  t.strictSame(table.map(([value]) => findLanguageFault(value)), table.map(([, fault]) => fault))
})

t.test('MAIL_LANGUAGE may be a file', async (t) => {
  const directory = t.testdir({
    'fr.json': JSON.stringify({ ...en, code: 'fr' }),
    'short.json': JSON.stringify({ code: 'fr', mails: {} }),
    'twice.json': '{"code":"fr","code":"en"}',
    'broken.json': '{'
  })
  t.strictSame(await open(`${directory}/fr.json`), { ...en, code: 'fr' })
  const sentenceOf = async (file: string) => open(`${directory}/${file}`).then(() => 'taken', (error: unknown) => error)
  t.strictSame(await sentenceOf('short.json'), new ConfigError(`MAIL_LANGUAGE: ${directory}/short.json lacks "mails.registration".`))
  t.match(await sentenceOf('twice.json'), { message: /^MAIL_LANGUAGE: code .*\.$/ })
  t.match(await sentenceOf('broken.json'), { message: /^MAIL_LANGUAGE cannot be read \(.*\)\.$/ })
  t.match(await sentenceOf('missing.json'), { message: /^MAIL_LANGUAGE cannot be read \(ENOENT.*\)\.$/ })
})
