/** Which documents are searched, by fields of their metadata: each has this value, or is a list that contains it. */
export type MetadataFilter = Record<string, string | number | boolean | null>;

/**
 * The filter as a condition on `documents d`, which the index on `metadata` serves; empty without fields.
 * @param place makes a parameter of a value, and returns its name in the statement
 */
export function toCondition(filter: MetadataFilter, place: (value: string) => string): string {
  const contains = (fields: object) => `d.metadata @> ${place(JSON.stringify(fields))}::jsonb`;
  return (
    Object.entries(filter)
      // To @> a value is contained in a list only at the top level of a document, so the list is named as well.
      .map(([name, value]) => `(${contains({ [name]: value })} OR ${contains({ [name]: [value] })})`)
      .join(' AND ')
  );
}
