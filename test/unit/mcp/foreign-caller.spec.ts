import { isForeignCaller } from '../../../src/mcp/foreign-caller.ts';

const CORS = ['https://app.example.com'];
const PUBLIC = 'https://rag.example.com/base';

describe('a caller of a service that listens on this machine alone', () => {
  const isForeign = (host: string | undefined, origin?: string, publicUrl?: string) =>
    isForeignCaller({ host, origin }, { host: '127.0.0.1', corsOrigins: CORS, publicUrl });

  it.each([
    ['localhost:3000', undefined],
    ['127.0.0.1', undefined],
    ['[::1]:3000', undefined],
    ['localhost:3000', 'http://localhost:3000'],
    ['localhost:3000', 'https://app.example.com'],
  ])('is known by the Host %s and the Origin %s', (host, origin) => {
    expect(isForeign(host, origin)).toBe(false);
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['evil.example.com', undefined],
    ['localhost.evil.example.com:3000', undefined],
    ['not a host', undefined],
    ['rag.example.com', undefined],
    ['evil.example.com', 'http://evil.example.com'],
    ['localhost:3000', 'http://evil.example.com'],
    ['localhost:3000', 'http://localhost:8080'],
    ['localhost:3000', 'https://app.example.com:444'],
    ['localhost:3000', 'http://app.example.com'],
    ['localhost:3000', 'null'],
    ['localhost:3000', ''],
  ])('is foreign by the Host %s and the Origin %s', (host, origin) => {
    expect(isForeign(host, origin)).toBe(true);
  });

  it('is known by PUBLIC_URL, as behind a proxy that keeps the Host', () => {
    expect(isForeign('rag.example.com', undefined, PUBLIC)).toBe(false);
    expect(isForeign('rag.example.com', 'https://rag.example.com', PUBLIC)).toBe(false);
    expect(isForeign('evil.example.com', undefined, PUBLIC)).toBe(true);
  });
});

it.each(['0.0.0.0', '::', '10.0.0.7', 'rag.internal'])(
  'a caller of a service on %s is known by any Host, and foreign by an Origin that is not named',
  (host) => {
    const isForeign = (origin?: string) =>
      isForeignCaller({ host: 'anything', origin }, { host, corsOrigins: CORS, publicUrl: PUBLIC });
    expect(isForeign()).toBe(false);
    expect(isForeign('https://app.example.com')).toBe(false);
    expect(isForeign('https://rag.example.com')).toBe(false);
    expect(isForeign('http://anything')).toBe(true);
  },
);
