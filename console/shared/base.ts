/** Where the service is: the folder of this page, which a proxy may have put below a path of its own. */
export const BASE = new URL('.', location.href);

/** The name under which the tab keeps something; installations below other paths of the same origin have others. */
export function nameStore(name: string): string {
  return `failsoft.${name}:${BASE.pathname}`;
}
