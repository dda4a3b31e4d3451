/** What can answer questions without the database. Whatever can registers itself at the start. */
export class AnswerSources {
  private readonly sources = new Map<string, () => boolean>();

  /** @param canAnswer whether the source has an answer to any question now */
  register(name: string, canAnswer: () => boolean): void {
    this.sources.set(name, canAnswer);
  }

  /** The name of a source that can answer now; undefined when none can. */
  get available(): string | undefined {
    return [...this.sources].find(([, canAnswer]) => canAnswer())?.[0];
  }
}
