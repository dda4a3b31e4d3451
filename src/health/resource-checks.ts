import { Inject, Injectable } from '@nestjs/common';
import { DiskHealthIndicator, MemoryHealthIndicator, type HealthIndicatorResult } from '@nestjs/terminus';
import { resolve } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';

/** From this share of their limit on, heap and disk are down. */
const FULL = 0.95;

/** What the process needs of its machine. */
@Injectable()
export class ResourceChecks {
  constructor(
    private readonly memory: MemoryHealthIndicator,
    private readonly storage: DiskHealthIndicator,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  heap(): Promise<HealthIndicatorResult> {
    return this.memory.checkHeap('heap', getHeapStatistics().heap_size_limit * FULL);
  }

  /** The disk with the embedded database, or the one the process runs on. */
  disk(): Promise<HealthIndicatorResult> {
    const path = this.config.database.url === undefined ? this.config.database.dataDir : '.';
    return this.storage.checkStorage('disk', { path: resolve(path), thresholdPercent: FULL });
  }
}
