import { readComplaint, type Complaint } from './complaint.ts';
import { isRecord } from './is-record.ts';

/** The facts of an error response's body. */
export interface ErrorBody {
  /** The body is no JSON object: as a rule something in front of the service answered, not the service. */
  page: boolean;
  /** The body is plain text, as some servers answer a request that they cannot read. */
  isText?: boolean;
  /** The body says that a content policy forbids the question or its answer. */
  contentRefused: boolean;
  /** The body says that the caller has no credit left. */
  isQuotaSpent?: boolean;
  /** What the request could be changed for. */
  complaint?: Complaint;
  /** Milliseconds until the model is loaded, when the body says so. */
  loadingMs?: number;
}

/** Codes of content policies: OpenAI, Azure, Gemini, DashScope, Zhipu, OpenRouter and LiteLLM. */
const POLICY_CODE =
  /content_?(filter|policy|safety|moderation)|moderation|policy_?violation|cyber_policy|data_?inspection|sensitive|prohibited|guardrail|^invalid_prompt$|^1301$/i;
/** Messages of services whose codes do not tell. */
const POLICY_MESSAGE =
  /\bcontent (?:management |usage |moderation |safety |filter\w{0,3} )?polic(?:y|ies)\b|content_?policy_?violation|\bcontent filter(?:ing)?\b|\b(?:our|violates?) usage (?:polic|guideline)|\bour safety system\b|\binput was flagged\b|\bprompt (?:was )?blocked\b|\bguardrails?\b|^content exists risk$|\bnew_sensitive\b|\bkeyword banned\b/i;
/** Codes of an account without credit: OpenAI, DeepSeek, Moonshot and Zhipu. */
const QUOTA_CODE = /^insufficient_(?:quota|balance)|^exceeded_current_quota|^billing_|^1113$/i;
/** A message about the caller, whom no question concerns. */
const OF_CALLER =
  /\b(?:account|api[ _-]?key|organization|suspended|terminated|deactivated|(?<!keyword )banned)\b/i;
/** The objects of an error's body that hold codes, from the outside in. */
const NESTED = ['error', 'errors', 'innererror', 'metadata', 'detail'];

/** Objects within each other that are looked through. Raised, a body that is nested deeper takes more of the stack. */
const MAX_DEPTH = 8;

const HTML = /^<(?:!doctype|html|head|body|\?xml)/i;

/** Whether a text is a page, as something in front of a service answers with. */
export function isHtml(text: string): boolean {
  return HTML.test(text.trimStart());
}

/** Reads the body of an error response, as text or parsed. Never throws. */
export function readErrorBody(body: unknown): ErrorBody {
  const text = typeof body === 'string' ? body.trim() : '';
  const parsed = typeof body === 'string' ? parse(text) : body;
  const page = !isRecord(parsed);
  const isText = page && text !== '' && !isHtml(text);
  const seconds = isRecord(parsed) ? parsed['estimated_time'] : undefined;
  const facts = {
    page,
    contentRefused: isContentRefused(parsed),
    isQuotaSpent: isQuotaSpent(parsed),
    complaint: readComplaint(isText ? text : parsed),
    isText,
  };
  if (typeof seconds !== 'number' || !(seconds > 0)) return facts;
  return { ...facts, loadingMs: seconds * 1_000 };
}

function isContentRefused(body: unknown, depth = 0): boolean {
  if (typeof body === 'string') return POLICY_MESSAGE.test(body) && !OF_CALLER.test(body);
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(body)) return isContentRefused(body[0], depth + 1);
  if (!isRecord(body)) return false;
  const { code, type, finish_reason, message = body['status_msg'] } = body;
  if ([code, type, finish_reason].some((value) => POLICY_CODE.test(String(value)))) return true;
  if (typeof message === 'string' && isContentRefused(message)) return true;
  return NESTED.some((name) => isContentRefused(body[name], depth + 1));
}

function isQuotaSpent(body: unknown): boolean {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : body;
  return isRecord(error) && [error['code'], error['type']].some((value) => QUOTA_CODE.test(String(value)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
