import { Inject, Injectable } from '@nestjs/common';
import { DiskHealthIndicator, MemoryHealthIndicator, type HealthIndicatorResult } from '@nestjs/terminus';
import { resolve } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';

/** Share of the limit above which heap and disk are down. Raising it warns later. */
const FULL = 0.95;

/** Checks memory and disk. */
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

  /** The disk with the embedded database, else the disk of the working directory. */
  disk(): Promise<HealthIndicatorResult> {
    const path = this.config.database.url === undefined ? this.config.database.dataDir : '.';
    return this.storage.checkStorage('disk', { path: resolve(path), thresholdPercent: FULL });
  }
}
