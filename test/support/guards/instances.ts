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
import type { FakeClock } from '../fakes/fake-clock.ts';
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
    world: { store: SharedStore; channel: SharedChannel; random: () => number },
    isStoreShared: boolean,
  ) {
    const guards = new GuardRegistry(config, clock, silentLogger, () => 0);
    this.guards = guards;
    guards.subscribe((event) => this.events.push(event));
    this.guard = guards.guard(GUARD);
    const store = world.store.connect(name, this.storeFaults);
    const channel = world.channel.connect(this.channelFaults);
    this.controls = new GuardOverrides(guards, store, channel, clock);
    const openCircuits = new OpenCircuitRecovery(guards, store, clock);
    const own = new RollingHealth(clock);
    guards.subscribe(own.record);
    this.health = new FleetHealth(own, guards, clock);
    const parts = { channel, isStoreShared, health: this.health, clock, random: world.random };
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
    return this.sharing.stop();
  }
}

/** Several instances that share a store and a channel. Their wall clocks are ten minutes apart from each other. */
export class World {
  readonly random: (limit: number) => number;
  private readonly store: SharedStore;
  private readonly channel: SharedChannel;

  constructor(
    readonly clock: FakeClock,
    seed: number,
  ) {
    this.random = createRandom(seed);
    this.store = new SharedStore(clock, this.chance);
    this.channel = new SharedChannel(clock, this.chance);
  }

  /** A number from 0 to below 1. */
  readonly chance = (): number => this.random(1_000_000) / 1_000_000;

  /** Makes the instance of that number; it has not started yet. Made anew, it is the same one after a restart. */
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

  /** Makes and starts instances. */
  async start(count: number): Promise<Instance[]> {
    const instances = Array.from({ length: count }, (_, number) => this.create(number));
    await Promise.all(instances.map((instance) => instance.start()));
    return instances;
  }
}
