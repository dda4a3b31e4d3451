/**
 * Random whole numbers that are the same for the same seed: Marsaglia's 32-bit xorshift (2003).
 * @returns a function that gives a number from 0 to below `limit`
 */
export function createRandom(seed: number): (limit: number) => number {
  let state = seed >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
