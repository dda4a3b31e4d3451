import { FORBIDDEN_PORTS } from '../../../src/config/forbidden-ports.ts';

it.each([...FORBIDDEN_PORTS])('port %i is one that fetch never calls', async (port) => {
  const failure: unknown = await fetch(`http://127.0.0.1:${port}`).catch((error: Error) => error.cause);
  expect(failure).toMatchObject({ message: 'bad port' });
});
