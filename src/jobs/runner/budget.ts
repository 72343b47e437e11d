/** What may still be spent on a job, with what is under way counted at the mean of what is done. Pure. */

export type BudgetOptions = {
  /** Null: without bounds. What earlier runs have spent counts. */
  readonly budgetTokens: number | null
  readonly spentTokens: number
}

export class Budget {
  readonly #limit: number | null
  #spent: number
  #paid = 0
  #paidUnits = 0
  #underWay = 0

  constructor({ budgetTokens, spentTokens }: BudgetOptions) {
    this.#limit = budgetTokens
    this.#spent = spentTokens
  }

  begin(): void {
    this.#underWay++
  }

  /** What was not asked for says nothing of what one costs. */
  end({ asked }: { readonly asked: boolean }): void {
    this.#underWay--
    if (asked) this.#paidUnits++
  }

  spend(tokens: number): void {
    this.#spent += tokens
    this.#paid += tokens
  }

  /** True where one unit more is likely to fit. */
  hasRoom(): boolean {
    if (this.#limit === null) return true
    // Until one is done nobody knows what one costs.
    if (this.#paidUnits === 0) return this.#underWay === 0 && this.#spent < this.#limit
    const expected = (this.#underWay + 1) * (this.#paid / this.#paidUnits)
    return this.#spent + expected <= this.#limit
  }
}
