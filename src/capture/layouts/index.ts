import { gravity } from './gravity.js';
import type { Layout } from './layout.js';

/** Every collector that has an arrangement of its own; of two that claim the same files the first wins. Adding one is its file and one line here. */
export const layouts: readonly Layout[] = [gravity];

export { type Arranged, arrange } from './arrange.js';
export type { Layout } from './layout.js';
