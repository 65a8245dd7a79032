/**
 * Owns chance. A Random is a seeded stream; `fork` derives an independent one by purpose, so that
 * a new draw in one place moves no result in another.
 */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A stream of its own for `purpose`; the same purpose gives the same stream. */
  fork(purpose: string): Random;
}

/** FNV-1a, 32 bits: spreads a purpose's letters over the seed (http://www.isthe.com/chongo/tech/comp/fnv/). */
const hash = (text: string, basis: number): number => {
  let h = basis >>> 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return h;
};

/** sfc32 (Doty-Humphrey, PractRand): 128 bits of state, passes PractRand to 32 TB. */
export function seededRandom(seed: number | string): Random {
  const root = String(seed);
  let a = hash(root, 0x811c9dc5);
  let b = hash(root, 0x9e3779b9);
  let c = hash(root, 0x85ebca6b);
  let counter = 1;
  const next32 = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next32();
  return {
    next: () => next32() / 2 ** 32,
    fork: (purpose) => seededRandom(`${root}/${purpose}`),
  };
}

/** A whole number in [0, below). */
export const below = (random: Random, bound: number): number => Math.floor(random.next() * bound);

export const chance = (random: Random, probability: number): boolean => random.next() < probability;

export const exponential = (random: Random, mean: number): number =>
  -mean * Math.log(1 - random.next());

/** Standard normal by Box and Muller (1958). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** Log-normal with the given mean and coefficient of variation (standard deviation ÷ mean). */
export function logNormal(random: Random, { mean, cv }: { mean: number; cv: number }): number {
  const variance = Math.log(1 + cv * cv);
  return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * normal(random));
}
