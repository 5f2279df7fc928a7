/**
 * Builds the portal's styles, fonts, icons and scripts into dist/assets: from Bootstrap Italia, whose package is not in
 * the production image, and from src/portal/assets. Part of the build. Two builds of one tree may run at once, and a
 * portal may start from it meanwhile: files appear whole, the manifest last, and old ones go after it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { withoutRulesFor } from './css.js';

const OUT = fileURLToPath(new URL('../../../assets/', import.meta.url));
const OWN = fileURLToPath(new URL('../../../../src/portal/assets/', import.meta.url));
const BOOTSTRAP = dirname(createRequire(import.meta.url).resolve('bootstrap-italia/package.json'));

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Components that the portal does not use: a fifth of the styles. */
const UNUSED = /\.(?:vjs|video-js|splide|it-video|carousel)/;

/** The icons that the portal shows; all of them are 27 kB of a browser's first visit. */
const ICONS = ['pa'];

/** File of the package → family, style and weight for the styles. */
const FONTS = [300, 400, 600, 700].map((weight) => {
  const face = weight === 400 ? 'regular' : String(weight);
  return {
    weight,
    path: `dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-${face}.woff2`,
    family: 'Titillium Web',
  };
});

const manifest: Record<string, { file: string; type: string; isCompressed: boolean }> = {};

/** Written beside the folder, then moved: nobody reads half a file. */
function write(path: string, content: string | Buffer): void {
  const unfinished = `${OUT.replace(/[\\/]$/, '')}-${String(process.pid)}.tmp`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, join(OUT, path));
}

/** @returns the file's name */
function put(name: string, content: string | Buffer): string {
  const extension = extname(name);
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 12);
  const file = `${name.slice(0, -extension.length)}.${hash}${extension}`;
  const isCompressed = extension !== '.woff2';
  write(file, content);
  if (isCompressed) write(`${file}.br`, brotliCompressSync(content));
  manifest[name] = { file, type: TYPES[extension] ?? 'application/octet-stream', isCompressed };
  return file;
}

/** @throws Error when the package has no such icon */
function spriteOf(all: string): string {
  const symbols = ICONS.map((name) => {
    const symbol = new RegExp(`<symbol id="it-${name}".*?</symbol>`, 's').exec(all)?.[0];
    if (symbol === undefined) throw new Error(`bootstrap-italia has no icon ${name}`);
    return symbol;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}

mkdirSync(join(OUT, 'pdf'), { recursive: true });

const faces = FONTS.map(({ path, family, weight }) => {
  const file = put(path.slice(path.lastIndexOf('/') + 1), readFileSync(join(BOOTSTRAP, path)));
  return `@font-face{font-family:"${family}";font-style:normal;font-weight:${weight};font-display:swap;src:url("${file}") format("woff2")}`;
});
const bootstrap = readFileSync(join(BOOTSTRAP, 'dist/css/bootstrap-italia.min.css'), 'utf8');
put('bootstrap.css', withoutRulesFor(bootstrap, UNUSED).replace(/\/\*# sourceMappingURL=.*?\*\//g, ''));
put('portal.css', faces.join('\n') + readFileSync(join(OWN, 'portal.css'), 'utf8'));
put('icons.svg', spriteOf(readFileSync(join(BOOTSTRAP, 'dist/svg/sprites.svg'), 'utf8')));
put('icon.svg', readFileSync(join(OWN, 'icon.svg')));
put('session.js', readFileSync(join(OWN, 'session.js')));
put('secrets.js', readFileSync(join(OWN, 'secrets.js')));
// For receipts as PDF: not served, so under names of their own.
for (const [name, face] of Object.entries({ regular: 'regular', bold: '600' })) {
  const path = `dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-${face}.ttf`;
  write(join('pdf', `${name}.ttf`), readFileSync(join(BOOTSTRAP, path)));
}
write('manifest.json', JSON.stringify(manifest, null, 2));

const built = new Set(['pdf', 'manifest.json']);
for (const { file } of Object.values(manifest)) built.add(file).add(`${file}.br`);
for (const file of readdirSync(OUT)) if (!built.has(file)) rmSync(join(OUT, file), { force: true });
