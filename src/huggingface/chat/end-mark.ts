/** The marks that end a model's turn, in lower case, which some servers leave in the text: those of ChatML, GPT, Llama, Gemma, Command, DeepSeek, Mistral, and of models that reason. */
const END_MARKS = [
  '<|im_end|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|eot_id|>',
  '<|end|>',
  '<|return|>',
  '<end_of_turn>',
  '<|end_of_turn|>',
  '<|end_of_turn_token|>',
  '<｜end▁of▁sentence｜>',
  '</s>',
  '</answer>',
];

/** Leaves out the mark at the very end of an answer. Further ahead the answer speaks of it. */
export class EndMarkFilter {
  private held = '';

  /**
   * Takes the next text, and returns what of the text so far is known to be answer. Of the text, only what may be a mark is
   * held.
   * @param isLast whether nothing may follow
   */
  add(text: string, isLast: boolean): string {
    const all = this.held + text;
    const at = all.lastIndexOf('<');
    const tail = at < 0 ? '' : all.slice(at).trimEnd().toLowerCase();
    const mayBeMark = tail !== '' && END_MARKS.some((mark) => mark.startsWith(tail));
    if (!mayBeMark || (isLast && !END_MARKS.includes(tail))) {
      this.held = '';
      return all;
    }
    this.held = isLast ? '' : all.slice(at);
    return all.slice(0, at);
  }
}
