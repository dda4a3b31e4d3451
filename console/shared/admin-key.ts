import { signal } from '@preact/signals';
import { nameStore } from './base.ts';

const STORE = nameStore('admin-key');
const IN_ADDRESS = /^#key=([\x21-\x7e]{1,500})$/;

/** The key of the admin API; empty when nobody has given one. It lives as long as the tab. */
export const adminKey = signal(takeKeyFromAddress() ?? read());

// The address with a key may be opened in a tab that shows the console already.
addEventListener('hashchange', () => {
  const given = takeKeyFromAddress();
  if (given !== undefined) adminKey.value = given;
});

/** Keeps a key for this tab; an empty one forgets it. */
export function keepAdminKey(key: string): void {
  adminKey.value = key;
  try {
    if (key === '') sessionStorage.removeItem(STORE);
    else sessionStorage.setItem(STORE, key);
  } catch {
    // A browser may forbid storage; the key then lasts until the page is left.
  }
}

/** The key that `npm start` printed with the address, which then leaves the address bar. */
function takeKeyFromAddress(): string | undefined {
  const [, given] = IN_ADDRESS.exec(location.hash) ?? [];
  if (given === undefined) return undefined;
  history.replaceState(null, '', '#/');
  try {
    sessionStorage.setItem(STORE, given);
  } catch {
    // See keepAdminKey.
  }
  return given;
}

function read(): string {
  try {
    return sessionStorage.getItem(STORE) ?? '';
  } catch {
    return '';
  }
}
