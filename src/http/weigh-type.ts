/**
 * How much a caller wants a media type, from 0 to 1, by the `Accept` header (RFC 9110, section 12.5.1). Only the type itself
 * counts: ranges such as `*` accept whatever is sent by default.
 */
export function weighType(accept: string | undefined, type: string): number {
  for (const range of accept?.toLowerCase().split(',') ?? []) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  }
  return 0;
}
