import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { OpenApiDocument } from '../../../src/api-reference/openapi.ts';
import { startService, type Service } from '../../support/service/service.ts';

const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
const headings = [...page.matchAll(/^## ((?:GET|POST|PUT|PATCH|DELETE) \/\S+)$/gm)].map(([, route]) => route);

/** Every method and path of a tree of routes as Fastify prints it. */
function readRoutes(tree: string): string[] {
  const segments: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent, segment, methods] = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    if (indent === undefined || segment === undefined) return [];
    segments.splice(indent.length / 4, segments.length, segment);
    return methods?.split(', ').map((method) => `${method} ${segments.join('')}`) ?? [];
  });
}

describe('the routes of the service', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ ADMIN_TOKEN: 'a-token-of-sixteen-characters', DRILLS_ENABLED: 'true' });
  });

  afterAll(() => service.close());

  /** Fastify answers HEAD for every GET by itself. */
  const findRoutes = () => {
    const server: FastifyInstance = service.app.getHttpAdapter().getInstance();
    const routes = readRoutes(server.printRoutes({ commonPrefix: false }));
    return routes.filter((route) => !route.startsWith('HEAD ')).toSorted();
  };

  it('have a section in docs/api.md each, and nothing else has', () => {
    expect(findRoutes()).toEqual(headings.toSorted());
  });

  it('are described in /openapi.json, and nothing else is', async () => {
    const { body } = await service.request<OpenApiDocument>('GET', '/openapi.json');
    const described = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(described.toSorted()).toEqual(findRoutes());
  });
});
