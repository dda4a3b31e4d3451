import { readComplaint } from '../../../src/huggingface/complaint.ts';

/** Errors as services word them, with the limit that they tell. */
const TOO_LONG: [string, unknown, number | undefined][] = [
  [
    'Cloudflare, with the sum that was sent before the limit',
    {
      errors: [
        {
          code: 5_021,
          message:
            'AiError: The estimated number of input and maximum output tokens (5000) exceeded this model context window limit (3000).',
        },
      ],
    },
    3_000,
  ],
  [
    'OpenAI',
    {
      error: {
        message:
          "This model's maximum context length is 2048 tokens. However, you requested 3103 tokens (1055 in the messages, 2048 in the completion).",
        code: 'context_length_exceeded',
      },
    },
    2_048,
  ],
  [
    'vLLM, of the answer',
    {
      object: 'error',
      message:
        "'max_tokens' or 'max_completion_tokens' is too large: 2048. This model's maximum context length is 2048 tokens and your request has 1055 input tokens (2048 > 2048 - 1055).",
    },
    2_048,
  ],
  [
    'vLLM, of the prompt',
    { message: 'The decoder prompt (length 9000) is longer than the maximum model length of 8192.' },
    8_192,
  ],
  [
    'llama.cpp',
    {
      error: {
        message: 'the request exceeds the available context size. try increasing the context size',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 1_407,
        n_ctx: 512,
      },
    },
    512,
  ],
  [
    'llama-cpp-python',
    { error: { message: 'Requested tokens (2285) exceed context window of 2048', code: null } },
    2_048,
  ],
  [
    'text-generation-inference',
    {
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 1500 `inputs` tokens and 1000 `max_new_tokens`',
      error_type: 'validation',
    },
    2_048,
  ],
  [
    'Mistral',
    {
      object: 'error',
      message:
        'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
      code: '3051',
    },
    32_768,
  ],
  ['Anthropic', { error: { message: 'prompt is too long: 210000 tokens > 200000 maximum' } }, 200_000],
  [
    'Gemini',
    [
      {
        error: {
          message:
            'The input token count (1,200,000) exceeds the maximum number of tokens allowed (1,048,576).',
        },
      },
    ],
    1_048_576,
  ],
  [
    'a router that repeats its provider',
    { error: { metadata: { raw: '{"error":{"message":"maximum context length is 8,192 tokens"}}' } } },
    8_192,
  ],
  ['Ollama', { error: 'the input length exceeds the context length' }, undefined],
  ['Bedrock', { message: 'Input is too long for requested model.' }, undefined],
  ['Moonshot', { error: { message: 'Your request exceeded model token limit: 8192' } }, 8_192],
  ['DashScope', { error: { message: 'Range of input length should be [1, 30720]' } }, 30_720],
  ['Zhipu', { error: { code: '1261', message: 'Prompt 超长' } }, undefined],
  ['AI21', { detail: "The number of tokens in the prompt and completion can't exceed 8192" }, 8_192],
  ['Cohere', { message: 'too many tokens: size limit exceeded by 1000 tokens. The limit is 4096.' }, 4_096],
  ['Replicate', { detail: 'Your input was 5000 tokens, which exceeds the limit of 4096' }, 4_096],
  ['LMDeploy', { message: 'The token length (5000) is larger than session_len 4096' }, 4_096],
  ['Vertex', { message: 'the input token count is 40000 but model only supports up to 32767' }, 32_767],
  ['vLLM, of what is left', { message: 'max_tokens must be at least 1, got -200.' }, undefined],
  ['a code behind the message', { error: { message: 'exceeds the context window', code: 400 } }, undefined],
  ['a code that is a text', { message: 'exceeds the context window', code: '3051' }, undefined],
  ['a limit in a field', { error: 'the prompt is too long', max_model_len: 4_096 }, 4_096],
];

