/** A table of records: named; on a narrow screen each record is a block, and each of its cells has its heading. */
import { cloneElement, isValidElement, toChildArray } from 'preact';
import type { ComponentChildren } from 'preact';

interface RecordsProps {
  /** The caption, announced first. */
  readonly caption: string;
  readonly headings: readonly string[];
  /** The rows, as `tr`: one cell of each is its heading. */
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
        <tbody>{toChildArray(children).map((row) => labelled(row, headings))}</tbody>
      </table>
    </div>
  );
}

/** A row whose cells name their column, for the styles of a narrow screen. */
function labelled(row: ComponentChildren, headings: readonly string[]): ComponentChildren {
  if (!isValidElement(row) || row.type !== 'tr') return row;
  const cells = toChildArray(row.props.children).map((cell, index) =>
    isValidElement(cell) && cell.type === 'td' ? cloneElement(cell, { 'data-colonna': headings[index] }) : cell,
  );
  return cloneElement(row, {}, cells);
}
