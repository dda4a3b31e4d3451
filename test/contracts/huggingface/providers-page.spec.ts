import { readFileSync } from 'node:fs';
import { loadConfig } from '../../../src/config/load-config.ts';
import { PACKAGE_ROOT } from '../../../src/config/package-root.ts';
import { HuggingFaceGenerator } from '../../../src/huggingface/chat/generator.ts';
import { HuggingFaceEmbedder } from '../../../src/huggingface/embedding/embedder.ts';
import { HttpReranker } from '../../../src/huggingface/reranking/reranker.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import type { RecordedCall } from '../../support/fakes/fake-hugging-face.ts';
import { useCaller, useFakeHuggingFace } from '../../support/fakes/shared-fake.ts';

const server = useFakeHuggingFace();
const caller = useCaller();
const LIMITS = { firstTokenTimeoutMs: 10_000, idleTimeoutMs: 4_000 };
const MESSAGES = [{ role: 'user' as const, content: 'Why?' }];

const page = readFileSync(new URL('docs/providers.md', PACKAGE_ROOT), 'utf8');
const examples = page.match(/^(?:GENERATION|EMBEDDING|RERANK)_TARGETS=.*$/gm) ?? [];
const variables = [...page.matchAll(/(?:key_env=|env:)(\w+)/g)].map(([, name = '']) => [name, 'a-key']);
const keys: Record<string, string> = { ...Object.fromEntries(variables), HF_TOKEN: 'a-key' };

/** The configuration of an example whose host is the fake. */
function configure(example: string) {
  const at = example.indexOf('=');
  const targets = example.slice(at + 1).replaceAll(/https?:\/\/[^/?]+/g, server.url);
  return loadConfig({ ...keys, [example.slice(0, at)]: targets });
}

async function call(example: string): Promise<RecordedCall | undefined> {
  const { generation, embedding, rerank } = configure(example);
  const { signal } = caller();
  const clock = new FakeClock();
  for (const target of generation.targets)
    if (target.kind === 'openai') {
      await new HuggingFaceGenerator(target, LIMITS, clock).generate({ messages: MESSAGES }, { signal });
      return server.recorded('chat').at(-1);
    }
  for (const target of embedding.targets)
    if (target.kind === 'http') {
      await new HuggingFaceEmbedder(target, clock).embed(['a'], signal);
      return server.recorded('embed').at(-1);
    }
  for (const target of rerank.targets) {
    await new HttpReranker(target, clock).score('a', ['a'], signal);
    return server.recorded('rerank').at(-1);
  }
  return undefined;
}

const remote = examples.filter((example) => example.includes('=http'));

it('the page of the providers has examples, all of which can be used as they stand', () => {
  expect(remote.length).toBeGreaterThan(25);
  for (const example of examples) expect(() => configure(example)).not.toThrow();
});

it.each(remote)('an example of the page calls a route of its address, with its key: %s', async (example) => {
  const made = await call(example);
  const [, base = ''] = /https?:\/\/[^/?]+([^?]*)/.exec(example) ?? [];
  expect(made?.path).toMatch(/\/(?:chat\/completions|embeddings|embed|rerank)(?:\?api-version=2024-10-21)?$/);
  expect(made?.path.startsWith(base)).toBe(true);
  const sent = [made?.headers.authorization, made?.headers['api-key']].filter(Boolean);
  expect(sent).toEqual(
    example.includes('key_env=') ? ['Bearer a-key'] : example.includes('env:') ? ['a-key'] : [],
  );
});
