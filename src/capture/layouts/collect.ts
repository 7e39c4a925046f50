import type { Layout } from './layout.js';
import { machine, namesAbove, rootBefore } from './machine.js';

/**
 * `dumplint collect` (src/cli/collect.sh): a folder per node with the record of what was run, and one per network namespace of a pod in it, which
 * shows the node where the record is gone.
 */
export const collect: Layout = {
  name: 'collect',
  title: 'dumplint collect',
  root: rootBefore('(?:commands\\.tsv|netns-[^/]+/[^/]+\\.txt)$'),
  locate(path, root) {
    const [name] = namesAbove(root);
    const node = machine(root, 'dumplint collect', name);
    const netns = /^(netns-[^/]+)\//.exec(path)?.[1];
    return netns === undefined ? node : { ...node, netns };
  },
};
