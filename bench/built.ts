/**
 * Loads a module of the built service, since Node cannot strip decorators and parameter properties. `T` is the type of
 * its source.
 * @param path below `dist`, without extension
 */
export async function importBuilt<T>(path: string): Promise<T> {
  return (await import(new URL(`../dist/${path}.js`, import.meta.url).href)) as T;
}
