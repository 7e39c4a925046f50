import { gravity } from './gravity.js';
import type { Layout } from './layout.js';

/** Every collector that has an arrangement of its own; the first that detects itself wins. Adding one is its file and one line here. */
export const layouts: readonly Layout[] = [gravity];

export type { Layout, Located } from './layout.js';
