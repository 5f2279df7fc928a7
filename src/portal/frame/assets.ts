/**
 * Styles, fonts, icons and scripts: created by the build (dev/assets), with a hash of the content in the name, so that
 * browsers cache them for ever. Read once, at start.
 */
import { readFileSync } from 'node:fs';
import type { RequestHandler } from 'express';
import { SECURITY_HEADERS } from './headers.js';

/** Beside the compiled program. */
const DIRECTORY = new URL('../../../assets/', import.meta.url);

/** Logical name → file name, and the types; as written by dev/assets. */
interface Manifest {
  readonly [logicalName: string]: { readonly file: string; readonly type: string; readonly isCompressed: boolean };
}

export type AssetName = 'bootstrap.css' | 'portal.css' | 'icon.svg' | 'icons.svg' | 'session.js' | 'secrets.js';

export interface Assets {
  /** Its URL on the page. */
  href(name: AssetName): string;
  readonly handler: RequestHandler;
}

export const ASSETS_PATH = '/risorse/';

/** @throws Error when the build has not created them */
export function loadAssets(): Assets {
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', DIRECTORY), 'utf8')) as Manifest;
  const files = new Map(
    Object.values(manifest).map(({ file, type, isCompressed }) => [
      file,
      {
        ...{ type, plain: readFileSync(new URL(file, DIRECTORY)) },
        brotli: isCompressed ? readFileSync(new URL(`${file}.br`, DIRECTORY)) : undefined,
      },
    ]),
  );
  return {
    href(name) {
      const entry = manifest[name];
      if (entry === undefined) throw new Error(`the build made no asset ${name}`);
      return ASSETS_PATH + entry.file;
    },
    handler(request, response, next) {
      const found = files.get(request.path.slice(ASSETS_PATH.length));
      if (found === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
        next();
        return;
      }
      const accepted = request.headers['accept-encoding'];
      const asBrotli =
        found.brotli !== undefined &&
        typeof accepted === 'string' &&
        /\bbr\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(accepted);
      response.set({
        ...SECURITY_HEADERS,
        'Cache-Control': 'public, max-age=31536000, immutable',
        'Content-Type': found.type,
        ...(found.brotli === undefined ? {} : { Vary: 'Accept-Encoding' }),
        ...(asBrotli ? { 'Content-Encoding': 'br' } : {}),
      });
      response.end(asBrotli ? found.brotli : found.plain);
    },
  };
}
