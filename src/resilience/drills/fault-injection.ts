import { AttemptTimeoutError } from '../guard/errors.ts';
import type { CircuitState, GuardEvent } from '../guard/guard-events.ts';
import type { GuardedCall } from '../guard/guarded-call.ts';
import { sleep, type Clock } from '../time/clock.ts';
import { followAbort } from '../time/deadline.ts';
import { DRILL_FAULTS, type Drill, type DrillEnd, type DrillFault, type DrillView } from './drill.ts';
import { hasMetDrill, noteDrill } from './drill-trace.ts';
import type { ServiceFaults } from './service-faults.ts';

/** The delay of `slow` in milliseconds, at most half of what the service may take. Raised, more questions are answered without the service. */
const SLOW_MS = 3_000;
/** The parts of a stream that come before `cut_midway`. */
const PARTS_BEFORE_CUT = 3;

/** What a drill has done so far on this instance. */
interface Running {
  drill: Drill;
  /** Monotonic milliseconds. */
  endsAt: number;
  /** Epoch seconds. */
  begunAt: number;
  callsHit: number;
  cancelTimer: () => void;
}

/** What stands between a guard and its service: nothing, or the fault of a drill. */
export class FaultInjection {
  private running: Running | undefined;
  private service: ServiceFaults | undefined;
  /** Whether the circuit has not closed since a drill opened it. */
  private hasTripped = false;
  private readonly startedAt: number;
  private readonly stopping = new AbortController();

  constructor(
    private readonly guard: string,
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly emit: (event: GuardEvent) => void,
  ) {
    this.startedAt = clock.now();
  }

  /** Allows drills with the faults of the service. Without it no drill begins. */
  allow(service: ServiceFaults): void {
    this.service = service;
  }

  /** The faults that a drill may have. */
  get faults(): DrillFault[] {
    const { service } = this;
    if (!service) return [];
    return DRILL_FAULTS.filter((fault) => fault === 'hang' || fault === 'slow' || fault in service.errors);
  }

  /** Whether a drill runs. */
  get isActive(): boolean {
    return this.running !== undefined;
  }

  /** Whether a drill runs, or the circuit that it opened has not closed yet. */
  get isFelt(): boolean {
    return this.isActive || this.isOutlasted;
  }

  /** Whether the drill is over, and the circuit that it opened has not closed yet. */
  get isOutlasted(): boolean {
    return this.hasTripped && !this.isActive;
  }

  /** Follows the guard's circuit. */
  noteState(state: CircuitState): void {
    this.hasTripped = state !== 'closed' && (this.isFelt || hasMetDrill(this.guard));
  }

  /** The drill that runs, for operators; undefined without one. */
  get current(): DrillView | undefined {
    if (!this.running) return undefined;
    const { drill, endsAt, begunAt, callsHit } = this.running;
    const { id, fault, share, reason, actor, ttlMs } = drill;
    return {
      id,
      guard: this.guard,
      fault,
      share,
      reason,
      actor,
      began_at: begunAt,
      ttl_seconds: ttlMs / 1_000,
      ends_in: Math.max(0, Math.ceil((endsAt - this.clock.now()) / 1_000)),
      calls_hit: callsHit,
    };
  }

  /** The drill that runs, for everybody; null without one. */
  get shown() {
    if (!this.current) return null;
    const { id, fault, share, reason, ends_in } = this.current;
    return { id, fault, share, reason, ends_in };
  }

  /**
   * Begins a drill in place of the one that runs. A drill that is older than this process has ended with the process before.
   * A fault that the service cannot have is no drill.
   */
  begin(drill: Drill, leftMs: number): void {
    const { clock } = this;
    const isOlder = drill.ttlMs - leftMs > clock.now() - this.startedAt;
    if (isOlder || this.stopping.signal.aborted || !this.faults.includes(drill.fault)) return;
    if (this.running?.drill.id === drill.id) return;
    this.end('ended');
    const cancelTimer = clock.setTimer(() => this.end('expired'), leftMs);
    this.running = {
      drill,
      endsAt: clock.now() + leftMs,
      begunAt: clock.wall() / 1_000,
      callsHit: 0,
      cancelTimer,
    };
    this.emit({ type: 'drill_begun', guard: this.guard, drill, leftMs });
  }

  /** Ends the drill that runs, if any. Calls that hang go on to their own limits. */
  end(how: DrillEnd): void {
    const { current, running } = this;
    if (!current || !running) return;
    running.cancelTimer();
    this.running = undefined;
    this.emit({ type: 'drill_ended', guard: this.guard, drill: current, how });
  }

  /** Ends the drill that runs and every call that hangs, for good. */
  stop(): void {
    this.stopping.abort(new AttemptTimeoutError(this.service?.limit ?? 'attempt'));
    this.end('stopped');
    this.service = undefined;
  }

  /** Notes that the current work goes without the service, because its guard rejects on account of a drill. */
  noteRejection(): void {
    if (this.isFelt) noteDrill(this.guard);
  }

  /**
   * Makes a call to the service, or has it meet the fault.
   * @throws what the call throws; the fault's error; the signal's reason
   */
  call<T>(call: GuardedCall<T>, signal: AbortSignal, onSpeech: () => void = () => undefined): Promise<T> {
    const { running, service } = this;
    if (!running || !service || this.random() >= running.drill.share) return call(signal, onSpeech);
    running.callsHit++;
    noteDrill(this.guard);
    this.emit({ type: 'drill_met', guard: this.guard, fault: running.drill.fault });
    return this.fail(running.drill.fault, service, call, signal, onSpeech);
  }

  private async fail<T>(
    fault: DrillFault,
    service: ServiceFaults,
    call: GuardedCall<T>,
    signal: AbortSignal,
    onSpeech: () => void,
  ): Promise<T> {
    if (fault === 'hang') return this.hang(service, signal);
    if (fault === 'slow') {
      await sleep(this.clock, Math.min(SLOW_MS, service.limitMs / 2), signal);
      return call(signal, onSpeech);
    }
    const error = service.errors[fault]?.();
    if (fault === 'cut_midway') return cut(call, error, signal, onSpeech);
    throw error;
  }

  private async hang({ limit, limitMs }: ServiceFaults, signal: AbortSignal): Promise<never> {
    const wait = new AbortController();
    const unfollow = [signal, this.stopping.signal].map((ended) => followAbort(wait, ended));
    try {
      await sleep(this.clock, limitMs, wait.signal);
    } finally {
      for (const end of unfollow) end();
    }
    throw new AttemptTimeoutError(limit);
  }
}

/** Lets some parts of a stream through. A call without so many fails at its end. */
async function cut<T>(
  call: GuardedCall<T>,
  error: unknown,
  signal: AbortSignal,
  onSpeech: () => void,
): Promise<T> {
  const stream = new AbortController();
  const unfollow = followAbort(stream, signal);
  let parts = 0;
  try {
    await call(stream.signal, () => {
      onSpeech();
      if (++parts === PARTS_BEFORE_CUT) stream.abort(error);
    });
  } finally {
    unfollow();
  }
  throw error;
}
