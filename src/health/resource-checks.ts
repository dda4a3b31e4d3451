import { Inject, Injectable } from '@nestjs/common';
import {
  DiskHealthIndicator,
  HealthIndicatorService,
  MemoryHealthIndicator,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { resolve } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { causeOf, nameCause } from '../telemetry/cause-of.ts';

/** Share of the limit above which heap and disk are down. Raising it warns later. */
const FULL = 0.95;

/** Checks memory and disk. */
@Injectable()
export class ResourceChecks {
  constructor(
    private readonly memory: MemoryHealthIndicator,
    private readonly storage: DiskHealthIndicator,
    private readonly indicators: HealthIndicatorService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  heap(): Promise<HealthIndicatorResult> {
    return this.memory.checkHeap('heap', getHeapStatistics().heap_size_limit * FULL);
  }

  /** The disk with the embedded database, else the disk of the working directory. It is down as well once the folder is gone. */
  async disk(): Promise<HealthIndicatorResult> {
    const { url, dataDir } = this.config.database;
    const [folder, path] = url === undefined ? ['DATA_DIR', dataDir] : ['the working directory', '.'];
    try {
      // `resolve` throws as well where the working directory is gone.
      return await this.storage.checkStorage('disk', { path: resolve(path), thresholdPercent: FULL });
    } catch (error) {
      const reason = `${folder} cannot be read: ${nameCause(causeOf(error))}`;
      return this.indicators.check('disk').down({ reason });
    }
  }
}
