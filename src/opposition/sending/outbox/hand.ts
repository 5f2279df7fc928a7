/**
 * What one lane has claimed and not sent yet. Filled again while half of it is left, so that no exchange waits for the
 * database. Does not know what a notification is and when it may be sent.
 */

export class Hand<Item> {
  private readonly items: Item[] = [];
  private claiming: Promise<void> | undefined;
  private isClosed = false;

  /**
   * @param size held at most: what a crash leaves under lease
   * @param claim brings up to `limit` items; fewer mean that nothing else is due now
   */
  constructor(
    private readonly size: number,
    private readonly claim: (limit: number) => Promise<readonly Item[]>,
  ) {}

  /**
   * The next item; undefined when nothing is due.
   * @throws the claim's error, once nothing else is left
   */
  async take(): Promise<Item | undefined> {
    for (;;) {
      if (this.items.length <= this.size / 2) this.fill();
      const item = this.items.shift();
      if (item !== undefined || this.claiming === undefined) return item;
      await this.claiming;
    }
  }

  putBack(item: Item): void {
    this.items.unshift(item);
  }

  /** Claims nothing more, and hands over what is left, also what a claim under way brings. */
  async close(): Promise<readonly Item[]> {
    this.isClosed = true;
    await this.claiming?.catch(() => undefined);
    return this.items.splice(0);
  }

  private fill(): void {
    if (this.isClosed || this.claiming !== undefined) return;
    const claiming = this.more(this.size - this.items.length).finally(() => {
      this.claiming = undefined;
    });
    // A caller that finds nothing waits for the claim and gets its error. While something is left, the claim is just retried.
    claiming.catch(() => undefined);
    this.claiming = claiming;
  }

  private async more(limit: number): Promise<void> {
    const found = await this.claim(limit);
    if (found.length < limit) this.isClosed = true;
    this.items.push(...found);
  }
}
