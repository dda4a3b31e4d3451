import type { Logger } from 'pino';
import { createApp } from './create-app.ts';
import type { AppConfig } from './config/app-config.ts';
import { loadConfig } from './config/load-config.ts';
import { localAdminKeyFile, withLocalAdminKey } from './config/local-admin-key.ts';
import { explainStartFailure } from './start-failure.ts';
import { LOGGER } from './telemetry/logger.ts';

let config: AppConfig | undefined;
try {
  config = await withLocalAdminKey(loadConfig());
  const app = await createApp(config);
  // Exiting by the signal itself would lose buffered log lines.
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(config.http.port, config.http.host);
  const logger = app.get<Logger>(LOGGER);
  for (const line of config.unused) logger.warn({ event: 'setting_unused' }, line);
  const url = await app.getUrl();
  const { isLocal, token } = config.admin;
  const adminKeyFile = isLocal ? localAdminKeyFile(config) : undefined;
  logger.info({ event: 'listening', url, admin_key_file: adminKeyFile });
  // A log may be read by others, unlike a terminal.
  if (isLocal && config.consoleEnabled && process.stdout.isTTY)
    process.stdout.write(`\nConsole: ${url}/#key=${token}\n\n`);
} catch (error) {
  const settings = config && { ...config.http, dataDir: config.database.dataDir };
  const lines = explainStartFailure(error, settings);
  for (const line of lines) process.stderr.write(`${line}\n`);
  // Parts that were started before the error, such as the embedded database, would keep the process alive.
  process.exit(1);
}
