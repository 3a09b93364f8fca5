// Lets Node run TypeScript by leaving the types out, also where it cannot do so itself (before Node 22.18). Every process
// and worker thread of a test loads this before its first module; the runner's own loader compiles everything again in each.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
