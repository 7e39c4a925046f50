export { BundleError } from './error.js';
export { type OpenOptions, openBundle } from './open.js';
export { type RereadOptions, reread } from './reread.js';
export { type BundleEvent, LIMITS, type Limits } from './run.js';
export { replayable } from './stdin.js';
