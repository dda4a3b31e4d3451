import { CircuitState as PolicyState, type IBreaker } from 'cockatiel';
import type { GuardSettings } from '../../config/app-config.ts';
import type { SlidingWindow } from './sliding-window.ts';
import { tripStrategies } from './trip-strategies.ts';

/** Tells Cockatiel when to open, by the strategy and the thresholds of the moment. */
export class TripBreaker implements IBreaker {
  /** What Cockatiel would save; the history is ours and outlives its policies. */
  state: unknown = null;

  constructor(
    private readonly history: SlidingWindow,
    private readonly settings: () => GuardSettings,
    /** Whether the next failure alone is enough, since others have seen the service fail. */
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
