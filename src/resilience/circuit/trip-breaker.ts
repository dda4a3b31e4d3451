import { CircuitState as PolicyState, type IBreaker } from 'cockatiel';
import type { GuardSettings } from '../../config/app-config.ts';
import type { SlidingWindow } from './sliding-window.ts';
import { tripStrategies } from './trip-strategies.ts';

/** Tells Cockatiel when to open, by the current trip strategy and thresholds. */
export class TripBreaker implements IBreaker {
  /** Required by IBreaker and unused: the history outlives Cockatiel's policies. */
  state: unknown = null;

  constructor(
    private readonly history: SlidingWindow,
    private readonly settings: () => GuardSettings,
    /** Whether one more failure is enough, because other instances see the circuit open. */
    private readonly isAdvisedToOpen: () => boolean,
  ) {}

  get failCount(): number {
    const settings = this.settings();
    return tripStrategies[settings.strategy].failCount(this.history, settings);
  }

  success(state: PolicyState): void {
    if (state === PolicyState.HalfOpen) this.history.clear();
    else this.history.add(false);
  }

  failure(): boolean {
    this.history.add(true);
    const settings = this.settings();
    return tripStrategies[settings.strategy].trips(this.history, settings) || this.isAdvisedToOpen();
  }
}
