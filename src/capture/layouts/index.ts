import { calicoNodeDiags } from './calico-node-diags.js';
import { gravity } from './gravity.js';
import type { Layout } from './layout.js';
import { sos } from './sos.js';
import { supportconfig } from './supportconfig.js';

/**
 * Every collector that has an arrangement of its own, sorted by name; of two that claim the same root the first wins. Adding one is its
 * file and one line here.
 */
export const layouts: readonly Layout[] = [calicoNodeDiags, gravity, sos, supportconfig];

export { type Arranged, arrange } from './arrange.js';
export type { Layout } from './layout.js';
