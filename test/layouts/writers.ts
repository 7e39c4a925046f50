import { calicoNodeDiags } from './calico-node-diags.js';
import { gravity } from './gravity.js';
import { sos } from './sos.js';
import { supportconfig } from './supportconfig.js';
import type { LayoutWriter } from './writer.js';

/** Every writer, sorted by layout: its file and one line here. */
export const writers: readonly LayoutWriter[] = [calicoNodeDiags, gravity, ...sos, supportconfig];
