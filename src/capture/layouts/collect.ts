import type { Layout } from './layout.js';
import { machine, namesAbove, rootBefore } from './machine.js';

const ofNode = rootBefore('(?:commands\\.tsv|netns-[^/]+/[^/]+\\.txt)$');
/** Folders of that name are not ours alone: the archive's name shows that this one is. */
const ofCluster = (inner: string): string | undefined =>
  /^((?:.*\/)?dumplint-[^/]+!\/)cluster\/kubectl-get-[a-z]+\.(?:yaml|txt)$/.exec(inner)?.[1];
const CLUSTER = /(?:^|\/)cluster\/$/;

/**
 * `dumplint collect` (src/cli/collect.sh): a folder per node with the record of what was run, and one per network namespace of a pod in it, which
 * shows the node where the record is gone; beside them the objects of the cluster, which the record does not tell of.
 */
export const collect: Layout = {
  name: 'collect',
  title: 'dumplint collect',
  root(inner) {
    const cluster = ofCluster(inner);
    return cluster === undefined ? ofNode(inner) : `${cluster}cluster/`;
  },
  locate(path, root) {
    if (CLUSTER.test(root)) return undefined;
    const [name] = namesAbove(root);
    const node = machine(root, 'dumplint collect', name);
    const netns = /^(netns-[^/]+)\//.exec(path)?.[1];
    return netns === undefined ? node : { ...node, netns };
  },
  command(path) {
    const [, type, ending] = /^kubectl-get-([a-z]+)\.(yaml|txt)$/.exec(path) ?? [];
    if (type === undefined) return undefined;
    return `kubectl get ${type}${type === 'nodes' ? '' : ' -A'} -o ${ending === 'txt' ? 'wide' : 'yaml'}`;
  },
};
