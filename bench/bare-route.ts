import 'reflect-metadata';
import { Controller, HttpCode, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

/** Returns what the variable `BODY` holds to everyone; its decorators stand below, since Node cannot strip them. */
class BareController {
  private readonly body: unknown = JSON.parse(process.env['BODY'] ?? 'null');

  query(): unknown {
    return this.body;
  }
}

const query = Object.getOwnPropertyDescriptor(BareController.prototype, 'query');
if (query) {
  Post()(BareController.prototype, 'query', query);
  HttpCode(200)(BareController.prototype, 'query', query);
}
Controller('query')(BareController);

const root = { module: BareController, controllers: [BareController] };
const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), { logger: false });
const server = app.getHttpAdapter().getInstance();
server.get('/metrics', () => {
  const { user, system } = process.cpuUsage();
  return `process_cpu_seconds_total ${(user + system) / 1e6}\n`;
});
await app.listen(Number(process.env['PORT']), '127.0.0.1');
