import { GuardModel, type ModelCall } from './guard-model.ts';

type Outcome = 'success' | 'failure' | 'ignored';

/** Models with one mistake each, by what it is. */
export const mutants: Record<string, typeof GuardModel> = {
  'a late outcome is counted': class extends GuardModel {
    protected override isCurrent(): boolean {
      return true;
    }
  },
  'an ignored outcome is a failure': class extends GuardModel {
    override end(call: ModelCall, outcome: Outcome, holdMs?: number): void {
      super.end(call, outcome === 'ignored' ? 'failure' : outcome, holdMs);
    }
  },
  'an ignored outcome is a success': class extends GuardModel {
    override end(call: ModelCall, outcome: Outcome, holdMs?: number): void {
      super.end(call, outcome === 'ignored' ? 'success' : outcome, holdMs);
    }
  },
  'there is one trial too many': class extends GuardModel {
    protected override areTrialsTaken(): boolean {
      return this.trials > this.settings.halfOpenMaxCalls;
    }
  },
  'trial slots are not given back': class extends GuardModel {
    protected override giveBackTrial(): void {
      // The mistake is to do nothing.
    }
  },
  'failures in a row never get old': class extends GuardModel {
    protected override get recent() {
      return this.settings.strategy === 'consecutive' ? this.samples : super.recent;
    }
  },
  'the window of the rate never moves': class extends GuardModel {
    protected override get recent() {
      return this.settings.strategy === 'rate' ? this.samples : super.recent;
    }
  },
  'counted failures never get old': class extends GuardModel {
    protected override get recent() {
      return this.settings.strategy === 'count' ? this.samples : super.recent;
    }
  },
  'a success does not end a run of failures': class extends GuardModel {
    protected override addSample(failed: boolean): void {
      if (failed) super.addSample(failed);
    }
  },
  'half-open never closes': class extends GuardModel {
    protected override close(): void {
      // The mistake is to do nothing.
    }
  },
  'closing forgets no failure': class extends GuardModel {
    protected override close(): void {
      const { samples } = this;
      super.close();
      this.samples = samples;
    }
  },
  'trips are not remembered': class extends GuardModel {
    protected override open(holdMs: number): void {
      this.trips = 0;
      super.open(holdMs);
    }
  },
  'trips are never forgotten': class extends GuardModel {
    protected override areTripsForgotten(): boolean {
      return false;
    }
  },
  'the open time is not capped': class extends GuardModel {
    protected override maxOpenMs = Number.POSITIVE_INFINITY;
  },
  'the open time is off by one': class extends GuardModel {
    protected override isWithinOpenTime(): boolean {
      return this.now <= this.openUntil;
    }
  },
  'one failure more than the threshold is needed': class extends GuardModel {
    protected override hasTripped(): boolean {
      return super.hasTripped() && this.failCount > this.settings.failThreshold;
    }
  },
  'half of the calls is enough for the rate': class extends GuardModel {
    protected override isTooMuch(failureRate: number): boolean {
      return failureRate >= 0.5;
    }
  },
  'a hanging trial stays': class extends GuardModel {
    override trialLimitMs = Number.POSITIVE_INFINITY;
  },
  'what a target asks for is not heeded': class extends GuardModel {
    protected override hold(): void {
      // The mistake is to do nothing.
    }
  },
  'a forced mode never ends': class extends GuardModel {
    override force(mode: 'forced_open' | 'forced_closed'): void {
      super.force(mode, Number.POSITIVE_INFINITY);
    }
  },
  'observing rejects': class extends GuardModel {
    protected override isObserved(): boolean {
      return false;
    }
  },
  'advice is taken though the service works here': class extends GuardModel {
    protected override opensByAdvice(): boolean {
      return this.advised;
    }
  },
  'a reset keeps the trips': class extends GuardModel {
    protected override forgetTrips(): void {
      // The mistake is to do nothing.
    }
  },
};
