/**
 * Items that a lane has claimed and not sent yet. Claims more when half of them are left, so that no exchange waits for
 * the database. Independent of what the items are and when they may be sent.
 */

export class Hand<Item> {
  private readonly items: Item[] = [];
  private claiming: Promise<void> | undefined;
  private isClosed = false;

  /**
   * @param size largest number of items: what a crash leaves under lease
   * @param claim resolves to up to `limit` items; fewer mean that no other is due now
   */
  constructor(
    private readonly size: number,
    private readonly claim: (limit: number) => Promise<readonly Item[]>,
  ) {}

  /**
   * The next item; undefined when none is due.
   * @throws the claim's error, once no item is left
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

  /** Stops claiming, and returns the remaining items, including those of a claim in progress. */
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
    // A caller without items awaits the claim and gets its error. While items are left, the next take retries the
    // claim.
    claiming.catch(() => undefined);
    this.claiming = claiming;
  }

  private async more(limit: number): Promise<void> {
    const found = await this.claim(limit);
    if (found.length < limit) this.isClosed = true;
    this.items.push(...found);
  }
}
