import { chooseRequestId } from '../../../src/http/requests/request-id.ts';

describe('the request id', () => {
  it("is the caller's when it is printable and short enough", () => {
    expect(chooseRequestId('abc-123')).toBe('abc-123');
    expect(chooseRequestId('x'.repeat(128))).toHaveLength(128);
  });

  it.each([undefined, '', 'x'.repeat(129), 'line\nbreak', 'ümlaut', ['a', 'b']])('replaces %j', (given) => {
    expect(chooseRequestId(given)).toMatch(/^[0-9a-f-]{36}$/);
  });
});
