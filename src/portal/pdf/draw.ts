/**
 * Draws a receipt: tagged PDF/A-2a, read aloud in the visual order. Runs in a separate thread (thread.ts), because a
 * page takes longer than other visits may wait.
 */
import { readFileSync } from 'node:fs';
import PDFDocument from 'pdfkit';
import { printable } from './characters.js';
import type { ReceiptDocument } from './document.js';

/** Beside the compiled program, as placed by dev/assets. */
const FONTS = new URL('../../../assets/pdf/', import.meta.url);
const regular = readFileSync(new URL('regular.ttf', FONTS));
const bold = readFileSync(new URL('bold.ttf', FONTS));

const MARGIN = 56;
const BLUE = '#0066cc';
const LINE = '#c2c7cc';

type Pdf = InstanceType<typeof PDFDocument>;

export async function draw(document: ReceiptDocument): Promise<Buffer> {
  const { title, at, service, language } = document;
  const replaced: string[] = [];
  const said = (text: string): string => {
    const shown = printable(text);
    if (shown !== text) replaced.push(text);
    return shown;
  };
  const pdf = new PDFDocument({
    ...{ size: 'A4', margin: MARGIN, bufferPages: true },
    ...{ subset: 'PDF/A-2a', pdfVersion: '1.7', tagged: true, lang: language, displayTitle: true },
    info: { Title: title, Author: service, CreationDate: at, ModDate: at },
  });
  const bytes = collected(pdf);
  pdf.registerFont('regular', regular).registerFont('bold', bold);
  const whole = pdf.struct('Document');
  pdf.addStructure(whole);

  const write = (type: 'P' | 'H1', text: string, size: number, colour = 'black'): void => {
    pdf
      .font(type === 'H1' ? 'bold' : 'regular')
      .fontSize(size)
      .fillColor(colour)
      .text(said(text), MARGIN, pdf.y, { structParent: whole, structType: type });
  };
  write('P', service, 12, BLUE);
  pdf.moveDown(0.5);
  write('H1', title, 22);
  pdf.moveDown(0.5);
  for (const text of document.paragraphs) {
    write('P', text, 11);
    pdf.moveDown(0.5);
  }
  const cell = { border: 0.5, borderColor: LINE, padding: 4 };
  pdf.fontSize(9).fillColor('black');
  table(pdf, {
    ...{ structParent: whole, defaultStyle: cell, columnStyles: [170, '*'] },
    data: document.facts.map(([term, value]) => [heading(said(term), 'Row'), said(value)]),
  });
  if (document.table !== undefined) {
    const { headings, widths, rows } = document.table;
    pdf.moveDown();
    table(pdf, {
      ...{ structParent: whole, defaultStyle: cell, columnStyles: widths.map((width) => (width === 0 ? '*' : width)) },
      data: [headings.map((text) => heading(said(text), 'Column')), ...rows.map((row) => row.map(said))],
    });
  }
  if (replaced.length > 0) {
    pdf.moveDown();
    write('P', document.replacedNote, 10);
  }
  whole.end();
  numberPages(pdf, document.foot);
  pdf.end();
  return bytes;
}

const heading = (text: string, scope: 'Row' | 'Column') => ({
  text,
  type: 'TH' as const,
  scope,
  font: { src: 'bold' },
});

/** The library's types lack `structParent`, by which a table and its cells are tagged. */
function table(pdf: Pdf, options: PDFKit.Mixins.TableOptionsWithData & { readonly structParent: unknown }): void {
  pdf.font('regular').table(options);
  pdf.x = MARGIN;
}

/** Excluded from reading aloud: a screen reader counts pages itself. */
function numberPages(pdf: Pdf, foot: string): void {
  const { start, count } = pdf.bufferedPageRange();
  for (let index = 0; index < count; index++) {
    pdf.switchToPage(start + index);
    pdf.page.margins.bottom = 0; // otherwise the footer would start a page
    pdf.markContent('Artifact', { type: 'Pagination' });
    pdf
      .font('regular')
      .fontSize(9)
      .text(foot.replace('%1', String(index + 1)).replace('%2', String(count)), MARGIN, pdf.page.height - 40, {
        lineBreak: false,
      });
    pdf.endMarkedContent();
  }
}

function collected(pdf: Pdf): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    pdf
      .on('data', (piece: Buffer) => pieces.push(piece))
      .on('end', () => {
        resolve(Buffer.concat(pieces));
      })
      .on('error', reject);
  });
}
