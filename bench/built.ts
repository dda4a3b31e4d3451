import { readFile } from 'node:fs/promises';

const DIST = new URL('../dist/', import.meta.url);

/**
 * Loads a module of the built service, since Node cannot strip decorators and parameter properties. `T` is the type of
 * its source.
 * @param path below `src`, without extension
 */
export async function importBuilt<T>(path: string): Promise<T> {
  const build = await readFile(new URL('current', DIST), 'utf8');
  return (await import(new URL(`${build}/${path}.js`, DIST).href)) as T;
}
