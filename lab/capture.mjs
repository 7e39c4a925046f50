import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeOf } from './cluster.mjs';
import { birdcl } from './flavours/bird-bgp.mjs';
import { run } from './netns.mjs';
import { scrub } from './scrub.mjs';
import { vethOf } from './topologies.mjs';

/**
 * One command's output on one node. `name` says what it is in the lab's terms; writers choose the file name.
 * @typedef {{ node: string, name: string, command: string, text: string, time: number }} Captured
 * @typedef {import('./cluster.mjs').Cluster} Cluster
 */

/** The settings a network diagnosis needs; `sysctl -a` whole is 1100 lines per node. */
const SYSCTL =
  '^net\\.(bridge\\.|ipv4\\.(ip_forward$|conf\\..*\\.(forwarding|rp_filter|accept_local|arp_ignore|arp_announce|proxy_arp|src_valid_mark)$|neigh\\.default\\.gc_thresh)|netfilter\\.nf_conntrack_(max|count|buckets|tcp_be_liberal)$)';

const FILTER = (topology) => (topology.iptables === 'nft' ? 'iptables-save' : 'iptables-legacy-save');

/** Commands of both layouts: lab name → words. What a word list shows is what the bundle says was run. */
const COMMANDS = (topology) => ({
  'ip-addr': ['ip', '-d', 'addr', 'show'],
  'ip-link': ['ip', 'link', 'show'],
  'ip-link-d': ['ip', '-d', 'link', 'show'],
  'ip-route': ['ip', 'route', 'show', 'table', 'all'],
  'ip-route-d': ['ip', '-d', 'route', 'show', 'table', 'all'],
  'ip-rule': ['ip', 'rule', 'show'],
  'ip-neigh': ['ip', 'neigh', 'show'],
  'ip-maddr': ['ip', '-d', 'maddress', 'show'],
  'bridge-fdb': ['bridge', 'fdb', 'show'],
  'ip-netconf': ['ip', '-d', 'netconf', 'show'],
  'route-n': ['route', '-n'],
  'iptables-save': [FILTER(topology)],
  sysctl: ['sysctl', '-a', '--pattern', SYSCTL],
});

/** Settings that only the initial namespace has; all nodes of the lab share the host's. */
function hostWide() {
  const keys = [1, 2, 3].map((n) => `net.ipv4.neigh.default.gc_thresh${n}`);
  return keys
    .map((key) => `${key} = ${readFileSync(`/proc/sys/${key.replaceAll('.', '/')}`, 'utf8').trim()}\n`)
    .join('');
}

/** How a port comes up. The kernel's log is one for all namespaces, and an earlier lab's ports go down at their leisure. */
const PORT_UP = [
  'entered blocking state',
  'entered disabled state',
  'entered allmulticast mode',
  'entered promiscuous mode',
  'entered blocking state',
  'entered forwarding state',
];

/** What the kernel logged about this node's own ports since the cluster was made; their names are theirs alone. */
function kernelLog({ lab }, node) {
  const since = (line) => Number(/\[ *(\d+\.\d+)\]/.exec(line)?.[1]) >= lab.uptime;
  const all = run(['dmesg', '--raw'], { mayFail: true }).stdout.split('\n').filter(since);
  const found = node.pods
    .map(vethOf)
    .flatMap((veth) => PORT_UP.map((what) => all.find((l) => l.includes(veth) && l.endsWith(what))));
  return found
    .filter((line) => line !== undefined)
    .map((line) => `${line}\n`)
    .join('');
}

/** `uname` tells the UTS namespace's host name, so it gets one. */
const uname = (node) => run(['unshare', '--uts', 'sh', '-c', `hostname ${node.name} && uname -a`]).stdout;

const birdWords = { 'birdcl-show-protocols': ['show', 'protocols'], 'birdcl-show-route': ['show', 'route'] };

