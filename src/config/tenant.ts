/** The tenant of every request, because requests cannot name one yet. */
export const DEFAULT_TENANT = 'default';
