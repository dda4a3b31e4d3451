import fc from 'fast-check';
import { bodiesOf, headersLike, parametersLike } from '../../support/api-reference/arbitraries.ts';
import { DocumentSchemas } from '../../support/api-reference/document-schemas.ts';
import { document, operations, type Operation } from '../../support/api-reference/operations.ts';
import { findFaults, send, type SentRequest } from '../../support/api-reference/send.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { ADMIN_TOKEN } from '../../support/service/admin.ts';
import { startService, type Service } from '../../support/service/service.ts';

const SEED = 20_261_130;
const LIMITS = {
  withBody: { numRuns: 200, interruptAfterTimeLimit: 3_000 },
  without: { numRuns: 30, interruptAfterTimeLimit: 1_000 },
};
/** The share of requests with a body that are taken at least. Fewer would mean that the schemas and the service differ. */
const LEAST_TAKEN = 0.05;
const BOTH = 'application/json, text/event-stream';
const schemas = new DocumentSchemas(document);

/** Requests to a route as its description has them, with faults everywhere in them. */
function requestsTo({ parameters, body }: Operation): fc.Arbitrary<SentRequest> {
  const given = parameters.map(({ name, in: place, required, examples = {} }) => {
    const known = Object.values(examples).map(({ value }) => String(value));
    const values = place === 'header' ? headersLike(known) : parametersLike(known);
    return [name, required ? values : fc.option(values, { nil: undefined })] as const;
  });
  return fc.record({
    parameters: fc.record(Object.fromEntries(given)) as fc.Arbitrary<Record<string, string>>,
    body: body
      ? bodiesOf(
          body[1].schema,
          Object.values(body[1].examples ?? {}).map(({ value }) => value),
        )
      : fc.constant(undefined),
    accept: fc.constantFrom(undefined, 'application/json', 'text/event-stream', '*/*;q=x', BOTH, BOTH, BOTH),
  });
}

describe('any request', () => {
  let fake: FakeHuggingFace;
  let service: Service;

  beforeAll(async () => {
    fake = await new FakeHuggingFace().start();
    service = await startService({ ADMIN_TOKEN, DRILLS_ENABLED: 'true', GENERATION_TARGETS: modelUrl(fake) });
    await service.ingest([{ id: 'fuses', text: 'A fuse melts when the current is too high.' }]);
  });

  afterAll(async () => {
    await service.close();
    await fake.stop();
  });

  it.each(operations)(
    'to $method $path is answered as described, and is never an error of the service',
    async (operation) => {
      let [sent, taken] = [0, 0];
      const property = fc.asyncProperty(requestsTo(operation), async (request) => {
        const response = await send(service.url, operation, request);
        sent++;
        // A guard has one drill at a time.
        taken += Number(response.ok || response.status === 409);
        expect(response.status === 503 || response.status < 500).toBe(true);
        expect(await findFaults(schemas, operation, response)).toEqual([]);
      });
      const limits = operation.body ? LIMITS.withBody : LIMITS.without;
      await fc.assert(property, { ...limits, seed: SEED });
      expect(taken).toBeGreaterThanOrEqual(operation.body ? Math.floor(sent * LEAST_TAKEN) : 0);
      expect(service.logs.filter(({ event }) => event === 'internal_error')).toEqual([]);
    },
  );
});
