import { readFinish } from '../../../src/huggingface/chat/finish-reason.ts';

it.each<[unknown, ReturnType<typeof readFinish>]>([
  [null, undefined],
  [undefined, undefined],
  ['', undefined],
  ['null', undefined],
  ['None', undefined],
  ['not_finished', undefined],
  ['in_progress', undefined],
  ['FINISH_REASON_UNSPECIFIED', undefined],
  ['stop', 'stop'],
  ['eos_token', 'stop'],
  ['STOP', 'stop'],
  ['tool_calls', 'stop'],
  ['length', 'length'],
  ['model_length', 'length'],
  ['time_limit', 'length'],
  ['incomplete', 'length'],
  ['MAX_TOKENS', 'length'],
  ['max_output_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['content_filter', 'content_filter'],
  ['content_filter: PROHIBITED_CONTENT', 'content_filter'],
  ['SAFETY', 'content_filter'],
  ['sensitive', 'content_filter'],
  ['refusal', 'refusal'],
  ['error', 'failed'],
  ['network_error', 'failed'],
  ['insufficient_system_resource', 'failed'],
  ['abort', 'failed'],
])('the finish reason %p means %p', (reason, expected) => {
  expect(readFinish(reason)).toBe(expected);
});
