export { BundleError } from './error.js';
export { type OpenOptions, openBundle } from './open.js';
export { readAgain, reread } from './reread.js';
export type { BundleEvent, LinkEvent } from './run.js';
export { replayable } from './stdin.js';
