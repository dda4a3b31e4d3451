const TAGS = ['think', 'thinking', 'thought', 'thoughts', 'reasoning', 'scratchpad', 'seed:think'];
/** The marks around thoughts, in lower case. The last ones are those of Magistral, Kimi, Command A, OpenThinker, MedGemma, Open WebUI and gpt-oss. */
const BLOCKS: readonly (readonly [string, string])[] = [
  ...TAGS.map((name) => [`<${name}>`, `</${name}>`] as const),
  ['[think]', '[/think]'],
  ['◁think▷', '◁/think▷'],
  ['<|start_thinking|>', '<|end_thinking|>'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
  ['<unused94>', '<unused95>'],
  ['<details type="reasoning"', '</details>'],
  ['<|channel|>analysis<|message|>', '<|channel|>final<|message|>'],
  // Marks before the answer itself: they alone are left out.
  ...[
    '<answer>',
    '<response>',
    '<|begin_of_box|>',
    '<|channel|>final<|message|>',
    '<|start|>assistant<|channel|>final<|message|>',
    '<|im_start|>assistant',
    '<s>',
  ].map((mark) => [mark, ''] as const),
  ['<|start|>assistant<|channel|>analysis<|message|>', '<|channel|>final<|message|>'],
];
const LONGEST_BEGIN = Math.max(...BLOCKS.map(([begin]) => begin.length));
const ANY_BEGIN = /<(?:seed:)?(?:think(?:ing)?|thoughts?|reasoning)>|\[think\]|◁think▷/i;
const ANY_END = /<\/(?:seed:)?(?:think(?:ing)?|thoughts?|reasoning)>|\[\/think\]|◁\/think▷/i;
/** Characters of a block that may be what the answer speaks of. Raised, more of a thought is kept until its end. */
const MAX_QUOTED = 20_000;
/** Blanks that are kept before a text. Raised, a stream of blanks takes more time. */
const MAX_BLANKS = 100;
/** Blocks before an answer that are left out. Raised, an answer of blocks alone takes more time. */
const MAX_BLOCKS = 8;
/** How a sentence about a block goes on behind it. */
const SENTENCE = /^(?:[^\S\n]+\p{Ll}|[^\S\n]*[,.;:!?)])/u;

/**
 * Leaves out the thoughts that some models write before their answer. Only blocks at the very beginning count: further on
 * the answer may speak of such marks, and so may a sentence that begins with one.
 */
export class ThoughtFilter {
  private state: 'beginning' | 'thought' | 'answer' = 'beginning';
  /** Text that is not decided yet: of the beginning all, of a thought as much as may be the first part of its end. */
  private held = '';
  private blocks = 0;
  private end = '';
  /** The last block, which may belong to a sentence about it; empty when it cannot. */
  private block = '';
  private begin = '';

  /** Takes the next text, and returns what of the text so far is known to be answer. Time is linear in all texts together. */
  add(text: string): string {
    if (this.state === 'answer') return text;
    this.held += text;
    return this.state === 'thought' ? this.readThought(text) : this.readBeginning(false);
  }

  /**
   * The rest of the answer, once all text was added. A thought without an end is none.
   * @param isWhole whether the model had finished: a mark without an end is then what a sentence may begin with
   */
  finish(isWhole: boolean): string {
    if (this.state !== 'thought') return this.readBeginning(true);
    const isSentence = isWhole && SENTENCE.test(this.content) && !this.block.includes('\n');
    return isSentence ? this.release(this.block) : '';
  }

  private readBeginning(isEnd: boolean): string {
    if (this.state === 'answer') return '';
    const text = this.held.trimStart();
    if (text === '' && !isEnd) {
      this.held = this.held.slice(-MAX_BLANKS);
      return '';
    }
    if (SENTENCE.test(this.held) && this.block !== '' && !this.block.includes('\n') && this.isSpokenOf)
      return this.release(this.block + this.held);
    // The lower case of a long text takes milliseconds.
    const start = text.slice(0, LONGEST_BEGIN).toLowerCase();
    const found = BLOCKS.find(([begin]) => start.startsWith(begin));
    if (found && this.blocks < MAX_BLOCKS) {
      const [begin, end] = found;
      this.blocks++;
      this.state = 'thought';
      this.end = end;
      this.begin = begin;
      this.block = text.slice(0, begin.length);
      this.held = text.slice(begin.length);
      return this.readThought(this.held);
    }
    const mayBegin = text.length < LONGEST_BEGIN && BLOCKS.some(([begin]) => begin.startsWith(start));
    return mayBegin && !isEnd ? '' : this.release(text);
  }

  private readThought(added: string): string {
    const at = lowerAscii(this.held).indexOf(this.end);
    const behind = at < 0 ? '' : this.held.slice(at + this.end.length);
    if (this.block !== '') this.block += added.slice(0, added.length - behind.length);
    if (this.block.length > MAX_QUOTED) this.block = '';
    if (at < 0) {
      this.held = this.held.slice(1 - this.end.length);
      return '';
    }
    this.state = 'beginning';
    this.held = behind;
    return this.readBeginning(false);
  }

  /** What stands within the last block, with its end. */
  private get content(): string {
    return this.block.slice(this.begin.length);
  }

  /** Whether the last block is short, or goes on as a sentence about its mark does: no thought begins so. */
  private get isSpokenOf(): boolean {
    return SENTENCE.test(this.content) || this.content.split(/\s+/, 4).length < 4;
  }

  private release(text: string): string {
    this.state = 'answer';
    return text;
  }
}

/** In lower case without a change of length, which other letters may bring. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Leaves out thoughts without a beginning, which some chat templates write into the prompt. Their end stands at the end of
 * its line, or behind a line or a sentence. In code, in a sentence and behind a beginning such a mark belongs to the answer.
 */
export function dropOpenThoughts(text: string): string {
  const end = ANY_END.exec(text);
  if (!end) return text;
  const before = text.slice(0, end.index);
  const after = text.slice(end.index + end[0].length);
  const isEnd = /^$|[\n.!?。]/.test(before.slice(-1)) || /^[^\S\n]*\n/.test(after);
  const isInCode = before.split('`').length % 2 === 0;
  return isEnd && !isInCode && after.trim() !== '' && !ANY_BEGIN.test(before) ? after : text;
}
