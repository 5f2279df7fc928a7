/** A table of records: named, scrolled by itself where the screen is narrow, by keyboard too. */
import type { ComponentChildren } from 'preact';

interface RecordsProps {
  /** What the rows are, read aloud first. */
  readonly caption: string;
  readonly headings: readonly string[];
  /** The rows: the first cell of each is its heading. */
  readonly children: ComponentChildren;
}

export function Records({ caption, headings, children }: RecordsProps) {
  return (
    <div class="tabella" role="region" aria-label={caption} tabIndex={0}>
      <table class="table">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {headings.map((heading) => (
              <th scope="col">{heading}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
