/** Limits that no timer of the service has by itself, so that a test can wait for them. */
export const FIRST_TOKEN_MS = 9_700;
export const IDLE_MS = 8_300;
/** The first pause before a call is repeated, without its random half. */
export const PAUSE_MS = 50;
