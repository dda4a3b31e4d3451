import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { breakerVariables, variables } from '../../../src/config/env.ts';
import { loadConfig } from '../../../src/config/load-config.ts';

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string().optional(),
      build: z.string().optional(),
      ports: z.array(z.string()).optional(),
      environment: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
      healthcheck: z.object({ test: z.array(z.string()).min(2) }).optional(),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
    }),
  ),
});

const root = new URL('../../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), 'utf8');
const { services } = composeSchema.parse(parse(text('docker-compose.yml')));
/** What `docker compose` makes of `${NAME:-default}` on a machine where nothing is set. */
const environment = Object.fromEntries(
  Object.entries(services['failsoft']?.environment ?? {}).map(([name, value]) => [
    name,
    String(value).replace(/\$\{\w+:-(.*)\}/, '$1'),
  ]),
);

describe('docker-compose.yml', () => {
  it('runs failsoft, a database with pgvector and a cache', () => {
    expect(Object.keys(services).sort()).toEqual(['failsoft', 'postgres', 'redis']);
    expect(services['failsoft']?.build).toBe('.');
    expect(services['postgres']?.image).toMatch(/^pgvector\/pgvector:\d+\.\d+\.\d+-pg17$/);
    expect(services['redis']?.image).toMatch(/^redis:8\.\d+\.\d+$/);
  });

  it('and the image of failsoft begin with images of an exact version', () => {
    const bases = [...text('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(bases).toEqual(bases.map(() => expect.stringMatching(/^node:\d+\.\d+\.\d+-slim$/)));
  });

  it('sets only variables that failsoft knows', () => {
    const known = [
      ...Object.keys(variables.shape),
      ...Object.keys(breakerVariables).map((key) => `CIRCUIT_BREAKER_${key}`),
    ];
    expect(Object.keys(environment).length).toBeGreaterThan(0);
    expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('is a valid configuration with the addresses of its services', () => {
    const config = loadConfig(environment);
    expect(new URL(config.database.url ?? '').hostname).toBe('postgres');
    expect(new URL(config.redis.url ?? '').hostname).toBe('redis');
    expect(config.http.host).toBe('0.0.0.0');
    expect(services['failsoft']?.ports).toEqual([`127.0.0.1:3000:${config.http.port}`]);
  });

  it('gives the database the credentials that failsoft uses', () => {
    const url = new URL(environment['DATABASE_URL'] ?? '');
    expect(services['postgres']?.environment).toEqual({
      POSTGRES_USER: url.username,
      POSTGRES_PASSWORD: url.password,
      POSTGRES_DB: url.pathname.slice(1),
    });
  });

  it('waits for services that have a health check', () => {
    const awaited = services['failsoft']?.depends_on ?? {};
    expect(Object.keys(awaited).sort()).toEqual(['postgres', 'redis']);
    for (const [name, { condition }] of Object.entries(awaited)) {
      expect(condition).toBe('service_healthy');
      expect(services[name]?.healthcheck).toBeDefined();
    }
    expect(text('Dockerfile')).toMatch(/^HEALTHCHECK .*\n.*\/health\/live/m);
  });
});

describe('package-lock.json', () => {
  it('has the hash of every package', () => {
    const { packages } = JSON.parse(text('package-lock.json')) as { packages: Record<string, object> };
    const unsafe = Object.entries(packages).filter(([path, entry]) => path !== '' && !('integrity' in entry));
    expect(unsafe.map(([path]) => path)).toEqual([]);
  });
});
