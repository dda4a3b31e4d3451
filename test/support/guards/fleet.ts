import { loadConfig } from '../../../src/config/load-config.ts';
import type { Clock } from '../../../src/resilience/time/clock.ts';
import { GuardOverrides } from '../../../src/resilience/sharing/guard-overrides.ts';
import type { GuardEvent } from '../../../src/resilience/guard/guard-events.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { GuardSharing } from '../../../src/resilience/sharing/guard-sharing.ts';
import type { Guard } from '../../../src/resilience/guard/guard.ts';
import { OpenCircuitRecovery } from '../../../src/resilience/sharing/open-circuit-recovery.ts';
import { FleetHealth } from '../../../src/resilience/sharing/fleet-health.ts';
import { RollingHealth } from '../../../src/resilience/health/rolling-health.ts';
import { silentLogger } from '../postgres/database.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { classify } from './guards.ts';
import { createRandom } from '../random.ts';
import { SharedChannel } from '../fakes/shared-channel.ts';
import { SharedStore } from '../fakes/shared-store.ts';

const config = loadConfig({});
const TEN_MINUTES_MS = 600_000;

/** The guard of the simulated service. */
const GUARD = 'model';

/** One run of one instance, from its start to its stop. */
export class Instance {
  readonly events: GuardEvent[] = [];
  readonly guards: GuardRegistry;
  readonly guard: Guard;
  readonly controls: GuardOverrides;
  readonly health: FleetHealth;
  /** Between it and the store and the channel; without loss, delay or cut unless a test sets them. */
  readonly storeFaults = { cut: false, delayMs: 0, loss: 0 };
  readonly channelFaults = { cut: false, delayMs: 0, loss: 0 };
  private readonly sharing: GuardSharing;

  constructor(
    readonly name: string,
    clock: Clock,
    fleet: { store: SharedStore; channel: SharedChannel; random: () => number },
    isStoreShared: boolean,
  ) {
    const guards = new GuardRegistry(config, clock, silentLogger, () => 0);
    this.guards = guards;
    guards.subscribe((event) => this.events.push(event));
    this.guard = guards.guard(GUARD);
    this.guard.injection.allow({
      limitMs: 10_000,
      limit: 'attempt',
      errors: { refuse: () => new Error('refused') },
    });
    const store = fleet.store.connect(name, this.storeFaults);
    const channel = fleet.channel.connect(this.channelFaults);
    this.controls = new GuardOverrides(guards, store, channel, clock);
    const openCircuits = new OpenCircuitRecovery(guards, store, clock);
    const own = new RollingHealth(clock);
    guards.subscribe(own.record);
    this.health = new FleetHealth(own, guards, clock);
    const parts = { channel, isStoreShared, health: this.health, clock, random: fleet.random };
    this.sharing = new GuardSharing(guards, this.controls, openCircuits, parts);
  }

  get state() {
    return this.guard.snapshot().state;
  }

  get openings(): number {
    return this.events.filter((event) => event.type === 'state_change' && event.to === 'open').length;
  }

  /** Makes a call to the service, which succeeds or fails at once. */
  async call(succeeds: boolean): Promise<void> {
    const work = () => (succeeds ? Promise.resolve() : Promise.reject(new Error('down')));
    await this.guard.execute(work, { classify }).catch(() => undefined);
  }

  async fail(times: number): Promise<void> {
    for (let index = 0; index < times; index++) await this.call(false);
  }

  start(): Promise<void> {
    return this.sharing.start();
  }

  stop(): Promise<void> {
    this.guard.injection.stop();
    return this.sharing.stop();
  }
}

/** Seeds of the random numbers of a fleet, for tests that hold for each. */
export const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

/** The time within which an operator's decision reaches every instance. */
export const SPREAD_MS = 5_000;

/** Starts a fleet of so many instances. */
export async function startFleet(count: number, seed = 1): Promise<Fleet> {
  const fleet = new Fleet(seed);
  fleet.instances = Array.from({ length: count }, (_, number) => fleet.create(number));
  await Promise.all(fleet.instances.map((instance) => instance.start()));
  return fleet;
}

/** The instances of one test, which share a store, a channel and a fake clock. Their wall clocks are ten minutes apart. */
export class Fleet {
  readonly clock = new FakeClock();
  readonly random: (limit: number) => number;
  instances: Instance[] = [];
  private readonly store: SharedStore;
  private readonly channel: SharedChannel;

  constructor(seed: number) {
    this.random = createRandom(seed);
    this.store = new SharedStore(this.clock, this.chance);
    this.channel = new SharedChannel(this.clock, this.chance);
  }

  /** A number from 0 to below 1. */
  readonly chance = (): number => this.random(1_000_000) / 1_000_000;

  /** @throws Error when there is no instance of that number */
  at(number: number): Instance {
    const instance = this.instances[number];
    if (!instance) throw new Error(`there is no instance ${number}`);
    return instance;
  }

  /** Creates the instance of that number, which is not started. A number that is created again stands for a restart of its instance. */
  create(number: number, isStoreShared = true): Instance {
    const { clock, store, channel, chance: random } = this;
    const ownClock: Clock = {
      // Every process counts from another moment.
      now: () => clock.now() + number * 12_345,
      wall: () => clock.wall() + number * TEN_MINUTES_MS,
      setTimer: (callback, ms) => clock.setTimer(callback, ms),
    };
    return new Instance(`instance-${number}`, ownClock, { store, channel, random }, isStoreShared);
  }

  /** Ends an instance's process and starts it again. */
  async restart(number: number): Promise<void> {
    await this.at(number).stop();
    this.instances[number] = this.create(number);
    await this.at(number).start();
  }

  /** Stops all instances, and expects that none leaves a timer behind. */
  async stop(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop()));
    // The channel still delivers the messages that are under way.
    await this.clock.advance(3_000);
    expect(this.clock.pendingTimers).toBe(0);
  }
}
