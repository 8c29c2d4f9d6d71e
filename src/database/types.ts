import pg from 'pg'

const { DATE, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins

/** DateStyle ISO, or one of the two that are no moment. */
const ISO = /^(\d{4,}-\d\d-\d\d[ T]|-?infinity$)/

/**
 * How the driver reads values. A day is no moment: it would make midnight of it, here and now. A moment in another DateStyle than ISO
 * would be read as null, and a user who was disabled as one who was not: our statements ask for no such text (see times.ts), and one that
 * does by mistake fails.
 */
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser (oid, format) {
    if (oid === DATE) return (text: string) => text
    const parse = pg.types.getTypeParser(oid, format)
    if (oid !== TIMESTAMP && oid !== TIMESTAMPTZ) return parse
    return (text: string) => {
      if (!ISO.test(text)) throw new TypeError('the database wrote a time in another way than ISO 8601: see DateStyle')
      return parse(text)
    }
  }
}
