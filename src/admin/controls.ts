import { Injectable } from '@nestjs/common';
import type { GuardSettings } from '../config/app-config.ts';
import type { SettingsChanges } from '../config/guard-variables.ts';
import { GuardRegistry } from '../resilience/guard-registry.ts';

/** Switches the guards of this process. */
@Injectable()
export class Controls {
  constructor(private readonly guards: GuardRegistry) {}

  async force(name: string, mode: 'forced_open' | 'forced_closed', ttlSeconds: number): Promise<void> {
    this.guards.guard(name).force(mode, ttlSeconds * 1_000);
  }

  async tryNow(name: string): Promise<void> {
    const guard = this.guards.guard(name);
    guard.release();
    guard.tryNow();
  }

  async reset(name: string): Promise<void> {
    this.guards.guard(name).reset();
  }

  async configure(name: string, changes: SettingsChanges): Promise<void> {
    const configured = this.guards.configured(name);
    const settings = Object.entries(changes).map(([key, value]) => [
      key,
      value ?? configured[key as keyof GuardSettings],
    ]);
    this.guards.guard(name).configure(Object.fromEntries(settings) as Partial<GuardSettings>);
  }
}
