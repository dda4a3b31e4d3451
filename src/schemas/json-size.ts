/** Limits of one JSON text. */
export interface JsonLimits {
  /** Fields, items, lists and objects in all: one more than there are commas and opening brackets. */
  values: number;
  /** Lists and objects inside one another. */
  depth: number;
}

/** The limit that a JSON text exceeds. */
export type JsonExcess = keyof JsonLimits;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * Counts the values and the levels of a JSON text from its bytes, without parsing it. Takes UTF-8 in pieces of any size.
 * Text that is not JSON is counted as well. Its parser refuses it.
 */
export class JsonSize {
  private values = 1;
  private depth = 0;
  private inText = false;
  private isEscaped = false;

  private readonly limits: JsonLimits;

  constructor(limits: JsonLimits) {
    this.limits = limits;
  }

  /** Counts further bytes; stops at the first limit that is exceeded, and returns which. */
  add(bytes: Uint8Array): JsonExcess | undefined {
    // Local variables: the loop over fields of the object takes five times as long.
    let { values, depth, inText, isEscaped } = this;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index];
      if (inText) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === COMMA) values++;
      else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth--;
      else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
        values++;
        if (++depth > this.limits.depth) return 'depth';
      }
      if (values > this.limits.values) return 'values';
    }
    Object.assign(this, { values, depth, inText, isEscaped });
    return undefined;
  }
}
