/** The marks that end a model's turn, in lower case, which some servers leave in the text: those of ChatML, GPT, Llama, Gemma, Command, DeepSeek, Mistral, GLM, EXAONE, and of models that reason. */
const END_MARKS = [
  '<|im_end|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|eot|>',
  '<|end|>',
  '<|return|>',
  '<|user|>',
  '<|observation|>',
  '<|end_of_box|>',
  '<end_of_turn>',
  '<|end_of_turn|>',
  '<|end_of_turn_token|>',
  '<｜end▁of▁sentence｜>',
  '<eos>',
  '</s>',
  '</answer>',
  '</response>',
  '[|endofturn|]',
  '[end of text]',
];
/** The most characters of marks in a row that are held. Raised, a stream of marks alone takes more time. */
const MAX_HELD = 400;

/** Leaves out the marks at the very end of an answer. Further ahead the answer speaks of them. */
export class EndMarkFilter {
  private held = '';

  /**
   * Takes the next text, and returns what of the text so far is known to be answer. Of the text, only what may be marks is
   * held.
   * @param isLast whether nothing may follow
   */
  add(text: string, isLast: boolean): string {
    const all = this.held + text;
    const from = isLast ? startOfMarks(all) : startOfMarks(all, startOfPart(all));
    const end = all.length - from > MAX_HELD && !isLast ? all.length : from;
    this.held = isLast ? '' : all.slice(end);
    return all.slice(0, end);
  }
}

/** Where the marks begin that a text ends with; its length where it ends with none. */
function startOfMarks(text: string, end = text.length): number {
  for (let start = end; ;) {
    const before = text.slice(Math.max(0, start - MAX_HELD), start).trimEnd();
    const lower = before.toLowerCase();
    const mark = END_MARKS.find((one) => lower.endsWith(one));
    if (!mark) return start;
    start = start - (text.slice(Math.max(0, start - MAX_HELD), start).length - before.length) - mark.length;
  }
}

/** Where the first part of a mark begins that a text ends with; its length where it ends with none. */
function startOfPart(text: string): number {
  const at = Math.max(text.lastIndexOf('<'), text.lastIndexOf('['));
  const part = at < 0 ? '' : text.slice(at).toLowerCase();
  return part !== '' && END_MARKS.some((mark) => mark.startsWith(part)) ? at : text.length;
}
