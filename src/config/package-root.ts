import { existsSync, readFileSync } from 'node:fs';

/** The folder of this package, which has its documentation and its migrations, seen from src and from any build of it. */
export const PACKAGE_ROOT: URL = findPackageRoot(new URL('.', import.meta.url));

/** The version of failsoft. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8')) as { version: string }
).version;

function findPackageRoot(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder;
  const parent = new URL('..', folder);
  if (parent.href === folder.href) throw new Error('the package.json of failsoft is missing');
  return findPackageRoot(parent);
}
