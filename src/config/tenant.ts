/** The tenant everything belongs to as long as requests name none. */
export const DEFAULT_TENANT = 'default';
