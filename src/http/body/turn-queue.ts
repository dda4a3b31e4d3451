/** Work that runs in turns of the event loop of its own: however much arrives at once, everything else is served in between. */
export class TurnQueue {
  private readonly waiting: (() => void)[] = [];
  private isTaken = false;

  /** Runs the work at once when none ran in this turn, else in a later turn, first come first. The work must not throw. */
  run(work: () => void): void {
    if (this.isTaken) return void this.waiting.push(work);
    this.isTaken = true;
    setImmediate(() => this.next());
    work();
  }

  private next(): void {
    this.isTaken = false;
    const work = this.waiting.shift();
    if (work) this.run(work);
  }
}
