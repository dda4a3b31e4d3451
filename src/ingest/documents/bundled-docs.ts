import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { PACKAGE_ROOT } from '../../config/package-root.ts';
import { DEFAULT_TENANT } from '../../config/tenant.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { DocumentsRepository } from '../../postgres/corpus/documents.repository.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { DocumentsService } from './documents.service.ts';

const FOLDER = fileURLToPath(new URL('docs', PACKAGE_ROOT));
/** It prints answers from the documentation of others, which would be found instead of failsoft's own. */
const PAGE_OF_ANSWERS = 'evaluation.md';

/** Loads failsoft's documentation into an empty embedded database, so that a new user can ask something. */
@Injectable()
export class BundledDocs implements OnApplicationBootstrap {
  constructor(
    private readonly documents: DocumentsRepository,
    private readonly service: DocumentsService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.config.seedDocs) return;
    try {
      if (!(await this.documents.isEmpty())) return;
      const paths = await Array.fromAsync(glob('**/*.md', { cwd: FOLDER, exclude: [PAGE_OF_ANSWERS] }));
      const bodies = await Promise.all(
        paths.sort().map(async (path) => {
          const text = await readFile(join(FOLDER, path), 'utf8');
          return { id: `docs/${path}`, text, format: 'markdown' as const, metadata: { bundled: true } };
        }),
      );
      if (bodies.length === 0) return;
      await this.service.ingest(DEFAULT_TENANT, bodies, { bundled: true });
      this.logger.info({ event: 'bundled_docs_loaded', documents: bodies.length });
    } catch (error) {
      this.logger.warn({ event: 'bundled_docs_failed', cause: causeOf(error) });
    }
  }
}
