/**
 * `npm run answers`: what each node of a lab cluster answers to every command that some collector runs, written to samples/answers/.
 * The tests of layouts arrange these files the way each collector does. Needs root; see README.md.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureAll } from './capture.mjs';
import { FAULTS } from './faults.mjs';
import { assertNeeds } from './needs.mjs';
import { makeSample } from './sample.mjs';
import { scrub } from './scrub.mjs';
import { nodeStatus } from './writers/calicoctl.mjs';
import { describeNodes, endpointsTable, nodesWide, nodesYaml, podsWide, servicesTable } from './writers/kubectl.mjs';

/** One cluster of each flavour, broken in a way that every layout must bring to light. */
const CLUSTERS = ['cni0-forwarding-off', 'bird-stopped'];

const TABLES = ['filter', 'nat', 'mangle', 'raw'];

/** Command lines as collectors type them (docs/collectors.md); the scrub's name where what it prints wanders. */
const COMMANDS = new Map([
  ...[
    'ip addr',
    'ip -d addr show',
    'ip -d address',
    'ip -o addr',
    'ip -4 addr',
    'ip -6 addr',
    'ip -4 -o a',
    'ip -s -s address',
    'ip a',
    'ip -d a',
  ].map((c) => [c, 'ip-addr']),
  ...['ip link show', 'ip -s link', 'ip -d link show', 'ip -s -d link', 'ip -d -s l', 'ip -stats link', 'ip -d l'].map(
    (c) => [c, 'ip-link-d'],
  ),
  ...[
    'ip route',
    'ip route show',
    'ip -4 route',
    'ip -6 route',
    'ip route show table all',
    'ip -d route show table all',
    'ip -6 route show table all',
    'ip route show table local',
    'ip route show table main',
    'ip route show table default',
    'ip -4 r',
    'ip -6 r',
    'route -n',
    'netstat -rn',
  ].map((c) => [c, 'ip-route']),
  ...['ip rule', 'ip rule show', 'ip rule list', 'ip -d rule show', 'ip -4 rule list', 'ip -6 rule show'].map((c) => [
    c,
    'ip-rule',
  ]),
  ...[
    'ip neigh',
    'ip neigh show',
    'ip -d neighbor show',
    'ip -s -s neigh show',
    'ip -s -d neigh show',
    'ip -stats neighbor',
    'ip neigh show nud noarp',
    'ip -4 n',
    'ip -6 n',
    'ip -6 neigh show',
    'arp -n',
  ].map((c) => [c, 'neigh']),
  ...['bridge fdb show', 'bridge -s -s -d -t fdb show', 'bridge -d vlan show', 'bridge -d link show'].map((c) => [
    c,
    'fdb',
  ]),
  ...['brctl show', 'brctl showmacs cni0', 'ip -d netconf show', 'ip -d maddress show', 'ifconfig -a'].map((c) => [
    c,
    '',
  ]),
  ...['iptables-save', 'iptables-save -c', 'ip6tables-save', 'ip6tables-save -c'].map((c) => [c, 'iptables-save']),
  ...TABLES.flatMap((t) => [`iptables -t ${t} -nvL`, `iptables -t ${t} -S`, `ip6tables -t ${t} -nvL`]).map((c) => [
    c,
    '',
  ]),
  ...[
    'iptables -L -v',
    'iptables -vnxL',
    'iptables -L -n -v --line-numbers',
    'iptables -t nat -L -n -v --line-numbers',
    'iptables -t mangle -L -n -v --line-numbers',
    'nft list ruleset',
    'nft -a list ruleset',
    'ipset list',
    'ipset save',
    'conntrack -S',
    'ss -tunap',
    'ethtool -k flannel.1',
    'ethtool -k cni0',
    'sysctl -a',
    'uname -a',
    'hostname',
    'cat /etc/hostname',
  ].map((c) => [c, c.startsWith('ipset') ? 'ipset-list' : c === 'uname -a' ? 'uname' : '']),
]);

/** sos' mangling of a command line (sos/utilities.py): what a file of it is called. */
export const mangled = (command) =>
  command
    .replace(/[^\w\-./]+/g, '_')
    .replaceAll('/', '.')
    .replace(/^[ ._-]+|[ ._-]+$/g, '');

/** Of the kernel's settings those of the network; the others are this machine's. */
const network = (text) =>
  text
    .split('\n')
    .filter((line) => /^net\.(?!core|unix|mptcp|fib)/.test(line))
    .join('\n')
    .concat('\n');

function answer({ lab, topology }, node, command) {
  const legacy = topology.iptables === 'legacy';
  const words = command.split(' ').map((w, i) => (i === 0 && legacy ? w.replace(/^(ip6?tables)/, '$1-legacy') : w));
  if (command === 'hostname' || command === 'cat /etc/hostname') return `${node.name}\n`;
  const { stdout, stderr, status } =
    command === 'uname -a'
      ? lab.exec(node.name, ['unshare', '--uts', 'sh', '-c', `hostname ${node.name} && uname -a`])
      : lab.exec(node.name, words, { mayFail: true });
  // A command that has nothing to say of this node (no such device) leaves its message, which is no capture.
  if (status !== 0 && stdout === '') return undefined;
  if (stderr !== '' && stdout === '') return undefined;
  return command === 'sysctl -a' ? network(stdout) : stdout;
}

function write(folder, files) {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

async function make(id, into) {
  const fault = FAULTS.find((f) => f.id === id);
  if (!fault) throw new Error(`no fault ${id}`);
  const sample = await makeSample(fault);
  const { cluster } = sample;
  try {
    const files = new Map();
    const commands = {};
    for (const node of cluster.topology.nodes)
      for (const [command, name] of COMMANDS) {
        const text = answer(cluster, node, command);
        if (text === undefined) continue;
        commands[command] = `${mangled(command)}.txt`;
        files.set(`${node.name}/${mangled(command)}.txt`, scrub(name, text, cluster));
      }
    for (const { node, name, text, command } of captureAll(cluster)) {
      if (!['subnet.env', 'flanneld.log', 'birdcl-show-protocols', 'birdcl-show-route'].includes(name)) continue;
      commands[command] = `${mangled(command)}.txt`;
      files.set(`${node}/${mangled(command)}.txt`, text);
      if (name !== 'birdcl-show-protocols') continue;
      commands['calicoctl node status'] = 'calicoctl_node_status.txt';
      files.set(`${node}/calicoctl_node_status.txt`, nodeStatus(text));
    }
    const objects = {
      'kubectl get nodes -o wide': nodesWide(cluster),
      'kubectl get nodes -o yaml': nodesYaml(cluster),
      'kubectl describe nodes': describeNodes(cluster),
      'kubectl get pods -A -o wide': podsWide(cluster),
      'kubectl get svc -A': servicesTable(cluster),
      'kubectl get endpoints -A': endpointsTable(cluster),
    };
    for (const [command, text] of Object.entries(objects)) {
      commands[command] = `${mangled(command)}.txt`;
      files.set(`cluster/${mangled(command)}.txt`, text);
    }
    const folder = join(into, id);
    rmSync(folder, { recursive: true, force: true });
    write(folder, files);
    const index = { nodes: cluster.topology.nodes.map((n) => n.name), commands };
    writeFileSync(join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
    process.stdout.write(`${id}: ${files.size} answers\n`);
  } finally {
    cluster.lab.close();
  }
}

assertNeeds();
const into = join(dirname(fileURLToPath(import.meta.url)), '..', 'samples', 'answers');
for (const id of CLUSTERS) await make(id, into);
