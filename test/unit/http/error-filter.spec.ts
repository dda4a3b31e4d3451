import type { FastifyReply, FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { ErrorFilter } from '../../../src/http/error.filter.ts';

/** What the log says of an error that becomes a 500. */
function logOf(thrown: unknown): Record<string, unknown> {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) });
  const reply = {
    raw: { destroyed: false },
    sent: false,
    header: () => reply,
    removeHeader: () => reply,
    status: () => reply,
    send: () => reply,
  };
  new ErrorFilter(logger).answer(
    thrown,
    { id: 'request-1', url: '/query', raw: { resume: () => undefined } } as unknown as FastifyRequest,
    reply as unknown as FastifyReply,
  );
  expect(lines).toHaveLength(1);
  return lines[0] ?? {};
}

describe('an unexpected error', () => {
  it('is logged with its cause and its stack frames', () => {
    const line = logOf(new TypeError('private', { cause: Object.assign(new Error(), { code: 'EPIPE' }) }));
    expect(line).toEqual({
      level: 50,
      event: 'internal_error',
      cause: { name: 'TypeError', code: 'EPIPE' },
      frames: expect.arrayContaining([expect.stringMatching(/^ {4}at .*error-filter\.spec/)]),
    });
  });

  it('is logged without its message, even when the message looks like a stack frame', () => {
    const line = logOf(
      new Error('Where does Zanzibar lie?\n    at the coast of Zanzibar (sea:1:1)\n at Zanzibar'),
    );
    expect(JSON.stringify(line)).not.toContain('Zanzibar');
    expect(line['frames']).not.toEqual([]);
  });

  it('is logged with its type when it is not an Error', () => {
    expect(logOf('Zanzibar')).toEqual({ level: 50, event: 'internal_error', cause: { name: 'string' } });
  });
});