describe('readComplaint', () => {
  it.each(TOO_LONG)('reads that the request is too long: %s', (_, body, limit) => {
    const { tooLong, parts } = readComplaint(body);
    expect({ tooLong, parts }).toEqual({ tooLong: { limit }, parts: [] });
  });

  it.each<[unknown, string[]]>([
    [
      { error: { message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead." } },
      ['max_tokens', 'max_completion_tokens'],
    ],
    [{ error: { message: 'Unsupported value', param: 'temperature' } }, ['temperature']],
    [{ error: { message: 'Unrecognized request argument supplied: max_tokens' } }, ['max_tokens']],
    [
      {
        detail: [
          {
            type: 'extra_forbidden',
            loc: ['body', 'max_completion_tokens'],
            msg: 'Extra inputs are not permitted',
          },
        ],
      },
      ['max_completion_tokens'],
    ],
    [
      { message: 'Invalid JSON payload received. Unknown name "temperature": Cannot find field.' },
      ['temperature'],
    ],
    [{ object: 'error', message: 'System role not supported' }, ['system']],
    [
      { error: { message: 'Conversation roles must alternate user/assistant/user/assistant/...' } },
      ['system'],
    ],
    [{ error: { message: "'messages[0].role' does not support 'system' with this model." } }, ['system']],
    [[{ error: { message: 'Developer instruction is not enabled for models/gemma-3-27b-it' } }], ['system']],
    [{ max_tokens: ['Unknown field.'] }, ['max_tokens']],
    [{ error: 'Only user, assistant and tool roles are supported, got system.' }, ['system']],
    [{ error: 'role must be one of: user, assistant' }, ['system']],
    [{ error: "role 'system' is invalid" }, ['system']],
    [{ message: 'System messages are forbidden for this model' }, ['system']],
    [
      { detail: [{ loc: ['body', 'messages', 0, 'role'], msg: "Input should be 'user' or 'assistant'" }] },
      ['system'],
    ],
    [{ error: 'max_tokens exceeds the limit of 1024 completion tokens' }, ['max_tokens']],
    [
      {
        error: { message: "Unsupported parameter: 'stop' is not supported with this model.", param: 'stop' },
      },
      ['stop'],
    ],
    [{ error: { message: 'Unrecognized request argument supplied: seed' } }, ['seed']],
    [{ detail: [{ loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }] }, ['seed']],
    [{ error: { message: '`temperature` and `top_p` cannot both be specified' } }, ['temperature', 'top_p']],
    [
      {
        error: {
          message:
            '`max_tokens` must be less than or equal to `1024`, the maximum value for `max_tokens` is less than the `context_window` for this model',
          param: 'max_tokens',
        },
      },
      ['max_tokens'],
    ],
  ])('reads which parts of the request are refused: %j', (body, parts) => {
    expect(readComplaint(body)).toEqual({ parts });
  });

  it.each([
    { error: 'simulated' },
    { error: { message: 'The model `m` does not exist' } },
    {
      detail: [
        { loc: ['body', 'x'], msg: 'Field required', input: { content: 'max_tokens of the context length' } },
      ],
    },
    { error: { message: 'The system is not ready' } },
    { error: { message: 'Please stop: the seed of this request is unknown.' } },
    { error: 'bad request', sent: { temperature: 0.2, max_tokens: 2_048 } },
    undefined,
    'text',
  ])('finds nothing in another error, and nothing in what it repeats: %j', (body) => {
    expect(readComplaint(body)).toEqual({ parts: [] });
  });

  it.each(['a', 'system ', 'prompt ', 'exceeds ', 'max_', 'not ', 'only user ', '1', '9,'])(
    'reads 200,000 characters of %p in no more time than a short text takes',
    (part) => {
      const startedAt = performance.now();
      readComplaint({ error: part.repeat(200_000 / part.length) });
      expect(performance.now() - startedAt).toBeLessThan(50);
    },
  );
});