function captureNode(cluster, node) {
  const { lab, topology, state } = cluster;
  const own = state.get(node.name);
  const take = (name, command, text) => ({
    node: node.name,
    name,
    command,
    text: scrub(name, text, cluster),
    time: Date.now(),
  });
  const real = Object.entries(COMMANDS(topology)).map(([name, words]) => {
    const { stdout } = lab.exec(node.name, words);
    return take(
      name,
      words.join(' ').replace('iptables-legacy-save', 'iptables-save'),
      name === 'sysctl' ? withHostWide(stdout) : stdout,
    );
  });
  const more = [
    take('uname', 'uname -a', uname(node)),
    take('hostname', 'hostname', `${node.name}\n`),
    take('dmesg', 'dmesg --raw', kernelLog(cluster, node)),
  ];
  if (topology.flavour === 'flannel-vxlan') {
    more.push(
      take('subnet.env', 'cat /run/flannel/subnet.env', `${own.subnetEnv.join('\n')}\n`),
      take('flanneld.log', 'flanneld', `${own.log.join('\n')}\n`),
    );
  } else {
    for (const [name, words] of Object.entries(birdWords)) {
      const said = birdcl(cluster, node, words);
      more.push(take(name, `birdcl ${words.join(' ')}`, said.stdout + said.stderr));
    }
    more.push(take('ipset-list', 'ipset list', lab.exec(node.name, ['ipset', 'list']).stdout));
  }
  return [...real, ...more];
}

/** Puts the host-wide settings where `sysctl -a` (sorted) would have them. */
function withHostWide(text) {
  const lines = [...text.trimEnd().split('\n'), ...hostWide().trimEnd().split('\n')];
  const area = (line) =>
    line.startsWith('net.bridge') ? 0 : line.startsWith('net.ipv4.conf') ? 1 : line.startsWith('net.ipv4') ? 2 : 3;
  return `${lines
    .map((line, i) => ({ line, i }))
    .sort((a, b) => area(a.line) - area(b.line) || a.i - b.i)
    .map((l) => l.line)
    .join('\n')}\n`;
}

/**
 * Runs the real commands on every node.
 * @param {Cluster} cluster @returns {Captured[]}
 */
export const captureAll = (cluster) => cluster.topology.nodes.flatMap((node) => captureNode(cluster, node));

/**
 * A ping as somebody would paste it.
 * @param {Cluster} cluster @returns {Captured}
 */
export function capturePing(cluster, nodeName, address) {
  const words = ['ping', '-n', '-c', '3', '-i', '0.2', '-W', '1', address];
  const { stdout, stderr } = cluster.lab.exec(nodeOf(cluster, nodeName).name, words, { mayFail: true });
  const command = `ping -c 3 ${address}`;
  return {
    node: nodeName,
    name: `ping-${address}`,
    command,
    text: scrub('ping', stdout + stderr, cluster),
    time: Date.now(),
  };
}

/**
 * What tcpdump sees on a device while `traffic` runs.
 * @param {Cluster} cluster @returns {Promise<Captured>}
 */
export async function captureTcpdump(cluster, nodeName, device, filter, traffic) {
  const child = cluster.lab.spawn(nodeName, ['tcpdump', '-l', '--immediate-mode', '-vni', device, ...filter]);
  let text = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (s) => (text += s));
  const ended = new Promise((resolve) => child.on('close', resolve));
  await new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (s) => {
      said += s;
      if (said.includes('listening on')) resolve(undefined);
    });
    child.on('exit', () => reject(new Error(`tcpdump on ${device}: ${said}`)));
  });
  await traffic();
  await sleep(300);
  child.kill('SIGINT');
  await ended;
  const [listening, ...counts] = said.split('\n');
  return {
    node: nodeName,
    name: `tcpdump-${device}`,
    command: `tcpdump -vni ${device} ${filter.join(' ')}`,
    text: scrub('tcpdump', `${listening}\n${text}${counts.join('\n')}`, cluster),
    time: Date.now(),
  };
}

/** `6.18.44-lab`: the running kernel's version without its builder's suffix. */
export const kernelVersion = () => release().replace(/-.*/, '-lab');
