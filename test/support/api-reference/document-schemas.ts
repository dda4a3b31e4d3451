import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema, OpenApiDocument } from '../../../src/api-reference/openapi.ts';

const ID = 'openapi.json';

/** Checks values by the schemas of a document. */
export class DocumentSchemas {
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

  constructor(document: OpenApiDocument) {
    const schemas = Object.entries(document.components.schemas).map(([name, schema]) => [
      name,
      close(schema),
    ]);
    this.ajv.addSchema({ $id: ID, components: { schemas: Object.fromEntries(schemas) } });
  }

  /** What is wrong with a value, one line for each fault. Fields that the schema does not list are faults. */
  findFaults(schema: JsonSchema, value: unknown): string[] {
    const validate = this.compile(schema);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  private compile(schema: JsonSchema): ValidateFunction {
    return this.ajv.compile(schema.$ref ? { $ref: `${ID}${schema.$ref}` } : schema);
  }
}

/** The schema without other fields than those that it lists, unless it says what they are. */
function close<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(close) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.entries(schema).map(([key, value]: [string, unknown]) => [key, close(value)]);
  const closed = Object.fromEntries(parts) as JsonSchema;
  const isOpen = closed.type === 'object' && closed.properties && closed.additionalProperties === undefined;
  return { ...closed, ...(isOpen && { additionalProperties: false }) } as T;
}
