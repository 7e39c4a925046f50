import { spawnSync } from 'node:child_process';

/** Programs that the lab runs, and the Debian package that brings each. */
const PROGRAMS = [
  ['ip', 'iproute2'],
  ['bridge', 'iproute2'],
  ['sysctl', 'procps'],
  ['unshare', 'util-linux'],
  ['iptables-nft-restore', 'iptables'],
  ['iptables-legacy-restore', 'iptables'],
  ['ipset', 'ipset'],
  ['ping', 'iputils-ping'],
  ['tcpdump', 'tcpdump'],
  ['route', 'net-tools'],
  ['nft', 'nftables'],
  ['ethtool', 'ethtool'],
  ['brctl', 'bridge-utils'],
  ['conntrack', 'conntrack'],
  ['busybox', 'busybox'],
  ['sos', 'sosreport'],
  ['bird', 'bird2'],
  ['birdc', 'bird2'],
];

/** What the kernel must be able to do, each tried in a namespace that vanishes with the command. */
const ABILITIES = [
  ['vxlan devices', 'ip link add vx0 type vxlan id 1 dev lo dstport 8472 nolearning'],
  ['bridges', 'ip link add br0 type bridge && test -e /proc/sys/net/bridge/bridge-nf-call-iptables'],
  ['iptables (nft)', 'iptables-nft -t nat -A POSTROUTING -j MASQUERADE --random-fully'],
  ['iptables (legacy)', 'iptables-legacy -t nat -A POSTROUTING -j MASQUERADE --random-fully'],
  ['ipset', 'ipset create s hash:net'],
];

/** Debian packages of the programs that a judge asks for in a virtual machine too. */
export const PACKAGES = [...new Set(PROGRAMS.filter(([name]) => name !== 'sos').map(([, name]) => name))];

const sbin = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
const shell = (script) => spawnSync('sh', ['-c', script], { encoding: 'utf8', env: sbin });

/**
 * What is missing for the lab, as sentences; empty when all is there. Nothing is installed by the lab itself.
 * @param {readonly string[]} without programs that are not asked for @returns {string[]}
 */
export function missingNeeds(without = []) {
  if (process.platform !== 'linux') return [`the lab needs a Linux kernel, this is ${process.platform}`];
  if (process.getuid?.() !== 0) return ['the lab needs root (it makes network namespaces)'];
  const absent = PROGRAMS.filter(([name]) => !without.includes(name) && shell(`command -v ${name}`).status !== 0);
  if (absent.length > 0) {
    const packages = [...new Set(absent.map(([, name]) => name))].join(' ');
    return [`not installed: ${absent.map(([name]) => name).join(', ')}. Debian: apt-get install ${packages}`];
  }
  return ABILITIES.flatMap(([what, script]) => {
    const tried = spawnSync('unshare', ['-n', 'sh', '-c', script], { encoding: 'utf8', env: sbin });
    return tried.status === 0 ? [] : [`this kernel has no ${what}: ${tried.stderr.trim() || script}`];
  });
}

/** Throws one error that names everything missing. @param {readonly string[]} [without] */
export function assertNeeds(without) {
  const missing = missingNeeds(without);
  if (missing.length > 0) throw new Error(`lab cannot run:\n  ${missing.join('\n  ')}`);
}
