import type { ApiError } from '../../shared/api.ts';

/** Statuses of an outage, of too many requests, and of a proxy that waits in vain; 0 is no response. */
const TEMPORARY = new Set([0, 408, 429, 500, 502, 503, 504]);
/** Statuses of a request that is refused for its documents. */
const REFUSALS = new Set([400, 413, 422]);

/** Whether the same call may succeed later. */
export function isTemporary({ status }: ApiError): boolean {
  return TEMPORARY.has(status);
}

/** Whether the documents themselves may be what broke the call. */
export function isBreak({ status }: ApiError): boolean {
  return status === 0 || status === 500;
}

/** Whether a smaller batch may succeed: a proxy says no more than that a body is too large. */
export function isAboutDocuments({ status }: ApiError): boolean {
  return REFUSALS.has(status);
}

/** Why one document was refused, as a sentence. */
export function explainRefusal({ status, code, message }: ApiError): string {
  if (status === 413 && code === '') return 'The file is too large for a proxy in front of the service.';
  // The row is the document, so its place in the request says nothing.
  const reason = /documents\.0\.?(.*)$/s.exec(message)?.[1] ?? message;
  const sentence = reason.replace(/^text: /, 'The text ').replaceAll(/; documents\.0\.?/g, '; ');
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
