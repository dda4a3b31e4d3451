import fc from 'fast-check';
import type { JsonSchema } from '../../../src/api-reference/openapi.ts';

/** One of this many values is of another kind than the schema says. */
const ODD = 15;
/** The most items of a list, and fields of a map. */
const MOST = 4;

const texts = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('When does a fuse melt?', 'failsoft', 'fuses', 'text', '1') },
  { weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('', ' ', '\0', '\ud800', '__proto__', 'constructor', 'x'.repeat(5_000)),
    ),
  },
);

/** Any JSON, and values at the edge of what a schema takes. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  texts,
  fc.constantFrom<unknown>(null, true, false, -1, 0, 0.5, 1e308, [], {}),
);

/** Values that are mostly what a schema says, with some that are not anywhere in them. */
function valuesOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: ODD, arbitrary: describedBy(schema) }, { weight: 1, arbitrary: anything });
}

function describedBy(schema: JsonSchema): fc.Arbitrary<unknown> {
  const options = schema.oneOf ?? schema.anyOf;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (options) return fc.oneof(...options.map(describedBy));
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type) => describedBy({ ...schema, type })));
  const { minimum = -10, maximum = 10_000 } = schema;
  switch (schema.type) {
    case 'string':
      return schema.minLength === undefined ? texts : texts.filter((text) => text.trim() !== '');
    case 'integer':
      return fc.integer({ min: minimum, max: maximum });
    case 'number':
      return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.double({ min: minimum, max: maximum }));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: MOST });
    case 'object':
      return objectsOf(schema);
    default:
      return anything;
  }
}

function objectsOf({
  properties = {},
  required = [],
  additionalProperties,
}: JsonSchema): fc.Arbitrary<unknown> {
  const named = Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema)] as const);
  const known = fc.record(Object.fromEntries(named), { requiredKeys: required });
  if (typeof additionalProperties !== 'object') return known;
  const names = fc.oneof(fc.constantFrom('lang', 'year', 'a.b'), texts);
  const others = fc.dictionary(names, valuesOf(additionalProperties), {
    maxKeys: named.length > 0 ? 1 : MOST,
  });
  return fc.tuple(others, known).map(([more, fields]) => ({ ...more, ...fields }));
}

/** Bodies for a schema: values made for it, and `examples` with one or two fields that are. */
export function bodiesOf(schema: JsonSchema, examples: unknown[]): fc.Arbitrary<unknown> {
  const objects = examples.filter((example) => typeof example === 'object' && example !== null);
  const names = Object.keys(schema.properties ?? {});
  if (objects.length === 0 || names.length === 0) return valuesOf(schema);
  const fields = objectsOf({ ...schema, required: names }) as fc.Arbitrary<Record<string, unknown>>;
  const changed = fc
    .tuple(fc.constantFrom(...objects), fields, fc.subarray(names, { maxLength: Math.min(2, names.length) }))
    .map(([example, made, changes]) => ({
      ...example,
      ...Object.fromEntries(changes.map((name) => [name, made[name]])),
    }));
  return fc.oneof(valuesOf(schema), changed);
}

/** Texts that can stand in a path or a query, `known` ones among them. */
export function parametersLike(known: string[]): fc.Arbitrary<string> {
  const others = texts.map((text) => text.toWellFormed().slice(0, 200));
  const usable = others.filter((text) => text !== '' && text !== '.' && text !== '..');
  return known.length > 0 ? fc.oneof(fc.constantFrom(...known), usable) : usable;
}

/** Texts that can stand in a header, `known` ones among them. */
export function headersLike(known: string[]): fc.Arbitrary<string> {
  const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
  return fc.oneof(fc.constantFrom('', ...known), fc.string({ unit: printable, maxLength: 150 }));
}
