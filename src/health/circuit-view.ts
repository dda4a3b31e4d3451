import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import {
  circuitStatusSchema,
  guardSnapshotSchema,
  guardStateSchema,
  type GuardSnapshot,
} from '../resilience/guard/guard-snapshot.ts';
import { FleetHealth, fleetServiceHealthSchema } from '../resilience/sharing/fleet-health.ts';
import { serviceHealthSchema } from '../resilience/health/health-counts.ts';
import { RollingHealth } from '../resilience/health/rolling-health.ts';
import type { TokenTimes } from '../targets/generation/token-times.ts';
import { DEMOTION_CAUSES } from '../targets/ranking/target-rank.ts';
import { GenerationTargets } from '../targets/generation/generation-targets.ts';

const seconds = z.number().nullable();

/** A guard with the recent health of its service. */
export const guardViewSchema = guardSnapshotSchema.extend({
  state: z
    .enum([...guardStateSchema.options, 'refusing'])
    .describe(
      `${guardSnapshotSchema.shape.state.description}. \`refusing\` is a closed circuit whose target refuses different questions for one reason`,
    ),
  demoted: z
    .object({ cause: z.enum(DEMOTION_CAUSES), retry_in: z.number().describe('Seconds') })
    .nullable()
    .describe('Set while other generation targets are called first, although the circuit may be closed'),
  patience: z
    .object({
      first_token_p99_seconds: seconds.describe('Of the last hour'),
      first_token_seconds: seconds.describe('How long a question waits when no other target is left'),
      next_token_seconds: seconds,
    })
    .optional()
    .describe("Of generation targets over the network; null stands for the target's own limit"),
  health: serviceHealthSchema.describe('Of this instance'),
  health_of_all: fleetServiceHealthSchema.nullable().describe('Of all live instances together'),
});

/** The body of `GET /health/circuit-breaker`. */
export const circuitViewSchema = circuitStatusSchema.extend({
  circuit_breaker: guardViewSchema,
  circuit_breakers: z.record(z.string(), guardViewSchema),
});

/** Every guard with the recent health of its service, for this instance and for all instances together. */
@Injectable()
export class CircuitView {
  constructor(
    private readonly guards: GuardRegistry,
    private readonly health: RollingHealth,
    private readonly shared: FleetHealth,
    private readonly targets: GenerationTargets,
  ) {}

  /** The body of `GET /health/circuit-breaker`. */
  show(): z.infer<typeof circuitViewSchema> {
    const { circuit_breaker, circuit_breakers, timestamp } = this.guards.status();
    const views = Object.entries(circuit_breakers).map(([name, guard]) => [name, this.view(guard)] as const);
    return {
      circuit_breaker: this.view(circuit_breaker),
      circuit_breakers: Object.fromEntries(views),
      timestamp,
    };
  }

  private view(guard: GuardSnapshot): z.infer<typeof guardViewSchema> {
    const { name } = guard;
    const lost = this.targets.demotion(name);
    const times = this.targets.tokenTimes(name);
    const isRefusing = lost?.cause === 'refusing';
    return {
      ...guard,
      state: isRefusing && guard.state === 'closed' ? 'refusing' : guard.state,
      is_healthy: guard.is_healthy && !isRefusing,
      demoted: lost ? { cause: lost.cause, retry_in: Math.ceil(lost.cooldownMs / 1_000) } : null,
      ...(times && { patience: showPatience(times) }),
      health: this.health.health(name),
      health_of_all: this.shared.health(name),
    };
  }
}

/** How long a generation target usually takes, and how long a question waits for it when no other is left, in seconds; null: to its own time limit. */
function showPatience({ firstTokenP99Ms, firstTokenPatience, gapPatience }: TokenTimes) {
  return {
    first_token_p99_seconds: firstTokenP99Ms === null ? null : toSeconds(firstTokenP99Ms),
    first_token_seconds: toSeconds(firstTokenPatience.ms),
    next_token_seconds: toSeconds(gapPatience.ms),
  };
}

function toSeconds(ms: number): number | null {
  return ms === Infinity ? null : Math.round(ms) / 1_000;
}
