import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);

/** A client by the generated types. Each expectation of an error in it is an error itself where nothing is wrong. */
const CLIENT = `import type { components, paths } from './api.d.ts';

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never;
type Post<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody?: infer Request; responses: { 200: infer Response } };
}
  ? (body: Json<Request>) => Promise<Json<Response>>
  : never;

function post<Path extends keyof paths>(path: Path): Post<Path> {
  const call = async (body: unknown): Promise<unknown> => {
    const response = await fetch('http://127.0.0.1:3000' + String(path), {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return response.json();
  };
  return call as unknown as Post<Path>;
}

export async function ask(): Promise<string> {
  const { answer, sources, metadata } = await post('/query')({ query: 'When does a fuse melt?', top_k: 3 });
  const [source] = sources;
  const reason: 'rate_limited' | 'overloaded' | string | null | undefined = metadata?.fallback_reason;
  return [answer, source?.document_id, source?.highlights[0]?.start, reason].join(' ');
}

export async function useAll(event: components['schemas']['StreamEvent']): Promise<unknown> {
  const { documents } = await post('/documents')({ documents: [{ text: 'A fuse melts.', format: 'text' }] });
  const completion = await post('/v1/chat/completions')({
    model: 'failsoft',
    messages: [{ role: 'user', content: 'When?' }],
  });
  const acted = await post('/admin/circuit-breakers/{name}/force-state')({ state: 'open' });
  switch (event.event) {
    case 'token':
      return event.data.text;
    case 'done':
      return event.data.metadata?.request_id;
    default:
      return [documents[0]?.status, completion.choices[0]?.message.content, acted.circuit_breaker.settings];
  }
}

export async function misuse(error: components['schemas']['Error']): Promise<void> {
  // @ts-expect-error: a number of passages is a number
  await post('/query')({ query: 'When?', top_k: '3' });
  // @ts-expect-error: an unknown field
  await post('/query')({ query: 'When?', topk: 3 });
  // @ts-expect-error: documents have a text
  await post('/documents')({ documents: [{ id: 'a' }] });
  // @ts-expect-error: a circuit has no such state
  await post('/admin/circuit-breakers/{name}/force-state')({ state: 'ajar' });
  // @ts-expect-error: no such code
  if (error.error === 'teapot') throw new Error(error.message);
}
`;

/** What TypeScript finds wrong with a program, one line for each fault. */
function compile(file: string): string[] {
  const program = ts.createProgram([file], {
    strict: true,
    noUncheckedIndexedAccess: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'],
    types: [],
    noEmit: true,
    allowImportingTsExtensions: true,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the types that openapi-typescript makes of docs/openapi.json', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'failsoft-types-'));
    const types = await openapiTS(await readFile(DOCUMENT, 'utf8'), { silent: true });
    await writeFile(join(folder, 'api.d.ts'), astToString(types));
    await writeFile(join(folder, 'client.ts'), CLIENT);
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('compile, and a client compiles with them that would not with a wrong use', () => {
    expect(compile(join(folder, 'client.ts'))).toEqual([]);
  });
});
