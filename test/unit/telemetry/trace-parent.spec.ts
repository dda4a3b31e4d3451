import { parseTraceParent } from '../../../src/telemetry/trace-parent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe("the caller's trace", () => {
  it('is read from the traceparent header', () => {
    const header = `00-${TRACE}-${SPAN}-01`;
    expect(parseTraceParent(header)).toEqual({ traceId: TRACE, header });
  });

  it.each([
    undefined,
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
    [`00-${TRACE}-${SPAN}-01`],
  ])('is undefined for %j', (given) => {
    expect(parseTraceParent(given)).toBeUndefined();
  });
});
