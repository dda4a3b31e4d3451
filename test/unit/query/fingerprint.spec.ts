import { jest } from '@jest/globals';
import { loadConfig } from '../../../src/config/load-config.ts';
import { fingerprintOf } from '../../../src/query/generation/fingerprint.ts';

const first = 'http://127.0.0.1:4/v1?model=llama&name=own';
const second = 'http://127.0.0.1:2/v1?model=qwen&name=other';
const fingerprint = (targets: string) => fingerprintOf(loadConfig({ GENERATION_TARGETS: targets }));

describe('a fingerprint', () => {
  it('is the same as long as nothing has changed', () => {
    expect(fingerprint(`${first},${second}`)).toBe(fingerprint(`${first},${second}`));
    expect(fingerprint(first)).toMatch(/^[\w-]{16}$/);
  });

  it('differs by the targets, their order, their names and their models', () => {
    const lists = [
      first,
      second,
      `${first},${second}`,
      `${second},${first}`,
      first.replace('llama', 'gemma'),
      first.replace('own', 'mine'),
      'local://extractive',
      `${first},local://extractive`,
    ];
    expect(new Set(lists.map(fingerprint)).size).toBe(lists.length);
  });

  it('differs by the prompt', async () => {
    const { buildPrompt } = await import('../../../src/query/generation/prompt.ts');
    jest.resetModules();
    jest.unstable_mockModule('../../../src/query/generation/prompt.ts', () => ({
      buildPrompt: (...parameters: Parameters<typeof buildPrompt>) => {
        const { messages, ...rest } = buildPrompt(...parameters);
        const [rules, ...others] = messages;
        return { ...rest, messages: [{ ...rules, content: `${rules?.content} Be polite.` }, ...others] };
      },
    }));
    const changed = await import('../../../src/query/generation/fingerprint.ts');
    expect(changed.fingerprintOf(loadConfig({ GENERATION_TARGETS: first }))).not.toBe(fingerprint(first));
  });
});
