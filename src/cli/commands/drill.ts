import { Argument, InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';
import { ADMIN_HELP, AdminClient, sendJson } from '../admin-client.ts';
import { addJsonOption, addServiceOptions, wholeNumber, type OutputOptions } from '../command.ts';
import type { ServiceOptions } from '../service-client.ts';
import { ServiceCallError } from '../service-failure.ts';
import { formatTable, print, toLine } from '../terminal.ts';

type Options = ServiceOptions & OutputOptions;

/** A drill as the service shows it. */
const drillSchema = z.object({
  id: z.string(),
  guard: z.string(),
  fault: z.string(),
  share: z.number(),
  ends_in: z.number(),
  calls_hit: z.number(),
  reason: z.string().nullable(),
});
type DrillView = z.infer<typeof drillSchema>;
const listSchema = z.object({ running: z.array(drillSchema) });
const actionSchema = z.object({ drill: drillSchema });
const endSchema = z.object({ drill: drillSchema.pick({ guard: true, fault: true }) });

const PATH = '/admin/drills';
const FAULTS = ['refuse', 'hang', 'slow', 'status_503', 'rate_limit', 'garbage', 'cut_midway'];
const COLUMNS = ['ID', 'GUARD', 'FAULT', 'SHARE', 'ENDS IN', 'CALLS HIT', 'REASON'];

const HELP = `
A drill puts a fault between a guard and its service, for all callers, until it
ends by itself. A service allows drills with DRILLS_ENABLED=true, and a local
trial, which made its admin key itself, unless DRILLS_ENABLED=false.
${ADMIN_HELP}

Examples:
  failsoft drill start huggingface_api hang --ttl 120 --reason 'rehearsal'
  failsoft drill start embedding_api status_503 --share 0.5
  failsoft drill list
  failsoft drill stop 0b9f2c1e-…`;

/** `failsoft drill`: rehearses outages on a running service. */
export function addDrill(program: Command): void {
  const drill = program
    .command('drill')
    .summary('rehearse an outage')
    .description('Rehearses outages on a running failsoft.')
    .addHelpText('after', HELP);
  addJsonOption(addServiceOptions(drill.command('start').argument('<guard>', 'a name of `failsoft status`')))
    .addArgument(new Argument('<fault>', 'what its service seems to do').choices(FAULTS))
    .description('Begins a drill.')
    .option('--share <share>', 'share of the calls that meet the fault, 0 to 1', parseShare, 1)
    .option('--ttl <seconds>', 'when it ends by itself', wholeNumber(1, 3_600), 300)
    .option('--reason <text>', 'why, for the audit trail')
    .action(start);
  addJsonOption(addServiceOptions(drill.command('list')))
    .description('Lists the drills that run.')
    .action(list);
  addJsonOption(addServiceOptions(drill.command('stop').argument('<id>', 'an id of `failsoft drill list`')))
    .description('Ends a drill at once.')
    .action(stop);
}

async function start(
  guard: string,
  fault: string,
  { json, share, ttl, reason, ...options }: Options & { share: number; ttl: number; reason?: string },
): Promise<void> {
  const body = { guard, fault, share, ttl_seconds: ttl, reason };
  const begun = await call(options, (admin) =>
    admin.callJson<z.infer<typeof actionSchema>>(PATH, sendJson('POST', body), actionSchema),
  );
  print(json, begun, () => toTable([begun.drill]));
}

async function list({ json, ...options }: Options): Promise<void> {
  const found = await call(options, (admin) =>
    admin.callJson<z.infer<typeof listSchema>>(PATH, {}, listSchema),
  );
  print(json, found, () => (found.running.length > 0 ? toTable(found.running) : 'no drill runs'));
}

async function stop(id: string, { json, ...options }: Options): Promise<void> {
  const path = `${PATH}/${encodeURIComponent(id)}`;
  const ended = await call(options, (admin) =>
    admin.callJson<z.infer<typeof endSchema>>(path, { method: 'DELETE' }, endSchema),
  );
  print(json, ended, () => toLine(`ended ${ended.drill.fault} of ${ended.drill.guard}`));
}

/** Makes a call to the drills. A service that allows none does not have their routes. */
async function call<T>(options: ServiceOptions, make: (admin: AdminClient) => Promise<T>): Promise<T> {
  const admin = new AdminClient(options);
  try {
    return await make(admin);
  } catch (error) {
    if (error instanceof ServiceCallError && error.status === 404 && (await isOff(admin)))
      throw new Error('this failsoft allows no drills: start it with DRILLS_ENABLED=true', { cause: error });
    throw error;
  }
}

function isOff(admin: AdminClient): Promise<boolean> {
  const limits = { limitMs: 10_000, maxTries: 1, results: [404] };
  return admin.call(PATH, {}, limits, ({ status }) => Promise.resolve(status === 404));
}

function toTable(drills: DrillView[]): string {
  const rows = drills.map(({ id, guard, fault, share, ends_in, calls_hit, reason }) => [
    id,
    guard,
    fault,
    String(share),
    `${ends_in} s`,
    String(calls_hit),
    reason ?? '',
  ]);
  return formatTable(COLUMNS, rows);
}

function parseShare(text: string): number {
  if (/^(0(\.\d+)?|1(\.0+)?)$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be 0 to 1');
}
