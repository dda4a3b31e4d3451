import type { ComponentChildren } from 'preact';
import { sayAgo, sayDuration, sayMs, sayShare } from '../format.ts';
import { serviceNow } from '../operate-data.ts';
import type { Guard, HealthWindow, Settings } from '../types.ts';

const OPENS: Record<string, string> = {
  consecutive: 'in a row',
  rate: 'and more than half of the calls',
  count: 'among the last 100 calls',
};

type Patience = NonNullable<Guard['patience']>;

/** What is known of a guard: outcomes, the last failure, patience, latency. */
export function GuardFacts({ guard, settings }: { guard: Guard; settings: Settings | undefined }) {
  const { patience, health_of_all: ofAll, health } = guard;
  return (
    <>
      <Outcomes guard={guard} settings={settings} />
      <dl class="operate-facts">
        <Fact name="Last failure">{sayLastFailure(guard)}</Fact>
        {patience && <Fact name="Patience">{sayPatience(patience)}</Fact>}
        {guard.learnt !== null && (
          <Fact name="Learnt">needs requests that differ from its configuration</Fact>
        )}
      </dl>
      <Windows of={ofAll ?? health} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The calls of the window as a bar, and in words. */
function Outcomes({ guard, settings }: { guard: Guard; settings: Settings | undefined }) {
  const { calls, failures } = guard.window;
  const good = calls - failures;
  const widths = calls === 0 ? [] : [good, failures].map((part) => (100 * part) / calls);
  return (
    <div class="operate-outcomes">
      <svg class="operate-bar" width="100%" height="8" aria-hidden="true">
        <rect class="operate-fill-none" width="100%" height="8" />
        <rect class="operate-fill-good" width={`${widths[0] ?? 0}%`} height="8" />
        <rect class="operate-fill-bad" x={`${widths[0] ?? 0}%`} width={`${widths[1] ?? 0}%`} height="8" />
      </svg>
      <p class="operate-counts">
        <span>
          <b>{good}</b> good · <b>{failures}</b> failed
        </span>
        <span class="soft">
          <b>{guard.totals.rejected}</b> refused since the start
        </span>
      </p>
      {settings && settings.enabled !== 'false' && (
        <p class="soft">
          Opens after {settings.fail_threshold} failures {OPENS[settings.strategy]}, for{' '}
          {sayDuration(settings.timeout_seconds)}
        </p>
      )}
    </div>
  );
}

function Windows({ of }: { of: Guard['health'] }) {
  return (
    <table class="operate-windows">
      <thead>
        <tr>
          <th scope="col">Last</th>
          <th scope="col">Calls</th>
          <th scope="col">Errors</th>
          <th scope="col">Half in</th>
          <th scope="col">95 % in</th>
        </tr>
      </thead>
      <tbody>
        <WindowRow name="minute" window={of.minute} />
        <WindowRow name="hour" window={of.hour} />
      </tbody>
    </table>
  );
}

function WindowRow({ name, window }: { name: string; window: HealthWindow }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{window.calls.toLocaleString()}</td>
      <td>{sayShare(window.error_rate)}</td>
      <td>{sayMs(window.p50_ms)}</td>
      <td>{sayMs(window.p95_ms)}</td>
    </tr>
  );
}

function sayLastFailure({
  last_failure_time: at,
  last_failure_cause: cause,
  last_failure_kind: kind,
  last_failure_drilled: isDrilled,
}: Guard) {
  const parts = new Set([kind?.replaceAll('_', ' '), cause, isDrilled && 'in a drill']);
  const what = [...parts].filter(Boolean).join(', ');
  if (at === null) return what === '' ? 'none since the start' : `none; last refusal: ${what}`;
  return `${sayAgo(at, serviceNow() * 1_000)}${what === '' ? '' : ` (${what})`}`;
}

function sayPatience({ first_token_seconds: waits, first_token_p99_seconds: p99 }: Patience): string {
  const usual = p99 === null ? '' : `; 99 of 100 come within ${sayMs(p99 * 1_000)}`;
  return `waits ${saySeconds(waits)} for the first word${usual}`;
}

function saySeconds(seconds: number | null): string {
  return seconds === null ? 'as long as its limit allows' : sayMs(seconds * 1_000);
}
