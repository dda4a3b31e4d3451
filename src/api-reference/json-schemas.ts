import { z } from 'zod';
import { shapeOf } from '../schemas/limited-schemas.ts';
import type { Named } from './operation.ts';
import type { JsonSchema } from './openapi.ts';

/** Whether a schema describes what is sent or what is received. */
export type Direction = 'input' | 'output';

const COMPONENTS = '#/components/schemas/';

/**
 * The JSON Schemas of what is received, by their names. Where one contains another, it refers to it.
 * @throws Error for two schemas of one name
 */
export function toJsonSchemas(named: Named[]): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  const known = new Map<string, z.ZodType>();
  for (const [id, schema] of named.flatMap(Object.entries<z.ZodType>)) {
    if ((known.get(id) ?? schema) !== schema) throw new Error(`two schemas have the name ${id}`);
    known.set(id, schema);
    registry.add(schema, { id });
  }
  const { schemas } = z.toJSONSchema(registry, { ...options('output'), uri: (id) => COMPONENTS + id });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, clean(schema)]));
}

/** The JSON Schema of one schema, without references. */
export function toJsonSchema(schema: z.ZodType, io: Direction): JsonSchema {
  return clean(z.toJSONSchema(schema, options(io)));
}

/** The reference to a named schema. */
export function refer(named: Named): JsonSchema | undefined {
  const [name] = Object.keys(named);
  return name === undefined ? undefined : { $ref: COMPONENTS + name };
}

/** The name that a reference names; undefined for a schema that is none. */
export function nameOf({ $ref }: JsonSchema): string | undefined {
  return $ref?.startsWith(COMPONENTS) ? $ref.slice(COMPONENTS.length) : undefined;
}

function options(io: Direction) {
  return {
    io,
    override: ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: object }) => {
      const json: JsonSchema = jsonSchema;
      const shape = shapeOf(zodSchema);
      if (shape) Object.assign(json, toJsonSchema(shape, io));
      // Later versions add fields to responses.
      if (io === 'output' && json.additionalProperties === false) delete json.additionalProperties;
      // The bounds of safe integers say nothing.
      if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
      if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
    },
  } as const;
}

function clean(schema: { $schema?: unknown; $id?: unknown }): JsonSchema {
  delete schema.$schema;
  delete schema.$id;
  return schema as JsonSchema;
}
