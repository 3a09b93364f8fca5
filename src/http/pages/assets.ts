// The files that pages load, as they stand in this folder. They are small, and read once.
import { existsSync, readFileSync } from 'node:fs';

const TYPES = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** Beside this file, or beside the bundle that it is in; four folders up where tsc has compiled it and copied nothing. */
const PLACES = ['./', '../../../../src/http/pages/'].map((place) => new URL(place, import.meta.url));

export interface Asset {
  readonly type: string;
  readonly content: string;
}

/** Throws when the file is not there. */
export function readAsset(name: string): Asset {
  const extension = name.slice(name.lastIndexOf('.') + 1) as keyof typeof TYPES;
  const place = PLACES.find((candidate) => existsSync(new URL(name, candidate)));
  if (place === undefined) throw new Error(`${name} is not beside the program`);
  return { type: TYPES[extension], content: readFileSync(new URL(name, place), 'utf8') };
}
