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
  /** Whether it is in the process: it cannot be out without a call that has failed, so it is probed only when its circuit is not closed. */
  isLocal: boolean;
  /** Called when a probe is good again after one that was not. */
  onRecovery?: () => void;
}

/** How a probe ended: `refused` ones say nothing about the circuit, `silent` ones had no answer yet when the next was due. */
export type ProbeResult = 'good' | 'bad' | 'refused' | 'silent';

/** What probing works with. */
export interface ProberOptions {
  clock: Clock;
  /** Milliseconds between two probes of a healthy service without traffic. */
  everyMs: number;
  random: () => number;
  /** Whether nobody has asked for some time: services of which nothing bad is known are then not probed. */
  isIdle: () => boolean;
  /** Called before every probe. */
  onProbe: (guard: string) => void;
}

/** The probes of one service. */
interface ProbeLoop {
  guard: string;
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
/** The longest pause between probes that are refused. Raised above the hold of a refused key, questions find the refusal again. */
const MAX_PAUSE_MS = 240_000;
/** A throttled target has told when it may be called. Only when that is later than this is it probed before. */
const THROTTLED_PAUSE_MS = 60_000;

/**
 * Probes services that no traffic has shown to work lately. A probe counts like any other call, and is a trial of a
 * half-open circuit. A good probe of an open circuit ends the open time early, one of a held target ends the hold. Targets
 * that are held or refuse probes are probed with pauses that double, up to four minutes.
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

  /**
   * Probes a service now, unless it has refused probes lately: what was refused may have been one question, as by a firewall,
   * and not the key.
   */
  probeNow(guard: string): void {
    for (const each of this.loops) if (each.guard === guard) each.loop.wake();
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
    const { guard } = subject;
    const { clock, everyMs } = this.options;
    const underWay = new Set<Promise<ProbeResult>>();
    let inDoubt = false;
    let seesOutage = false;
    let refusals = 0;
    let notBefore = Number.NEGATIVE_INFINITY;
    let wasThrottled = false;
    const waitAfter = (last: ProbeResult) => {
      if (!inDoubt) return this.waitMs;
      return last === 'silent' ? 0 : DOUBT_MS;
    };
    const probeIfDue = async () => {
      const isThrottled = guard.rejection === 'throttled';
      if (isThrottled && !wasThrottled) notBefore = clock.now() + THROTTLED_PAUSE_MS;
      wasThrottled = isThrottled;
      const isPaused = clock.now() < notBefore || underWay.size >= MAX_PROBES;
      if (isPaused || !this.isWanted(subject, seesOutage)) return waitAfter('good');
      const probe = this.probe(subject, seesOutage).finally(() => underWay.delete(probe));
      underWay.add(probe);
      const last = await this.watchSilence(probe);
      if (last === 'refused' || isHeld(guard))
        notBefore = clock.now() + Math.min(everyMs * 2 ** refusals++, MAX_PAUSE_MS);
      else refusals = 0;
      const { state } = guard;
      if (last !== 'good') seesOutage = true;
      else {
        if (seesOutage) subject.onRecovery?.();
        if (state === 'closed') seesOutage = false;
      }
      // A closed circuit with a good or a refused probe, and an open circuit, are certain. Everything else is probed again soon.
      inDoubt = state === 'half-open' || (state === 'closed' && (last === 'bad' || last === 'silent'));
      return waitAfter(last);
    };
    return { guard: guard.name, loop: new BackgroundLoop('probes', clock, undefined, probeIfDue), underWay };
  }

  private isWanted({ guard, isLocal }: ProbeSubject, seesOutage: boolean): boolean {
    if (isLocal && guard.state === 'closed') return false;
    if (guard.mode !== 'auto' && guard.mode !== 'observe') return false;
    if (guard.state === 'half-open' && guard.rejection === null) return true;
    if (guard.state === 'half-open' && !isHeld(guard)) return false;
    const isWell = guard.state === 'closed' && guard.rejection === null && !seesOutage;
    if (isWell && this.options.isIdle()) return false;
    // A call that succeeds proves more than a probe.
    return isHeld(guard) || guard.msSinceSuccess >= this.options.everyMs * (1 - JITTER);
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
    const { guard, classify } = subject;
    this.options.onProbe(guard.name);
    try {
      if (guard.rejection === null) await this.probeGuarded(subject, seesOutage);
      else await this.probeRejecting(subject, seesOutage);
      return 'good';
    } catch (error) {
      // The guard has logged the failure of a probe that it let through.
      const { outcome, errorType } = classify(error);
      return outcome === 'ignored' && errorType !== 'rejected' ? 'refused' : 'bad';
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

  /**
   * Calls past the guard, which would reject and log. A good end ends a hold, and the open time where a probe has seen the
   * outage. A refusal prolongs a hold.
   */
  private async probeRejecting(subject: ProbeSubject, seesOutage: boolean): Promise<void> {
    const { guard, probe, limitMs, classify } = subject;
    using limit = startDeadline(this.options.clock, limitMs, this.stopping.signal);
    try {
      await guard.injection.call(probe, limit.signal);
      guard.hold.end();
      if (seesOutage && guard.rejection === 'open') guard.startTrials();
    } catch (error) {
      if (this.stopping.signal.aborted) throw error;
      const { hold } = classify(error);
      if (hold) guard.hold.prolong(hold);
      reportSideFailure({ event: 'probe_failed', breaker_name: guard.name }, error);
      throw error;
    }
  }
}

/** Whether the guard makes no calls for another reason than its circuit and its operator. */
function isHeld({ rejection }: Guard): boolean {
  return rejection === 'throttled' || rejection === 'loading' || rejection === 'latched';
}
