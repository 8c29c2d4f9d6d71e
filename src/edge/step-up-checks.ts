import type { StepUpOptions } from '../verify/index.ts'
import { combineStepUps, createStepUpCheck, type StepUpCheck } from '../verify/internals.ts'

/** The step-up checks of one guarded module: one for each of its routes that asks for it, made once. */
export class StepUpChecks {
  readonly #module: StepUpOptions | undefined
  readonly #moduleCheck: StepUpCheck | undefined
  // By identity: a route has the same configuration at each request.
  readonly #routeChecks = new Map<StepUpOptions, StepUpCheck>()

  /** @param options of the module, for all of its routes */
  constructor (options: StepUpOptions | undefined) {
    this.#module = options
    this.#moduleCheck = options === undefined ? undefined : createStepUpCheck(options)
  }

  /**
   * @param options of the route: its requests must meet both
   * @returns undefined where neither asks for a step-up
   * @throws TypeError for options that cannot be met
   */
  find (options: StepUpOptions | undefined): StepUpCheck | undefined {
    return options === undefined ? this.#moduleCheck : this.#routeChecks.get(options) ?? this.#create(options)
  }

  #create (options: StepUpOptions): StepUpCheck {
    // By themselves first: what is wrong with them must not be hidden by those of the module.
    const own = createStepUpCheck(options)
    const check = this.#module === undefined ? own : createStepUpCheck(combineStepUps(this.#module, options))
    this.#routeChecks.set(options, check)
    return check
  }
}
