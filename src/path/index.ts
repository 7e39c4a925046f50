export type { EndClass } from './end-class.js';
export { ipOf } from './ip.js';
export { openPort } from './listen.js';
export { type Pair, reachAll } from './reach.js';
export { type Traced, traceProbe } from './trace.js';
export type * from './types.js';
export { makeWorld, type World, worldOf } from './world.js';
