import { Argument, type Command } from 'commander';
import { z } from 'zod';
import type { CircuitsController } from '../../admin/circuits.controller.ts';
import { ADMIN_HELP, AdminClient, sendJson } from '../admin-client.ts';
import { addJsonOption, addServiceOptions, splitPair, wholeNumber, type OutputOptions } from '../command.ts';
import { guardSchema, guardTable, type GuardView } from '../guard-table.ts';
import type { ServiceOptions } from '../service-client.ts';
import { formatTable, print, writeError } from '../terminal.ts';

type Options = ServiceOptions & OutputOptions;
type History = Awaited<ReturnType<CircuitsController['history']>>;

/** What an action answers. */
interface Done {
  circuit_breaker: GuardView & { settings: Record<string, unknown> };
  stored: boolean;
  audited: boolean;
}

const doneSchema = z.object({
  circuit_breaker: guardSchema.extend({ settings: z.record(z.string(), z.unknown()) }),
  stored: z.boolean(),
});
const historySchema = z.object({
  source: z.string(),
  changes: z.array(
    z.object({
      at: z.number(),
      from_state: z.string(),
      to_state: z.string(),
      fail_count: z.number(),
      instance: z.string(),
    }),
  ),
});

const HELP = `${ADMIN_HELP}

Examples:
  failsoft guard force huggingface_api open --ttl 600 --reason 'moving to another provider'
  failsoft guard set huggingface_api fail_threshold=8 timeout_seconds=60
  failsoft guard set huggingface_api fail_threshold=default
  failsoft guard reset huggingface_api
  failsoft guard history huggingface_api --limit 10`;

const SETTINGS = `
Settings:
  enabled               true, false, observe
  strategy              consecutive, rate, count
  fail_threshold, timeout_seconds, reset_timeout, success_threshold,
  half_open_max_calls   whole numbers
The value 'default' takes a change back.

Example:
  failsoft guard set huggingface_api fail_threshold=8 timeout_seconds=60`;

/** `failsoft guard`: controls the guards of a running service. `failsoft status` lists them. */
export function addGuard(program: Command): void {
  const guard = program
    .command('guard')
    .summary('force, reset and set guards, and show their history')
    .description(
      'Controls the guards of a running failsoft. Every action is audited. `failsoft status` lists the guards.',
    )
    .addHelpText('after', HELP);
  const add = (name: string, summary: string) =>
    addJsonOption(addServiceOptions(guard.command(name).argument('<guard>', 'its name'))).description(
      summary,
    );

  addReason(
    add(
      'force',
      'Forces a state. open and closed end by themselves, or by auto; half-open lets trials through at once.',
    ),
  )
    .addArgument(new Argument('<state>', 'the state').choices(['open', 'closed', 'half-open', 'auto']))
    .option('--ttl <seconds>', 'how long (default: 900)', wholeNumber(1, 86_400))
    .action(
      (
        name: string,
        state: string,
        { ttl, reason, ...options }: Options & { ttl?: number; reason?: string },
      ) => act(options, 'POST', `${pathOf(name)}/force-state`, { state, ttl_seconds: ttl, reason }),
    );
  addReason(add('reset', 'Closes the circuit, ends what was forced, and forgets failures.')).action(
    (name: string, { reason, ...options }: Options & { reason?: string }) =>
      act(options, 'POST', `${pathOf(name)}/reset`, { reason }),
  );
  addReason(add('set', 'Changes settings without losing counts.'))
    .argument('<key=value...>', 'settings', (pair, before: [string, string][] = []) => [
      ...before,
      splitPair(pair),
    ])
    .addHelpText('after', SETTINGS)
    .action(
      (name: string, pairs: [string, string][], { reason, ...options }: Options & { reason?: string }) =>
        act(
          options,
          'PATCH',
          pathOf(name),
          { ...Object.fromEntries(pairs.map(([key, value]) => [key, toSetting(value)])), reason },
          ({ settings }) =>
            formatTable(
              [],
              Object.entries(settings).map(([key, value]) => [key, String(value)]),
            ),
        ),
    );
  add('history', 'Shows the last state changes of a circuit, newest first.')
    .option('--limit <number>', 'how many', wholeNumber(1, 1_000), 50)
    .action(showHistory);
}

function addReason(command: Command): Command {
  return command.option('--reason <text>', 'why, for the audit trail');
}

function pathOf(guard: string): string {
  return `/admin/circuit-breakers/${encodeURIComponent(guard)}`;
}

/** A number where it is one, null for the default. */
function toSetting(text: string): string | number | null {
  if (text === 'default') return null;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

async function act(
  { json, ...options }: Options,
  method: string,
  path: string,
  body: object,
  show = (guard: Done['circuit_breaker']) => guardTable([guard]),
): Promise<void> {
  const done = await new AdminClient(options).callJson<Done>(path, sendJson(method, body), doneSchema);
  print(json, done, () => show(done.circuit_breaker));
  if (!done.stored)
    writeError('not stored: other instances, and this one after a restart, do not know of it');
}

async function showHistory(
  name: string,
  { json, limit, ...options }: Options & { limit: number },
): Promise<void> {
  const history = await new AdminClient(options).callJson<History>(
    `${pathOf(name)}/history?limit=${limit}`,
    {},
    historySchema,
  );
  const rows = history.changes.map(({ at, from_state, to_state, fail_count, instance }) => [
    new Date(at * 1_000).toISOString(),
    from_state,
    to_state,
    String(fail_count),
    instance,
  ]);
  print(json, history, () => formatTable(['TIME', 'FROM', 'TO', 'FAILS', 'INSTANCE'], rows));
  if (history.source === 'memory')
    writeError('the database is out: these are the changes that this instance remembers');
}
