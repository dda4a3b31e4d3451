import { toTable } from '../../../bench/report.ts';
import { failures, type Failure } from './failure-table.ts';
import { SEEN, WAYS } from './observation.ts';

const ENDINGS: Record<Failure['ending'], string> = {
  early: 'before the text',
  midway: 'midway',
  refused: 'declined',
  cut_short: 'cut at its limit',
  answered: 'whole',
};

/** Returns the page `docs/failures.md`, made of the tables that the tests hold against the service. */
export function renderFailuresPage(): string {
  const faults = failures.map((failure) => {
    const { what, circuit, hold, again, next, ending, reason } = failure;
    const counted = hold === undefined ? circuit : `${circuit}, \`${hold}\``;
    return [
      what,
      ENDINGS[ending],
      counted,
      again ?? 'no',
      next ? 'yes' : 'no',
      reason ? `\`${reason}\`` : '–',
    ];
  });
  const head = ['The model', 'Ends', 'Circuit', 'Same model again', 'Next model', '`fallback_reason`'];
  const seen = Object.entries(SEEN).map(([row, cells]) => [row, ...cells]);
  return `# Failures of a model

This page says what a caller gets when a model fails. \`test/scenarios/generation/failure-contract.spec.ts\` breaks a model over a real socket in each of these ways, asks on each API, and compares. \`UPDATE_DOCS=1 npm test -- failures-page\` writes the page from the tables of that test.

## What callers see

The last four columns are chat completions of [OpenAI's API](openai.md): without a stream, as streams, and with \`"failsoft": {"degraded": "refuse"}\`. The stream of \`POST /query\` is shown by its [events](api.md#streams). The answer of another model has a \`notice\` in its metadata. The answer of the [fallback ladder](answering.md#what-happens-when-no-model-answers) has the status 200 and says in its first line what it is; where the ladder has nothing, the response is a 503 with \`Retry-After\`.

${toTable(['The call ends', ...Object.keys(WAYS)], seen)}

A question is *declined* when a content policy forbids it, or when the last model that is asked refuses. With \`"stream_policy": "whole"\` a stream of \`POST /query\` shows no text before its end, so there is no \`reset\`.

## What each fault does

*Circuit* says how the call counts in the [circuit](resilience.md#what-counts-as-a-failure), and which [hold](resilience.md#holds-of-a-guard) of the guard follows. *Same model again* holds while no other model is left (a shorter prompt is tried in any case), with \`retries=\` in [its URL](configuration.md#generation-targets) also before another one is called, and never after text that a user has seen. *Next model* says whether another model is called. \`fallback_reason\` is that of the ladder's answer, to which \`_no_cache\` may be [appended](api.md#reasons-of-a-fallback).

${toTable(head, faults)}

A model that never answers is not waited for: another one is called after \`GENERATION_HEDGE_AFTER_MS\`, and the ladder answers when [patience](configuration.md#patience) ends. A model that a hedge has replaced counts neither as a success nor as a failure. A 429 is waited for when its \`Retry-After\` is at most \`RETRY_AFTER_MAX_WAIT_MS\`, and one second without it. A model that dribbles loses its turn when its share of the question's time is over and another model could answer. A caller who leaves, and a deadline that is spent, count for no circuit.
`;
}
