import { z } from 'zod';

/** What a service needs beyond its configuration, as its refusals have told. The names are those of a target's URL, and of the request. */
export const needsSchema = z.strictObject({
  /** The field that limits an answer's length, or `none` where neither is taken. */
  max_tokens_field: z.enum(['max_tokens', 'max_completion_tokens', 'none']).optional(),
  /** `none`: the service takes its own default alone. */
  temperature: z.literal('none').optional(),
  /** `user`: the system message stands at the beginning of the first user message. */
  system: z.literal('user').optional(),
  /** `none`: the service does not take the field that asks for the usage of tokens. */
  stream_options: z.literal('none').optional(),
  /** The context window: prompt and answer together. */
  context_tokens: z.int().positive().optional(),
});
const stored = z.object({ address: z.string(), needs: needsSchema });
export type Needs = z.infer<typeof needsSchema>;

/** Remembers what the service behind a guard needs, as long as its address and its model stay the same. */
export class LearntNeeds {
  /** The address and the model that the needs belong to. */
  address = '';
  /** Null while nothing was learnt. */
  current: Needs | null = null;

  /** @param onLearn called with the needs to be stored, as text */
  constructor(private readonly onLearn: (text: string) => void) {}

  /** Adds what a changed request has shown by its success. */
  learn(change: Needs): void {
    this.current = { ...this.current, ...change };
    this.onLearn(JSON.stringify({ address: this.address, needs: this.current }));
  }

  forget(): void {
    this.current = null;
  }

  /** Takes stored needs; those of another address, or of another version, change nothing. */
  restore(text: string): void {
    try {
      const parsed = stored.parse(JSON.parse(text));
      if (parsed.address === this.address) this.current = parsed.needs;
    } catch {
      // Another version has stored them in another form.
    }
  }
}
