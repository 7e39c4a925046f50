export { BundleError } from './error.js';
export { type OpenOptions, openBundle } from './open.js';
export { reread } from './reread.js';
export type { BundleEvent } from './run.js';
export { replayable } from './stdin.js';
