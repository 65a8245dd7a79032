/** Owns rates: what is divided by what, and what a rate of nothing is. */

/** Abandoned ÷ answered by a person, 0 to 1; 0 before anybody answered. */
export const abandonRate = ({ answered, abandoned }: {
  readonly answered: number; readonly abandoned: number;
}): number => answered === 0 ? 0 : abandoned / answered;
