/**
 * Functions that were compiled from schemas, kept as long as the process lives: a service has some 400 schemas of responses, of which 90
 * differ, and each takes a millisecond. They come from the code, so their number is limited.
 */
export class CompiledSchemas<F> {
  readonly #compiled = new Map<string, F>()

  /**
   * @param schema JSON
   * @param context all else that the function depends on, as text
   * @throws whatever `compile` throws
   */
  get (schema: unknown, context: string, compile: () => F): F {
    const key = context + JSON.stringify(schema)
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    const compiled = compile()
    this.#compiled.set(key, compiled)
    return compiled
  }
}
