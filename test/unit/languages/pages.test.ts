import t from 'tap'
import { de, en } from '../../../src/languages/index.ts'

/** The values that each text has a place for, by the path of the text. */
function findPlaces (texts: object, path = ''): Array<[path: string, places: string[]]> {
  return Object.entries(texts).flatMap(([name, text]) => typeof text === 'object'
    ? findPlaces(text, `${path}/${name}`)
    : [[`${path}/${name}`, (String(text).match(/\{\w+\}/g) ?? []).sort()]])
}

function listTexts (texts: object): string[] {
  return Object.values(texts).flatMap((text) => typeof text === 'object' ? listTexts(text) : [String(text)])
}

t.test('the texts of the pages say the same things in every language', async (t) => {
  t.strictSame(findPlaces(de.pages), findPlaces(en.pages))
})

t.test('no text of the pages has been forgotten in translation', async (t) => {
  const [english, german] = [listTexts(en.pages), listTexts(de.pages)]
  t.ok(english.length > 40)
  t.strictSame(english.filter((text) => german.includes(text)), [])
})
