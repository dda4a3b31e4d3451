import type { JsonSchema } from '../openapi.ts';
import { nameOf } from '../json-schemas.ts';
import { html, prose, type Html } from './html.ts';

/** The fields of an object. Those of objects within it can be unfolded, and those of its only one are. */
export function viewFields({ properties = {}, required = [] }: JsonSchema, isRequest: boolean): Html {
  const entries = Object.entries(properties);
  const isAlone = entries.length === 1;
  const rows = entries.map(([name, field]) => {
    const mark = isRequest && required.includes(name) && html` <em class="required">required</em>`;
    const optional = !isRequest && !required.includes(name) && html` <em>optional</em>`;
    return html`<dt><code>${name}</code> <span class="type">${viewType(field)}</span>${mark}${optional}</dt>
      <dd>
        ${field.description !== undefined && html`<p>${prose(field.description)}</p>`}${viewLimits(field)}${viewNested(field, isRequest, isAlone)}
      </dd> `;
  });
  return html`<dl class="fields">${rows}</dl>`;
}

/** What a schema takes beside its fields: the alternatives of a union, the items of a list. */
export function viewSchema(schema: JsonSchema, isRequest: boolean): Html {
  const options = schema.oneOf ?? schema.anyOf;
  if (schema.properties) return viewFields(schema, isRequest);
  if (!options) return html`<p class="type">${viewType(schema)}</p>`;
  return html`<ul class="options">
    ${options.map((option) => viewOption(option, isRequest))}
  </ul>`;
}

/** One alternative, by the value that tells it from the others where it has one. */
function viewOption(option: JsonSchema, isRequest: boolean): Html {
  const { description, properties = {} } = option;
  const [tag] = Object.entries(properties).find(([, { const: value }]) => value !== undefined) ?? [];
  const title =
    tag === undefined
      ? html`<span class="type">${viewType(option)}</span>`
      : html`<code>${String(properties[tag]?.const)}</code>`;
  const fields = Object.fromEntries(Object.entries(properties).filter(([name]) => name !== tag));
  return html`<li>
    ${title}${description !== undefined && html` ${prose(description)}`}
    ${Object.keys(fields).length > 0 && viewFields({ ...option, properties: fields }, isRequest)}
  </li>`;
}

/** The type in words, with links to named schemas. */
export function viewType(schema: JsonSchema): Html {
  const name = nameOf(schema);
  if (name !== undefined) return html`<a href="#schema-${name}">${name}</a>`;
  const { type, items, enum: values, const: value, format } = schema;
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return joinTypes(options.map(viewType));
  if (value !== undefined) return html`${JSON.stringify(value)}`;
  if (values) return joinTypes(values.map((one) => html`${JSON.stringify(one)}`));
  if (type === 'array') return html`list of ${items ? viewType(items) : 'anything'}`;
  if (type === 'object' && typeof schema.additionalProperties === 'object' && !schema.properties)
    return html`map of ${viewType(schema.additionalProperties)}`;
  if (type === undefined) return html`anything`;
  const types = Array.isArray(type) ? type : [type];
  return html`${types.join(' or ')}${format === undefined ? '' : `, ${format}`}`;
}

function joinTypes(types: Html[]): Html {
  const distinct = [...new Map(types.map((type) => [type.markup, type])).values()];
  return html`${distinct.map((type, at) => (at === 0 ? type : html` or ${type}`))}`;
}

function viewLimits(schema: JsonSchema): Html | undefined {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, maxProperties, pattern } = schema;
  const limits = [
    range(minimum, maximum),
    range(minLength, maxLength, 'characters'),
    range(minItems, maxItems, 'items'),
    range(undefined, maxProperties, 'fields'),
    pattern !== undefined && html`matches <code>${pattern}</code>`,
    schema.default !== undefined && html`default <code>${JSON.stringify(schema.default)}</code>`,
  ].filter((limit) => limit !== undefined && limit !== false);
  if (limits.length === 0) return undefined;
  return html`<p class="limits">${limits.map((limit, at) => html`${at > 0 && ' · '}${limit}`)}</p>`;
}

function range(min: number | undefined, max: number | undefined, unit = ''): string | undefined {
  if (min === undefined && max === undefined) return undefined;
  const [low, high] = [min, max].map((limit) => limit?.toLocaleString('en'));
  const numbers =
    high === undefined ? `at least ${low}` : low === undefined ? `at most ${high}` : `${low} to ${high}`;
  return `${numbers} ${unit}`.trim();
}

/** The fields of the objects within a field, folded. */
function viewNested(schema: JsonSchema, isRequest: boolean, isOpen: boolean): Html | undefined {
  const inner = findObject(schema);
  if (!inner) return undefined;
  return html`<details ${isOpen && html`open`}>
    <summary>Fields</summary>
    ${viewFields(inner, isRequest)}
  </details>`;
}

function findObject(schema: JsonSchema): JsonSchema | undefined {
  if (schema.properties) return schema;
  if (schema.items) return findObject(schema.items);
  if (typeof schema.additionalProperties === 'object') return findObject(schema.additionalProperties);
  return (schema.anyOf ?? schema.oneOf)?.map(findObject).find((found) => found !== undefined);
}
