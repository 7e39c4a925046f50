export { type Traced, traceProbe } from './trace.js';
export type * from './types.js';
export { makeWorld, type World } from './world.js';
