/** What is worth knowing of the body of an error response. */
export interface ErrorBody {
  /** Empty or an HTML page: something in between spoke, not the service. */
  page: boolean;
  /** It says that this target does not serve the model. */
  modelUnsupported: boolean;
  /** How long the model still needs to load, in milliseconds. */
  loadingMs?: number;
}

const UNSUPPORTED =
  /\bmodel\b.{0,200}(\bnot|n't)\b.{0,20}\b(supported|exist|found)\b|\bmodel_not_(supported|found)\b/is;

/** Reads an error response's body, as text or already parsed; never throws. */
export function readErrorBody(body: unknown): ErrorBody {
  const text = typeof body === 'string' ? body.trim() : JSON.stringify(body ?? '');
  const parsed = typeof body === 'string' ? parse(text) : body;
  const page = text === '' || text === '""' || /^<(!doctype|html|head|body|\?xml)/i.test(text);
  const modelUnsupported = !page && UNSUPPORTED.test(text);
  const seconds = isRecord(parsed) ? parsed['estimated_time'] : undefined;
  if (typeof seconds !== 'number' || !(seconds > 0)) return { page, modelUnsupported };
  return { page, modelUnsupported, loadingMs: seconds * 1_000 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page: the status, which is logged, says what failed.
    return undefined;
  }
}

/** Whether a parsed value has fields that may be read, as objects and lists have. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
