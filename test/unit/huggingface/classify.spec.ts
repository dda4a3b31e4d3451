import { InferenceClientProviderApiError, InferenceClientRoutingError } from '@huggingface/inference';
import { classifyError } from '../../../src/huggingface/classify.ts';
import { readErrorBody } from '../../../src/huggingface/error-body.ts';
import { BadResponseError, NoAnswerError, UpstreamError } from '../../../src/huggingface/errors.ts';
import { parseRetryAfter } from '../../../src/huggingface/retry-after.ts';
import {
  AttemptTimeoutError,
  DeadlineExceededError,
  GuardRejectedError,
} from '../../../src/resilience/guard/errors.ts';
import type { Verdict } from '../../../src/resilience/guard/outcome.ts';

const json = (body: object = { error: 'simulated' }) => JSON.stringify(body);
const status = (code: number, body = json(), retryAfterMs?: number) =>
  new UpstreamError(code, readErrorBody(body), retryAfterMs);
const network = (message: string, code: string) => new TypeError(message, { cause: { code } });
const library = (code: number, body: Record<string, unknown> | string) =>
  new InferenceClientProviderApiError(
    'Failed',
    { url: 'http://host', method: 'POST' },
    { requestId: '', status: code, body: body as never },
  );

const HTML = '<!DOCTYPE html><html></html>';
const CANCELLED: Verdict = { outcome: 'ignored', errorType: 'cancelled', retry: 'never', nextTarget: false };
const REJECTED: Verdict = { outcome: 'ignored', errorType: 'rejected', retry: 'never', nextTarget: true };
const TIMEOUT: Verdict = {
  outcome: 'failure',
  errorType: 'timeout',
  retry: 'never',
  nextTarget: true,
};
const NETWORK: Verdict = { outcome: 'failure', errorType: 'network', retry: 'yes', nextTarget: true };
const SERVER: Verdict = { outcome: 'failure', errorType: 'http_error', retry: 'yes', nextTarget: true };
const LOADING: Verdict = { outcome: 'failure', errorType: 'loading', retry: 'never', nextTarget: true };
const BAD: Verdict = { outcome: 'failure', errorType: 'bad_response', retry: 'never', nextTarget: true };
const INVALID: Verdict = {
  outcome: 'ignored',
  errorType: 'invalid_request',
  retry: 'never',
  nextTarget: true,
};
const CONTENT_REFUSED: Verdict = { ...INVALID, errorType: 'content_refused', nextTarget: false };
const NO_ANSWER = { errorType: 'no_answer', nextTarget: true } as const;
const LATCHED: Verdict = {
  outcome: 'ignored',
  errorType: 'credentials',
  retry: 'never',
  nextTarget: true,
  hold: { cause: 'latched', ms: 300_000 },
};
const throttled = (ms: number): Verdict => ({
  outcome: 'ignored',
  errorType: 'rate_limited',
  retry: 'yes',
  nextTarget: true,
  hold: { cause: 'throttled', ms },
});
const loading = (ms: number): Verdict => ({ ...LOADING, hold: { cause: 'loading', ms } });

