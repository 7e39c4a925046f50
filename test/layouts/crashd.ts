import { perCluster } from './per-cluster.js';

/** vmware-tanzu/crash-diagnostics starlark/capture.go: hosts are addresses, whatever is no letter or digit is an underscore. */
const plain = (text: string): string => text.replace(/[^a-zA-Z0-9]/g, '_');
const addressOf = (node: string): string => `192.168.50.${10 + Number(node.split('-').at(-1))}`;
const COMMANDS = [
  'ip addr',
  'ip -d link show',
  'ip route show table all',
  'ip neigh show',
  'iptables-save',
  'sysctl -a',
];

const named = perCluster({
  layout: 'crashd',
  title: 'crashd, hosts by name',
  files: Object.fromEntries(COMMANDS.map((c) => [c, `sudo_${plain(c)}.txt`])),
  path: (node, file) => `workdir/${plain(node)}/${file}`,
  archive: 'diagnostics.tar.gz',
  more: { nameOf: plain },
});

const addressed = perCluster({
  layout: 'crashd',
  title: 'crashd, hosts by address',
  files: Object.fromEntries(COMMANDS.map((c) => [c, `sudo_${plain(c)}.txt`])),
  path: (node, file) => `workdir/${plain(addressOf(node))}/${file}`,
  archive: 'diagnostics.tar.gz',
  more: { nameOf: addressOf },
});

export const crashd = [addressed, named];
