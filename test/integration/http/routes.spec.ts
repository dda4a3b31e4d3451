import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
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

describe('docs/api.md', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ ADMIN_TOKEN: 'a-token-of-sixteen-characters', DRILLS_ENABLED: 'true' });
  });

  afterAll(() => service.close());

  it('has a section for every route of the service, and for no other', () => {
    const server: FastifyInstance = service.app.getHttpAdapter().getInstance();
    const routes = readRoutes(server.printRoutes({ commonPrefix: false }));
    // Fastify answers HEAD for every GET by itself.
    const documented = routes.filter((route) => !route.startsWith('HEAD '));
    expect(documented.toSorted()).toEqual(headings.toSorted());
  });
});
