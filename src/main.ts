import type { Logger } from 'pino';
import { createApp } from './create-app.ts';
import type { AppConfig } from './config/app-config.ts';
import { loadConfig } from './config/load-config.ts';
import { explainStartFailure } from './start-failure.ts';
import { LOGGER } from './telemetry/logger.ts';

let config: AppConfig | undefined;
try {
  config = loadConfig();
  const app = await createApp(config);
  // Exiting by the signal itself would lose buffered log lines.
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(config.http.port, config.http.host);
  const logger = app.get<Logger>(LOGGER);
  for (const line of config.unused) logger.warn({ event: 'setting_unused' }, line);
  logger.info({ event: 'listening', url: await app.getUrl() });
} catch (error) {
  const settings = config && { ...config.http, dataDir: config.database.dataDir };
  const lines = explainStartFailure(error, settings);
  for (const line of lines) process.stderr.write(`${line}\n`);
  // Parts that were started before the error, such as the embedded database, would keep the process alive.
  process.exit(1);
}
