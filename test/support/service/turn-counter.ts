/** Counts the turns of the event loop: what happens at the same count happened without one in between. */
export class TurnCounter implements Disposable {
  count = 0;
  private next = setImmediate(() => this.turn());

  private turn(): void {
    this.count++;
    this.next = setImmediate(() => this.turn());
  }

  [Symbol.dispose](): void {
    clearImmediate(this.next);
  }
}
