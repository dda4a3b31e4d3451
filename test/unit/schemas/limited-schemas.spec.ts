import { z } from 'zod';
import { forceSchema, resetSchema, settingsSchema } from '../../../src/admin/admin.schema.ts';
import { decodeRecord, encodeRecord } from '../../../src/cache/entry.ts';
import { AppError } from '../../../src/http/app-error.ts';
import { limitedList, limitedRecord, MAX_FAULTS } from '../../../src/schemas/limited-schemas.ts';
import { createValidationPipe } from '../../../src/http/validation.ts';
import { documentsSchema } from '../../../src/ingest/documents/documents.schema.ts';
import { answerEntrySchema } from '../../../src/query/answer/answer-entry.ts';
import { querySchema, searchSchema } from '../../../src/query/query.schema.ts';

const MANY = 50_000;
const LONG = 'x'.repeat(1_000_000);

/** A schema that takes what `fits`, and counts how many values it was given. */
function counted(fits: (value: unknown) => boolean) {
  const seen = { values: 0 };
  const schema = z.custom<number>((value) => {
    seen.values++;
    return fits(value);
  });
  return { seen, schema };
}

const tooMany = { error: 'too many', params: { refusal: 'payload_too_large' as const } };
const many = <T>(count: number, value: T) => Array.from({ length: count }, () => value);
const fields = (count: number, value: unknown = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]));

/** What a request with this body is answered with. */
async function refuse(schema: z.ZodType, value: unknown): Promise<AppError> {
  const error: unknown = await createValidationPipe()
    .transform(value, { type: 'body', schema })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  if (!(error instanceof AppError)) throw new Error('the body was not refused');
  return error;
}

describe('a limited list', () => {
  it('is counted before an item is validated', async () => {
    const { seen, schema } = counted(() => true);
    const error = await refuse(limitedList(schema, 2, tooMany), [1, 2, 3]);
    expect(error).toMatchObject({ code: 'payload_too_large', status: 413, message: 'too many' });
    expect(seen.values).toBe(0);
  });

  it('is validated up to the last fault that is reported', async () => {
    const { seen, schema } = counted((value) => value === 1);
    const error = await refuse(limitedList(schema, MANY, tooMany), [1, 1, ...many(MANY - 2, 2)]);
    expect(error.options.details).toHaveLength(MAX_FAULTS);
    expect(error.options.details?.[0]).toEqual({ path: '2', message: 'Invalid input' });
    expect(seen.values).toBe(2 + MAX_FAULTS);
  });

  it('returns the items as their schema parses them', () => {
    const schema = limitedList(z.object({ a: z.string().trim() }), 2, tooMany);
    expect(schema.parse([{ a: ' b ' }, { a: 'c', d: 1 }])).toEqual([{ a: 'b' }, { a: 'c' }]);
  });
});

describe('a limited record', () => {
  it('is counted before a field is validated', async () => {
    const { seen, schema } = counted(() => true);
    const error = await refuse(limitedRecord(z.string(), schema, 2), fields(3));
    expect(error.options.details).toEqual([{ path: '', message: 'at most 2 fields' }]);
    expect(seen.values).toBe(0);
    expect(limitedRecord(z.string(), schema, 2).parse({ a: 1, b: 2 })).toEqual({ a: 1, b: 2 });
  });
});

describe('a refusal', () => {
  const filtered = { query: 'What?' };
  it.each<[string, z.ZodType, unknown]>([
    ['documents', documentsSchema, { documents: many(1_000, 1) }],
    ['documents', documentsSchema, { documents: many(1_000, { text: '', id: '', title: '', url: '' }) }],
    ['documents', documentsSchema, { documents: [{ text: 'a', metadata: fields(50, {}) }] }],
    ['documents', documentsSchema, { documents: [{ text: 'a', metadata: { a: many(MANY, {}) } }] }],
    ['documents', documentsSchema, { documents: [{ text: 'a', metadata: { [LONG]: {} } }] }],
    ['documents', documentsSchema, { documents: [{ text: 'a', [LONG]: 1 }] }],
    ['documents', documentsSchema, { documents: [{ text: 'a', ...fields(MANY) }] }],
    ['documents', documentsSchema, { documents: [{ text: 'a', url: `http://${LONG}` }] }],
    ['documents', documentsSchema, fields(MANY)],
    ['a question', querySchema, { ...filtered, filter: fields(MANY, {}) }],
    ['a question', querySchema, { ...filtered, filter: { [LONG]: {} } }],
    ['a question', querySchema, { ...filtered, filter: many(MANY, 1) }],
    ['a question', querySchema, { ...filtered, ...fields(MANY) }],
    ['a search', searchSchema, { ...filtered, filter: fields(MANY, {}) }],
    ['a search', searchSchema, { ...filtered, [LONG]: 1 }],
    ['a forced state', forceSchema, { state: LONG, ...fields(MANY) }],
    ['a reset', resetSchema, { [LONG]: 1 }],
    ['settings', settingsSchema, { enabled: LONG, strategy: 1, ...fields(MANY) }],
  ])('has few and short details for %s', async (_, schema, body) => {
    const { code, options } = await refuse(schema, body);
    expect(code).toBe('invalid_request');
    expect(options.details?.length).toBeGreaterThan(0);
    expect(options.details?.length).toBeLessThanOrEqual(MAX_FAULTS);
    for (const { path, message } of options.details ?? [])
      expect(Math.max(path.length, message.length)).toBeLessThanOrEqual(201);
  });

  it('is made from few faults when a list has many', () => {
    const bodies = [
      { documents: many(1_000, 1) },
      { documents: many(1_000, { text: 'a', metadata: { a: many(100, {}) } }) },
    ];
    for (const body of bodies) expect(documentsSchema.safeParse(body).error?.issues).toHaveLength(MAX_FAULTS);
  });

  it('shortens a name after a whole character', async () => {
    const name = `${'x'.repeat(178)}🔥🔥`;
    const [detail] = (await refuse(resetSchema, { [name]: 1 })).options.details ?? [];
    expect(detail?.message).toMatch(/^Unrecognized key: "x{178}🔥\ufffd…$/u);
    expect(detail?.message.isWellFormed()).toBe(true);
  });
});

describe('a stored answer', () => {
  it('is validated no further once it has more parts than any answer', () => {
    const { error } = answerEntrySchema.safeParse({ sources: many(MANY, 1), notice: null });
    const paths = error?.issues.map(({ path }) => path.join('.'));
    expect(paths?.filter((path) => path.startsWith('sources'))).toEqual(['sources']);
  });

  it('is not parsed from a line with more values than any answer', () => {
    const key = 'x'.repeat(43);
    const entry = JSON.stringify({ value: many(1_000, 1), expires_at: 1 });
    expect(decodeRecord(encodeRecord(key, entry))).toEqual({ key, entry });
    const large = JSON.stringify({ value: many(100_000, 1), expires_at: 1 });
    expect(decodeRecord(encodeRecord(key, large))).toBeUndefined();
    const outside = `${JSON.stringify({ key, entry }).slice(0, -1)},"more":[${'1,'.repeat(100_000)}1]}`;
    expect(decodeRecord(outside)).toBeUndefined();
    const deep = `{"value":${'['.repeat(100)}${']'.repeat(100)},"expires_at":1}`;
    expect(decodeRecord(encodeRecord(key, deep))).toBeUndefined();
  });
});
