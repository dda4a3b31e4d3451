import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.ts';
const app = await NestFactory.create(AppModule, new FastifyAdapter());
console.log(await app.listen(3999), 'ok');
await app.close();
