/** The facts of an error response's body. */
export interface ErrorBody {
  /** The body is empty or an HTML page: a proxy answered, not the service. */
  page: boolean;
  /** The body says that the target does not serve the model. */
  modelUnsupported: boolean;
  /** Milliseconds until the model is loaded, when the body says so. */
  loadingMs?: number;
}

const UNSUPPORTED =
  /\bmodel\b.{0,200}(\bnot|n't)\b.{0,20}\b(supported|exist|found)\b|\bmodel_not_(supported|found)\b/is;

/** Reads the body of an error response, as text or parsed. Never throws. */
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
    return undefined;
  }
}

/** Whether a parsed value is an object or a list, whose fields can be read. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