describe('classifyError', () => {
  it.each<[string, unknown, Verdict]>([
    ['an aborted call', new DOMException('aborted', 'AbortError'), CANCELLED],
    ['an open guard', new GuardRejectedError('g', 'open', 10), REJECTED],
    ['a spent deadline', new DeadlineExceededError(), REJECTED],
    ['the attempt timer', new AttemptTimeoutError('attempt'), TIMEOUT],
    ['the first-token timer', new AttemptTimeoutError('first_token'), TIMEOUT],
    ['the idle timer', new AttemptTimeoutError('idle'), TIMEOUT],
    ['a refused connection', network('fetch failed', 'ECONNREFUSED'), NETWORK],
    ['a reset connection', network('fetch failed', 'ECONNRESET'), NETWORK],
    ['an unknown host', network('fetch failed', 'ENOTFOUND'), NETWORK],
    ['a connection that takes too long', network('fetch failed', 'UND_ERR_CONNECT_TIMEOUT'), NETWORK],
    ['a connection that breaks midway', network('terminated', 'UND_ERR_SOCKET'), NETWORK],
    ['a failed fetch without a code', new TypeError('fetch failed'), NETWORK],
    ['408', status(408), SERVER],
    ['424', status(424), SERVER],
    ['500', status(500), SERVER],
    ['502', status(502), SERVER],
    ['504', status(504), SERVER],
    ['another server fault', status(529), SERVER],
    ['502 with a page', status(502, HTML), SERVER],
    ['500 with nothing', status(500, ''), SERVER],
    ['400 with a page of a proxy', status(400, HTML), SERVER],
    ['413 with nothing', status(413, ''), { ...INVALID, tooLong: { limit: undefined } }],
    ['409, which has no row', status(409), { ...SERVER, retry: 'never' }],
    ['503', status(503), LOADING],
    ['503 with Retry-After', status(503, json(), 7_000), loading(7_000)],
    ['503 with estimated_time', status(503, json({ estimated_time: 20.5 })), loading(20_500)],
    ['503 with both', status(503, json({ estimated_time: 20.5 }), 7_000), loading(7_000)],
    ['429 without Retry-After', status(429), throttled(1_000)],
    ['429 for a second', status(429, json(), 1_000), throttled(1_000)],
    ['429 for two seconds', status(429, json(), 2_000), throttled(2_000)],
    ['429 until a time that is past', status(429, json(), 0), throttled(1_000)],
    ['429 without credit', status(429, json({ error: { code: 'insufficient_quota' } })), LATCHED],
    ['429 with a page', status(429, HTML, 5_000), throttled(5_000)],
    ['400', status(400), INVALID],
    ['413', status(413), INVALID],
    ['422', status(422), INVALID],
    ['422 with plain text', status(422, 'Failed to deserialize the JSON body'), INVALID],
    ['401 with a login page', status(401, HTML), SERVER],
    ['403 with a challenge', status(403, HTML), SERVER],
    ['403 with plain text', status(403, 'Forbidden'), SERVER],
    ['404 of an ingress', status(404, '404 page not found'), SERVER],
    ['404 with nothing', status(404, ''), SERVER],
    ['401', status(401), LATCHED],
    ['402', status(402), LATCHED],
    ['403', status(403), LATCHED],
    ['404', status(404), { ...LATCHED, errorType: 'not_found' }],
    ['a token that the router does not take', new InferenceClientRoutingError('not a hf token'), LATCHED],
    ['an answer of the wrong shape', new BadResponseError('wrong_shape'), BAD],
    ['an answer that a filter stopped', new NoAnswerError('content_filter'), CONTENT_REFUSED],
    ['a refusal of the model', new NoAnswerError('refusal'), { ...CONTENT_REFUSED, nextTarget: true }],
    ['an answer of thoughts alone', new NoAnswerError('length'), { ...INVALID, ...NO_ANSWER }],
    [
      'a filter in the midst of a stream',
      library(200, { error: { code: 'content_filter' } }),
      CONTENT_REFUSED,
    ],
    ['JSON that does not parse', new SyntaxError('Unexpected token'), BAD],
    ['an error event, from the library', library(200, { error: 'simulated' }), BAD],
    ['no event stream, from the library', library(200, ''), BAD],
    ['500 from the library', library(500, { error: 'simulated' }), SERVER],
    ['503 from the library', library(503, { estimated_time: 3 }), loading(3_000)],
    ['400 from the library', library(400, { error: 'too long' }), INVALID],
    [
      'a programming error',
      new TypeError('undefined is not a function'),
      { ...BAD, outcome: 'failure', errorType: 'bug' },
    ],
    ['something that is no error', undefined, { ...BAD, errorType: 'bug' }],
  ])('classifies %s', (_name, error, expected) => {
    expect(classifyError(error)).toEqual(expected);
  });
});

