// How deep a text nests its objects and arrays, before anybody parses it: of ten million brackets JSON.parse makes a stack
// for most of a second, on the thread that all callers share.
import { endOfString } from './duplicate-keys.ts';

const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Whether `json` nests deeper than `most` levels. It may be any text; of what is no JSON the answer means nothing. */
export function isDeeper(json: string, most: number): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(json, i);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > most) return true;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
    }
  }
  return false;
}
