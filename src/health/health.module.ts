import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { CircuitView } from './circuit-view.ts';
import { HealthController } from './health.controller.ts';
import { ModelChecks } from './model-checks.ts';
import { ResourceChecks } from './resource-checks.ts';
import { StoreChecks } from './store-checks.ts';

/** How long the instance says that it is not ready before it stops taking requests. Raising it gives load balancers more time and lengthens a shutdown. */
const DRAIN_MS = 1_000;

@Module({
  imports: [TerminusModule.forRoot({ gracefulShutdownTimeoutMs: DRAIN_MS, logger: false })],
  controllers: [HealthController],
  providers: [StoreChecks, ModelChecks, ResourceChecks, CircuitView],
})
export class HealthModule {}
