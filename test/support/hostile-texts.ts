/** Texts that could make a regular expression backtrack, or a loop quadratic. */
export const HOSTILE_TEXTS: Readonly<Record<string, (size: number) => string>> = {
  letters: (size) => 'a'.repeat(size),
  digits: (size) => '1'.repeat(size),
  'white space': (size) => `a;${' '.repeat(size)}a`,
  'white space inside': (size) => ` a${' '.repeat(size)}\na`,
  'signs that nobody sees': (size) => `a${'\u200b'.repeat(size)}a`,
  tabs: (size) => `a;${'\t'.repeat(size)}a`,
  'equal signs': (size) => '='.repeat(size),
  semicolons: (size) => ';'.repeat(size),
  dots: (size) => '1.'.repeat(size / 2),
  colons: (size) => ':'.repeat(size),
  brackets: (size) => '['.repeat(size),
  'beginnings of addresses': (size) => '://a:'.repeat(size / 5),
  'one address': (size) => `://${'a'.repeat(size / 2)}:${'a'.repeat(size / 2)}`,
  'what is encoded': (size) => '%41'.repeat(size / 3),
  'what is encoded again and again': (size) => `%${'25'.repeat(size / 2)}41`,
  slashes: (size) => `${'/'.repeat(size)}a`,
  'question marks': (size) => '?'.repeat(size),
  dashes: (size) => `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01${'-'.repeat(size)}\n`,
  'a scheme and spaces': (size) => `Bearer${' '.repeat(size)}a`
}
