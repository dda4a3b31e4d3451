import type { Command } from 'commander';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { loadConfig } from '../../config/load-config.ts';
import {
  addJsonOption,
  addServiceOptions,
  describeFailure,
  ExitCode,
  type OutputOptions,
} from '../command.ts';
import { describeState, guardSchema, guardTable, type GuardView } from '../guard-table.ts';
import { ServiceClient, type ServiceOptions } from '../service-client.ts';
import { paint, print, toJson, toLine, withColours, writeOutput, type Style } from '../terminal.ts';

const INTERVAL_MS = 1_000;
/** 503 is the state of what was asked about, and no failure of the call. */
const LIMITS = { limitMs: 8_000, maxTries: 1, results: [200, 503] };

const HELP = `
The exit code is 0 when the service is healthy, 3 when it is degraded (it
answers, with less than usual), and 4 when it is down (no failsoft runs at the
address, or it cannot answer anything).

Examples:
  failsoft status
  failsoft status --watch
  failsoft status --json | jq -r '.guards[] | select(.is_healthy | not).name'`;

/** What is shown. */
interface Status {
  status: 'healthy' | 'degraded' | 'down';
  url: string;
  /** Why it is not healthy, a line each. */
  reasons: string[];
  guards: GuardView[];
}

/** The body of `GET /health` and `GET /health/ready`. */
interface HealthBody {
  status?: string;
  details?: Record<string, { status: string; reason?: string }>;
}

const healthSchema = z.object({
  details: z.record(z.string(), z.object({ status: z.string(), reason: z.string().optional() })),
});
const circuitsSchema = z.object({ circuit_breakers: z.record(z.string(), guardSchema) });

const STYLES: Record<Status['status'], Style> = { healthy: 'green', degraded: 'yellow', down: 'red' };
const CODES: Record<Status['status'], number> = {
  healthy: 0,
  degraded: ExitCode.degraded,
  down: ExitCode.down,
};

/** `failsoft status`: shows the health of a running service and its guards. */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .summary('show health and guards')
    .description(
      'Shows whether a running failsoft is healthy, and its guards, those that need attention first.',
    );
  addJsonOption(addServiceOptions(command))
    .option('-w, --watch', 'again each second, until Ctrl-C: in place on a terminal, elsewhere a line each')
    .addHelpText('after', HELP)
    .action(showStatus);
}

async function showStatus(options: ServiceOptions & OutputOptions & { watch?: boolean }): Promise<void> {
  const service = new ServiceClient(options, loadConfig());
  if (options.watch) return watch(service, options);
  const status = await readStatus(service);
  print(options.json, status, () => describe(status));
  process.exitCode = CODES[status.status];
}

/** Ends with the process alone. */
async function watch(service: ServiceClient, { json }: OutputOptions): Promise<never> {
  const { stdout } = process;
  // What is on the screen is kept above it.
  if (stdout.isTTY && !json) stdout.write('\n'.repeat(stdout.rows));
  for (;;) {
    const status = await readStatus(service);
    if (json) writeOutput(toJson({ time: new Date().toISOString(), ...status }));
    else if (stdout.isTTY) {
      const lines = withColours(describe(status))
        .split('\n')
        .slice(0, (stdout.rows || Infinity) - 1);
      // Each line is overwritten and then cleared behind: a screen cleared first would flicker. What is too long is not wrapped.
      stdout.write(
        `\u001b[?7l\u001b[H${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J\u001b[?7h`,
      );
    } else writeOutput(describeOnLine(status));
    await setTimeout(INTERVAL_MS);
  }
}

async function readStatus(service: ServiceClient): Promise<Status> {
  const { url } = service;
  const read = async <T>(path: string, schema: z.ZodType) =>
    (await service.callJson<T>(path, {}, LIMITS, schema)).body;
  try {
    const [ready, health, circuits] = await Promise.all([
      read<HealthBody>('/health/ready', healthSchema),
      read<HealthBody>('/health', healthSchema),
      read<{ circuit_breakers: Record<string, GuardView> }>('/health/circuit-breaker', circuitsSchema),
    ]);
    const guards = Object.values(circuits.circuit_breakers);
    const known = explain(health);
    // The models' guards are among the reasons of the health check.
    const others = guards.filter((guard) => !guard.is_healthy && !known.join().includes(guard.name));
    const reasons = [...known, ...others.map(explainGuard)];
    const isDown = ready.status === 'error' || ready.status === 'shutting_down';
    const status = isDown ? 'down' : reasons.length > 0 ? 'degraded' : 'healthy';
    return { status, url, reasons: [...(isDown ? explain(ready) : []), ...reasons], guards };
  } catch (error) {
    return { status: 'down', url, reasons: [describeFailure(error)], guards: [] };
  }
}

/** What is not up, a line each. */
function explain({ details = {} }: HealthBody): string[] {
  return Object.entries(details)
    .filter(([, { status }]) => status !== 'up')
    .map(([name, { status, reason }]) => `${name}: ${reason ?? status}`);
}

function explainGuard(guard: GuardView): string {
  return `${guard.name}: ${describeState(guard)}`;
}

function describe({ status, url, reasons, guards }: Status): string {
  const head = `failsoft at ${url} is ${paint(STYLES[status], status)}`;
  const lines = reasons.map((reason) => `  ${toLine(reason)}`);
  return [head, ...lines, ...(guards.length > 0 ? ['', guardTable(guards)] : [])].join('\n');
}

function describeOnLine({ status, reasons, guards }: Status): string {
  const states = guards.map(({ name, state }) => `${name}=${state}`);
  return toLine([new Date().toISOString(), status, ...(guards.length > 0 ? states : reasons)].join(' '));
}