describe('readErrorBody', () => {
  it.each([
    json({ estimated_time: 'soon' }),
    json({ estimated_time: -1 }),
    '{"estimated_time":',
    '[]',
    'null',
  ])('takes no loading time from %s', (body) => {
    expect(readErrorBody(body).loadingMs).toBeUndefined();
  });

  it.each([
    ['', true],
    ['Not Found', true],
    ['"Unauthorized"', true],
    [HTML, true],
    ['{"error":', true],
    ['{}', false],
    ['[{"error":{"code":400}}]', false],
  ])('tells a page of something in front from an answer of the API: %s', (body, page) => {
    expect(readErrorBody(body).page).toBe(page);
  });

  it.each([
    { error: { message: 'The response was filtered', param: 'prompt', code: 'content_filter', status: 400 } },
    { error: { code: '400', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    { error: { message: 'Rejected', type: 'image_generation_user_error', code: 'content_policy_violation' } },
    { error: { message: 'Invalid prompt: flagged as violating our usage policy.', code: 'invalid_prompt' } },
    { error: { code: 'data_inspection_failed', message: 'Input data may contain inappropriate content.' } },
    { error: { message: 'Content Exists Risk', type: 'invalid_request_error' } },
    { contentFilter: [{ level: 1 }], error: { code: '1301', message: 'unsafe' } },
    { error: { code: 403, message: 'Your chosen model requires moderation and your input was flagged' } },
    { detail: { error: { type: 'guardrail_violation' } } },
    { code: 'permission', error: 'Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO' },
    { error: { type: 'permission_error', message: 'The prompt violates our content policy' } },
    { type: 'error', error: { message: 'Output blocked by content filtering policy' } },
    [{ error: { code: 400, message: 'The prompt was blocked due to PROHIBITED_CONTENT' } }],
    {
      success: false,
      errors: [{ code: 2_016, message: 'Prompt blocked due to security configurations' }],
    },
    { error: { message: "{'error': 'Violated content safety policy'}", code: '400' } },
    { error: { message: 'This request was stopped', code: 'cyber_policy' } },
    { error: 'Keyword banned. Keyword=poison' },
    { finish_reason: 'input_guardrail_triggered', input_guardrail: [{ flagged: true }] },
    { error: { message: 'ContentPolicyViolationError: The response was filtered', code: '400' } },
  ])('reads that a policy forbids the content: %j', (body) => {
    expect(readErrorBody(json(body))).toMatchObject({ contentRefused: true });
    const verdict = { outcome: 'ignored', errorType: 'content_refused', retry: 'never', nextTarget: false };
    for (const code of [400, 403, 422, 424]) expect(classifyError(status(code, json(body)))).toEqual(verdict);
  });

  it('takes what a law forbids for no fault of the service, which another may answer', () => {
    const verdict = { outcome: 'ignored', errorType: 'content_refused', retry: 'never', nextTarget: true };
    expect(classifyError(status(451, json({ code: 50_507 })))).toEqual(verdict);
  });

  it.each([
    { error: { message: 'Invalid value: content_filter', type: 'invalid_request_error', param: 'messages' } },
    { error: { message: 'You are not allowed to use this policy', code: 'permission_denied' } },
    { error: { message: 'Your account was suspended for violating our content policy' } },
  ])('takes other refusals for what they are: %j', (body) => {
    expect(readErrorBody(json(body))).toMatchObject({ contentRefused: false });
  });
});

it('a body that is nested more deeply than the stack is read all the same', () => {
  const body = `${'{"error":'.repeat(100_000)}{"code":"content_filter"}${'}'.repeat(100_000)}`;
  expect(readErrorBody(body)).toMatchObject({ page: false, contentRefused: false });
});

describe('parseRetryAfter', () => {
  const now = Date.UTC(2026, 10, 21, 9, 0, 0);

  it.each<[string | null, number | undefined]>([
    ['7', 7_000],
    [' 0 ', 0],
    ['1.5', 1_500],
    ['Sat, 21 Nov 2026 09:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 08:59:00 GMT', 0],
    ['Sat, 99 Nov 2026 09:00:30 GMT', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['in 5 minutes', undefined],
    ['1e9', undefined],
    ['99999999999999999999', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads %p', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
