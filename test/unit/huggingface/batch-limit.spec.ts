import { readErrorBody } from '../../../src/huggingface/error-body.ts';

it.each<[string, number | undefined]>([
  ['{"error":"batch size 32 > maximum allowed batch size 8","error_type":"Validation"}', 8],
  ['{"message":"batch size 100 > maximum allowed batch size 32","code":413,"type":"Validation"}', 32],
  ['{"code":20042,"message":"input batch size 136 > maximum allowed batch size 64","data":null}', 64],
  [
    '<400> InternalError.Algo.InvalidParameter: Value error, batch size is invalid, it should not be larger than 10.: input.contents',
    10,
  ],
  ['batchsize=100 >Max BatchSize=32', 32],
  [
    '{"error":{"message":"Invalid \'input\': array too long. Expected an array with maximum length 16, but got an array with length 32 instead.","code":"array_above_max_length"}}',
    16,
  ],
  [
    'Too many inputs. The max number of inputs is 1.  We hope to increase the number of inputs per request soon.',
    1,
  ],
  ['* BatchEmbedContentsRequest.requests: at most 20 requests can be in one batch', 20],
  ['invalid request: total number of texts must be at most 24, received 32', 24],
  ['The batch size limit is 16. Your batch size is 32.', 16],
  [
    '{"detail":[{"type":"too_long","loc":["body","input"],"msg":"List should have at most 8 items after validation, not 32","ctx":{"max_length":8}}]}',
    8,
  ],
  ['ensure this value has at most 8 items', 8],
  [
    'The max allowed tokens per submitted batch is 120000. Your batch has 121138 tokens after truncation. Please lower the number of tokens in the batch.',
    undefined,
  ],
  [
    "This model's maximum context length is 512 tokens, however you requested 700 tokens (700 in your prompt). Please reduce your input.",
    undefined,
  ],
  ['`inputs` must have less than 512 tokens. Given: 700', undefined],
  ['input is too large to process. increase the physical batch size', undefined],
  [
    'input (700 tokens) is too large to process. increase the physical batch size (current batch size: 512)',
    undefined,
  ],
  ['Input text exceeds 2048 characters', undefined],
  ['rate limit: 5 requests per minute exceeded', undefined],
  ['number of input strings (32) exceeds the limit of 4', 4],
  ['Batch too large: 32 inputs, max 5 allowed', 5],
  ['embedding batch of 32 exceeds max_batch_size=12', 12],
  ['max_client_batch_size 4 exceeded by inputs', 4],
  ['max_client_batch_size is 4', 4],
  ['Only 4 inputs are allowed per request', 4],
  ['batch of 32 > 4', 4],
  ['input length 32 exceeds maximum number of elements: 10', 10],
  ['{"input":["Ensure this field has no more than 6 elements."]}', 6],
  ['{"error":"too many inputs","max_batch_size":8}', 8],
  ['<html><head><title>413 Request Entity Too Large</title></head><h1>413</h1></html>', undefined],
  ['{"error":{"message":"the batch of inputs exceeds the maximum","code":3}}', undefined],
  [
    '{"detail":[{"loc":["body","model"],"msg":"Field required","input":{"input":["Send at most 5 items."]}}]}',
    undefined,
  ],
])('the most texts in one call are read from a refusal: %s', (text, limit) => {
  expect(readErrorBody(text).complaint?.batchLimit).toBe(limit);
});

it.each(['max batch ', '<', 'input ', '1', 'limit 12 ', ' '])(
  'a refusal of 200,000 characters is read in no time: %j',
  (part) => {
    const startedAt = performance.now();
    readErrorBody(`batch ${part.repeat(200_000 / part.length)}`);
    expect(performance.now() - startedAt).toBeLessThan(50);
  },
);
