import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCRIPT } from '../collect.mjs';
import { podNs } from '../topologies.mjs';
import { endpointsTable, nodesWide, nodesYaml, podsWide, servicesTable } from '../writers/kubectl.mjs';

/**
 * Bundles as `dumplint collect` leaves them. The commands are read from the script itself; but they run from one plain shell per
 * namespace, ten times cheaper than the script, which bounds each command and forks for that (lab.test.ts runs the script).
 * @typedef {readonly (readonly [file: string, command: string])[]} Commands
 */

const text = readFileSync(SCRIPT, 'utf8');
/** What tells nothing of the network, or of all namespaces at once. */
const SKIPPED = /^(dmesg|ps|uptime|lsmod|ethtool|journal|date|machine-id|calicoctl|birdcl|tc-)/;
/** Asked where there is some. */
const SOME = {
  wg: ({ flavour }) => flavour.endsWith('-wireguard'),
  ipvsadm: ({ proxyMode }) => proxyMode === 'ipvs',
};
const asked = (topology, file) => Object.entries(SOME).every(([name, is]) => !file.startsWith(name) || is(topology));

/** @type {Commands} */
const NODE = [
  ...[...text.matchAll(/^node_has (\S+) (.+)$/gm)].map(([, file, command]) => [file, command]),
  ...[...text.matchAll(/^first_of (\S+) '([^']+)'/gm)].map(([, file, command]) => [file, command]),
  ...[...text.matchAll(/^ +\*nf_tables\*\) node_has (\S+) (.+) ;;$/gm)].map(([, file, command]) => [file, command]),
].filter(([file]) => !SKIPPED.test(file));

/** @type {Commands} */
const POD = [...(/^ +for what in (.+); do$/m.exec(text)?.[1] ?? '').matchAll(/'(\S+) ([^']+)'/g)].map(
  ([, name, command]) => [`${name}.txt`, command],
);
if (NODE.length < 20 || POD.length < 5) throw new Error(`${SCRIPT} is not written as expected`);

/** A shell script that leaves each command's output in its file and a row in the record. */
const scriptOf = (commands, record, folder) =>
  commands
    .map(
      ([file, command]) =>
        `${command} >${file} 2>${file}.err; printf '%s\\t%s\\t0\\t%s\\n' ${folder}${file} $? '${command}' >>${record}`,
    )
    .join('\n');

/** Messages are kept only where there is no output, as the script does. */
function settle(folder) {
  for (const name of readdirSync(folder, { recursive: true }).map(String)) {
    if (!name.endsWith('.err')) continue;
    const err = join(folder, name);
    const out = err.slice(0, -4);
    if (statSync(out).size === 0 && statSync(err).size > 0) renameSync(err, out);
    else rmSync(err);
  }
}

async function collectNode({ lab, topology }, node, folder) {
  mkdirSync(folder, { recursive: true });
  const record = join(folder, 'commands.tsv');
  writeFileSync(record, 'file\texit\tseconds\tcommand\n');
  const inside = async (ns, where, script) => {
    mkdirSync(where, { recursive: true });
    const { status, stderr } = await lab.start(ns, [
      'unshare',
      '--uts',
      'sh',
      '-c',
      `cd '${where}'; hostname ${node.name}; ${script}`,
    ]);
    if (status !== 0) throw new Error(`collecting in ${ns}: ${stderr || status}`);
  };
  const commands = NODE.filter(([file]) => asked(topology, file));
  await inside(node.name, folder, scriptOf(commands, record, ''));
  for (const [i, pod] of node.pods.entries()) {
    const name = `netns-${1001 + i}`;
    await inside(podNs(pod), join(folder, name), scriptOf(POD, record, `${name}/`));
  }
  settle(folder);
  for (const file of ['ip-route.txt', 'ip-addr.txt', 'sysctl.txt', 'netns-1001/ip-route.txt'].slice(
    0,
    node.pods.length > 0 ? 4 : 3,
  ))
    if (statSync(join(folder, file)).size === 0) throw new Error(`${node.name}: ${file} is empty`);
}

/**
 * One whole bundle: a folder of each node with its pods, and what kubectl would say of the cluster.
 * @param {import('../cluster.mjs').Cluster} cluster @param {string} folder
 */
export async function writeBundle(cluster, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'cluster'), { recursive: true });
  await Promise.all(cluster.topology.nodes.map((node) => collectNode(cluster, node, join(folder, node.name))));
  const texts = {
    'kubectl-get-nodes-o-wide.txt': nodesWide(cluster),
    'kubectl-get-nodes.yaml': nodesYaml(cluster),
    'kubectl-get-pods-A-o-wide.txt': podsWide(cluster),
    'kubectl-get-svc-A.txt': servicesTable(cluster),
    'kubectl-get-endpoints-A.txt': endpointsTable(cluster),
  };
  for (const [name, said] of Object.entries(texts)) writeFileSync(join(folder, 'cluster', name), said);
}
