import { readEmbeddingComplaint, type EmbeddingComplaint } from './embedding-complaint.ts';

/** The facts of an error response's body. */
export interface ErrorBody {
  /** The body is empty or an HTML page: a proxy answered, not the service. */
  page: boolean;
  /** The body says that the target does not serve the model. */
  modelUnsupported: boolean;
  /** The body says that a content policy forbids the question or its answer. */
  contentRefused: boolean;
  /** Milliseconds until the model is loaded, when the body says so. */
  loadingMs?: number;
  /** What it complains of when an embedding host was called. */
  embedding?: EmbeddingComplaint | undefined;
}

const UNSUPPORTED =
  /\bmodel\b.{0,200}(\bnot|n't)\b.{0,20}\b(supported|exist|found)\b|\bmodel_not_(supported|found)\b/is;

/** Codes of content policies: OpenAI, Azure, Gemini, DashScope, Zhipu, OpenRouter and LiteLLM. */
const POLICY_CODE =
  /content_?(filter|policy|safety|moderation)|moderation|policy_?violation|data_?inspection|sensitive|prohibited|guardrail|^invalid_prompt$|^1301$/i;
/** Messages of services whose codes do not tell. */
const POLICY_MESSAGE =
  /\bcontent management policy\b|\bour usage polic|\bour safety system\b|\binput was flagged\b|^content exists risk$/i;
/** The objects of an error's body that hold codes, from the outside in. */
const NESTED = ['error', 'innererror', 'metadata', 'detail'];

/** Reads the body of an error response, as text or parsed. Never throws. */
export function readErrorBody(body: unknown): ErrorBody {
  const text = typeof body === 'string' ? body.trim() : JSON.stringify(body ?? '');
  const parsed = typeof body === 'string' ? parse(text) : body;
  const page = text === '' || text === '""' || /^<(!doctype|html|head|body|\?xml)/i.test(text);
  const modelUnsupported = !page && UNSUPPORTED.test(text);
  const embedding = readEmbeddingComplaint(text);
  const facts = { page, modelUnsupported, contentRefused: isContentRefused(parsed), embedding };
  const seconds = isRecord(parsed) ? parsed['estimated_time'] : undefined;
  if (typeof seconds !== 'number' || !(seconds > 0)) return facts;
  return { ...facts, loadingMs: seconds * 1_000 };
}

function isContentRefused(body: unknown): boolean {
  if (!isRecord(body)) return false;
  const { code, type, message } = body;
  if ([code, type].some((value) => POLICY_CODE.test(String(value)))) return true;
  if (typeof message === 'string' && POLICY_MESSAGE.test(message)) return true;
  return NESTED.some((name) => isContentRefused(body[name]));
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
