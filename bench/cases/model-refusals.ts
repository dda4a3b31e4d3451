import type { Case, CaseGroup, Seen } from './case.ts';
import { LIMITS_DOCUMENT, nameSources, QUESTIONS, RunningService, WELL } from './running-service.ts';
import { startScriptedServer, stream, type Received, type Scripted } from './scripted-server.ts';

type Respond = (request: Received, index: number) => Scripted;

/** Documents whose passages together are longer than a small model's context. */
const LONG_DOCUMENTS = Array.from({ length: 8 }, (_, n) => ({
  id: `limits-${n}`,
  text: `Part ${n}. ${LIMITS_DOCUMENT.text} `.repeat(10),
}));

/** A refusal as OpenAI's API writes it. */
const refusal = (message: string, rest: object = {}, status = 400): Scripted => ({
  status,
  body: { error: { message, type: 'invalid_request_error', ...rest } },
});
const isProbe = ({ body }: Received) => JSON.stringify(body['messages'] ?? '').length < 120;

/** A model that refuses calls of one shape, and answers the others. */
const refuses = (when: (body: Record<string, unknown>) => boolean, with_: Scripted): Respond => {
  return ({ body }) => (when(body) ? with_ : stream([WELL]));
};

const hasSystem = ({ messages }: Record<string, unknown>) =>
  (messages as { role: string }[]).some(({ role }) => role === 'system');
const hasField = (field: string) => (body: Record<string, unknown>) => field in body;

/** Every question is answered by the model itself, and the second one costs no refused call any more. */
function adapts(name: string, respond: Respond, documents = [LIMITS_DOCUMENT]): Case {
  return {
    name,
    expected: 'the model answers every question',
    async run(signal) {
      await using server = await startScriptedServer(respond);
      await using service = await RunningService.start(
        { GENERATION_TARGETS: `${server.url}/v1?model=m&name=model` },
        signal,
        documents,
      );
      const answers = await service.ask(...QUESTIONS);
      const calls = server.received.filter((request) => !isProbe(request)).length;
      const isExpected = answers.every(({ metadata }) => metadata?.target === 'model');
      return { text: `${nameSources(answers)}; ${calls} calls`, isExpected };
    },
  };
}

/** A model that fails for some questions, and is well for the ones behind them. */
function recovers(name: string, expected: string, fault: Scripted, times: number, reason?: string): Case {
  return {
    name,
    expected,
    async run(signal): Promise<Seen> {
      let left = times;
      await using server = await startScriptedServer((request) => {
        if (isProbe(request)) return stream(['OK']);
        return left-- > 0 ? fault : stream([WELL]);
      });
      await using service = await RunningService.start(
        {
          GENERATION_TARGETS: `${server.url}/v1?model=m&name=model`,
          RETRY_MAX_ATTEMPTS: '1',
          CIRCUIT_BREAKER_TIMEOUT_SECONDS: '2',
        },
        signal,
      );
      const bad = await service.ask(...Array.from({ length: times }, (_, n) => `What is limit number ${n}?`));
      const [good] = await service.until('an answer of the model', 15_000, async () => {
        const answers = await service.ask(`What is the upload limit, asked at ${Date.now()}?`);
        return answers[0]?.metadata?.target === 'model' ? answers : undefined;
      });
      const reasons = [...new Set(bad.map(({ metadata }) => metadata?.fallback_reason))].join(', ');
      const isExpected =
        good?.metadata?.target === 'model' && (reason === undefined || reasons.startsWith(reason));
      return { text: `${reasons}, then the model`, isExpected };
    },
  };
}

/** One caller's questions that nobody can answer do not take the model from the next caller. */
function isOwnAffair(name: string, fault: Scripted): Case {
  return {
    name,
    expected: 'eight such questions leave the circuit closed, and the next question is answered',
    async run(signal) {
      await using server = await startScriptedServer(({ body }) =>
        JSON.stringify(body).includes('forbidden') ? fault : stream([WELL]),
      );
      await using service = await RunningService.start(
        { GENERATION_TARGETS: `${server.url}/v1?model=m&name=model` },
        signal,
      );
      const bad = Array.from({ length: 8 }, (_, n) => `What is the forbidden limit number ${n}?`);
      const answers = await service.ask(...bad, 'What is the upload limit?');
      const { state } = await service.guard();
      const last = answers.at(-1)?.metadata?.target;
      return { text: `${state}; then ${last}`, isExpected: state === 'closed' && last === 'model' };
    },
  };
}

