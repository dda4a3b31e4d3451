import { startDeadline } from '../time/deadline.ts';
import { CANCELLED } from './attempt-verdict.ts';
import type { Clock } from '../time/clock.ts';
import type { Guard } from './guard.ts';
import type { Classify } from './outcome.ts';
import { BackgroundLoop } from '../time/background-loop.ts';
import { waitForStop } from '../time/stop-limit.ts';
import { reportSideFailure } from '../../telemetry/side-failures.ts';

/** A service with a probe of small, bounded cost. */
export interface ProbeSubject {
  guard: Guard;
  /** Resolves when the service has shown that it works. */
  probe: (signal: AbortSignal) => Promise<void>;
  /** The longest a probe may take, in milliseconds. */
  limitMs: number;
  classify: Classify;
}

/** How a probe ended; `silent` ones had no answer yet when the next was due. */
export type ProbeResult = 'good' | 'bad' | 'silent';

/** What probing works with. */
export interface ProberOptions {
  clock: Clock;
  /** Milliseconds between two probes of a healthy service without traffic. */
  everyMs: number;
  random: () => number;
  /** Called before every probe. */
  onProbe: (guard: string) => void;
}

/** The probes of one service. */
interface ProbeLoop {
  loop: BackgroundLoop;
  underWay: ReadonlySet<Promise<ProbeResult>>;
}

/** Share by which a pause is shortened at random, so that instances started together do not run in step. */
const JITTER = 0.2;
/** Milliseconds until the next probe after one that failed or is unanswered. Raising it finds an outage later. */
const DOUBT_MS = 2_000;
/** How a good probe ends that proves nothing. */
const PROVES_NOTHING = new Error('proves nothing');
/** Probes of one service under way at once. */
const MAX_PROBES = 5;

/**
 * Probes services that no traffic has shown to work lately. A probe counts like any other call, and is a trial of a
 * half-open circuit. A good probe of an open circuit ends the open time early.
 */
export class Prober {
  private readonly stopping = new AbortController();
  private readonly loops: ProbeLoop[];

  constructor(
    subjects: ProbeSubject[],
    private readonly options: ProberOptions,
  ) {
    this.loops = subjects.map((subject) => this.createLoop(subject));
  }

  /** Whether no probe is under way. */
  get isAtRest(): boolean {
    return this.loops.every(({ loop, underWay }) => loop.isAtRest && underWay.size === 0);
  }

  start(): void {
    for (const { loop } of this.loops) void loop.start(this.waitMs);
  }

  /** Ends every probe under way. */
  stop(): Promise<void> {
    this.stopping.abort();
    const ended = async () => {
      await Promise.all(this.loops.map(({ loop }) => loop.stop()));
      await Promise.all(this.loops.flatMap(({ underWay }) => [...underWay]));
    };
    return waitForStop(ended(), this.options.clock);
  }

  /** Milliseconds until the next probe of a healthy service. */
  private get waitMs(): number {
    return this.options.everyMs * (1 - JITTER * this.options.random());
  }

  private createLoop(subject: ProbeSubject): ProbeLoop {
    const underWay = new Set<Promise<ProbeResult>>();
    let inDoubt = false;
    let seesOutage = false;
    const waitAfter = (last: ProbeResult) => {
      if (!inDoubt) return this.waitMs;
      return last === 'silent' ? 0 : DOUBT_MS;
    };
    const probeIfDue = async () => {
      if (underWay.size >= MAX_PROBES || !this.isWanted(subject)) return waitAfter('good');
      const probe = this.probe(subject, seesOutage).finally(() => underWay.delete(probe));
      underWay.add(probe);
      const last = await this.watchSilence(probe);
      const { state } = subject.guard;
      if (last !== 'good') seesOutage = true;
      else if (state === 'closed') seesOutage = false;
      // A closed circuit with a good probe, and an open circuit, are certain. Everything else is probed again soon.
      inDoubt = state === 'half-open' || (state === 'closed' && last !== 'good');
      return waitAfter(last);
    };
    return { loop: new BackgroundLoop('probes', this.options.clock, undefined, probeIfDue), underWay };
  }

  private isWanted({ guard }: ProbeSubject): boolean {
    if (guard.mode !== 'auto' && guard.mode !== 'observe') return false;
    // A target that asked for a pause gets it, and a call that succeeds proves more than a probe.
    const isHeld = guard.rejection !== null && guard.rejection !== 'open';
    const isProving = guard.state === 'half-open';
    return !isHeld && (isProving || guard.msSinceSuccess >= this.options.everyMs * (1 - JITTER));
  }

  private async watchSilence(probe: Promise<ProbeResult>): Promise<ProbeResult> {
    const silence = Promise.withResolvers<ProbeResult>();
    const cancel = this.options.clock.setTimer(() => silence.resolve('silent'), DOUBT_MS);
    try {
      return await Promise.race([probe, silence.promise]);
    } finally {
      cancel();
    }
  }

  private async probe(subject: ProbeSubject, seesOutage: boolean): Promise<ProbeResult> {
    const { guard } = subject;
    this.options.onProbe(guard.name);
    try {
      if (guard.rejection === 'open') await this.probeOpen(subject, seesOutage);
      else await this.probeGuarded(subject, seesOutage);
      return 'good';
    } catch {
      // The guard has logged the failure of a probe that it let through.
      return 'bad';
    }
  }

  /**
   * Where calls fail that probes do not see fail, a good probe proves nothing: it is ignored, so as not to interrupt
   * the run of their failures.
   */
  private async probeGuarded(subject: ProbeSubject, seesOutage: boolean): Promise<void> {
    const { guard, probe, limitMs, classify } = subject;
    const proves = () => seesOutage || guard.state !== 'closed' || guard.snapshot().fail_count === 0;
    const call = async (signal: AbortSignal) => {
      await probe(signal);
      if (!proves()) throw PROVES_NOTHING;
    };
    try {
      await guard.execute(call, {
        signal: this.stopping.signal,
        timeoutMs: limitMs,
        classify: (error) => (error === PROVES_NOTHING ? CANCELLED : classify(error)),
      });
    } catch (error) {
      if (error !== PROVES_NOTHING) throw error;
    }
  }

  /** Calls past the guard, which would reject and log. Only a good end has an effect, and only where a probe has seen the outage. */
  private async probeOpen({ guard, probe, limitMs }: ProbeSubject, seesOutage: boolean): Promise<void> {
    using limit = startDeadline(this.options.clock, limitMs, this.stopping.signal);
    try {
      await probe(limit.signal);
      if (seesOutage && guard.rejection === 'open') guard.startTrials();
    } catch (error) {
      if (!this.stopping.signal.aborted)
        reportSideFailure({ event: 'probe_failed', breaker_name: guard.name }, error);
      throw error;
    }
  }
}
