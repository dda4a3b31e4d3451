/** Cuts items, in order, into slices of at most `max` in all; an item that is larger by itself is a slice of its own. Takes them as it goes. */
export function* batchesBySize<T>(
  items: Iterable<T>,
  max: number,
  sizeOf: (item: T) => number,
): Generator<T[]> {
  let slice: T[] = [];
  let size = 0;
  for (const item of items) {
    const itemSize = sizeOf(item);
    if (slice.length > 0 && size + itemSize > max) {
      yield slice;
      slice = [];
      size = 0;
    }
    slice.push(item);
    size += itemSize;
  }
  if (slice.length > 0) yield slice;
}
