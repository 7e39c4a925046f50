import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectWords } from '../collect.mjs';
import { run } from '../netns.mjs';
import { endpointsTable, nodesWide, nodesYaml, podsWide, servicesTable } from '../writers/kubectl.mjs';

/**
 * One whole bundle: `dumplint collect` on every node at once, unpacked, and what kubectl would say of the cluster.
 * @param {import('../cluster.mjs').Cluster} cluster @param {string} folder
 */
export async function writeBundle(cluster, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'cluster'), { recursive: true });
  await Promise.all(
    cluster.topology.nodes.map(async (node) => {
      const archive = join(cluster.lab.folder, `${node.name}.tar.gz`);
      const done = await cluster.lab.start(node.name, collectWords(cluster, node, archive));
      if (done.status !== 0) throw new Error(`collect on ${node.name}: ${done.stderr || done.status}`);
      run(['tar', '-xzf', archive, '-C', folder, '--no-same-owner']);
      rmSync(archive);
      // One log for all namespaces of the machine: it speaks of other clusters too.
      rmSync(join(folder, node.name, 'dmesg.txt'), { force: true });
    }),
  );
  const texts = {
    'kubectl-get-nodes-o-wide.txt': nodesWide(cluster),
    'kubectl-get-nodes.yaml': nodesYaml(cluster),
    'kubectl-get-pods-A-o-wide.txt': podsWide(cluster),
    'kubectl-get-svc-A.txt': servicesTable(cluster),
    'kubectl-get-endpoints-A.txt': endpointsTable(cluster),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, 'cluster', name), text);
}