/** The second model answers when the first refuses whatever is asked, and monitoring shows the first as not working. */
const refusesAll: Case = {
  name: 'The first model refuses every question with 400, the second is well',
  expected: 'the second answers; the first is shown as refusing',
  async run(signal) {
    await using first = await startScriptedServer(() => refusal('This endpoint is being retired.'));
    await using second = await startScriptedServer(() => stream([WELL]));
    await using service = await RunningService.start(
      {
        GENERATION_TARGETS: `${first.url}/v1?model=m&name=model,${second.url}/v1?model=m&name=second`,
      },
      signal,
    );
    const questions = Array.from({ length: 6 }, (_, n) => `What is the upload limit number ${n}?`);
    const answers = await service.ask(...questions);
    const { is_healthy, hold } = await service.guard();
    const isExpected = answers.every(({ metadata }) => metadata?.target === 'second') && !is_healthy;
    return { text: `${nameSources(answers)}; healthy ${is_healthy}, ${JSON.stringify(hold)}`, isExpected };
  },
};

const tooLong = (message: string, rest: object, limit: number): Respond =>
  refuses(({ messages }) => JSON.stringify(messages).length > limit, refusal(message, rest));

/** How models refuse, and what that costs the questions. */
export const modelRefusals: CaseGroup = {
  title: 'Models that refuse',
  cases: [
    adapts(
      'The model wants max_completion_tokens for max_tokens',
      refuses(
        hasField('max_tokens'),
        refusal(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          { param: 'max_tokens', code: 'unsupported_parameter' },
        ),
      ),
    ),
    adapts(
      'The model takes no temperature',
      refuses(
        hasField('temperature'),
        refusal(
          "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
          { param: 'temperature', code: 'unsupported_value' },
        ),
      ),
    ),
    adapts('The model takes neither, and says so one at a time', ({ body }) => {
      if ('max_tokens' in body) return refusal('Unrecognized request argument supplied: max_tokens');
      return 'temperature' in body
        ? refusal('temperature is not supported', { param: 'temperature' })
        : stream([WELL]);
    }),
    adapts(
      'The model takes no system message',
      refuses(hasSystem, {
        status: 400,
        body: { object: 'error', message: 'System role not supported', type: 'BadRequestError', code: 400 },
      }),
    ),
    adapts(
      'The context is too long, as OpenAI and vLLM say it',
      tooLong(
        "This model's maximum context length is 512 tokens. However, you requested 3103 tokens (1055 in the messages, 2048 in the completion).",
        { code: 'context_length_exceeded' },
        2_500,
      ),
      LONG_DOCUMENTS,
    ),
    refusesAll,
    recovers(
      'An ingress answers 404 with a plain page for three questions',
      'the model answers once the page is gone',
      { status: 404, body: '404 page not found', type: 'text/plain' },
      3,
    ),
    recovers(
      'A challenge page answers 403 once',
      'the next question is answered by the model',
      { status: 403, body: '<!DOCTYPE html><title>Just a moment…</title>' },
      1,
    ),
    isOwnAffair('Answers end by a content filter', stream([], 'content_filter')),
    isOwnAffair('A model thinks until its tokens are used up', streamOfThoughts()),
    recovers(
      'A content filter ends one answer',
      'the caller is told that the content was refused; the next question is answered',
      stream([], 'content_filter'),
      1,
      'content_refused',
    ),
  ],
};

function streamOfThoughts(): Scripted {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunk = (delta: object, finish_reason: string | null) =>
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    chunk({ reasoning_content: 'Let me think' }, null);
    chunk({}, 'length');
    response.end('data: [DONE]\n\n');
  };
}
