import { gzipSync } from 'node:zlib';
import { tar } from '../bundle/tar-writer.js';
import type { Store } from './store.js';
import { answersOf, type LayoutWriter, type Written } from './writer.js';

const section = (kind: string, title: string, body: string): string =>
  `#==[ ${kind} ]${'='.repeat(Math.max(1, 50 - kind.length))}#\n# ${title}\n${body}\n`;

/** bin/supportconfig: which file, and the path with which a command is shown. */
const NETWORK: readonly string[] = [
  'ip addr',
  'ip route',
  'ip -6 route',
  'ip -stats link',
  'ip -stats neighbor',
  'ip route show table local',
  'ip route show table main',
  'ip rule show',
  'brctl show',
  'iptables -t filter -nvL',
  'iptables -t nat -nvL',
  'iptables -t mangle -nvL',
  'ipset list',
];
const PATHS: Readonly<Record<string, string>> = {
  ip: '/sbin/ip',
  brctl: '/sbin/brctl',
  iptables: '/usr/sbin/iptables',
  ipset: '/usr/sbin/ipset',
  sysctl: '/sbin/sysctl',
  uname: '/bin/uname',
};
const LOOPBACK =
  '1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00';
const shown = (command: string): string => command.replace(/^\S+/, (program) => PATHS[program] ?? program);

/** Up to 3.0 rules are listed, later saved by table. */
const RULES: readonly string[] = NETWORK.filter((c) => c.startsWith('iptables'));

const text = (store: Store, node: string, commands: readonly string[]): string =>
  [...answersOf(store, node, commands)].map(([c, body]) => section('Command', shown(c), body)).join('');

/** `iptables-save -t <table>` out of what all tables are saved as. */
const saves = (store: Store, node: string): string =>
  (store.answer(node, 'iptables-save') ?? '')
    .split(/^(?=# Generated)/m)
    .map((body) => section('Command', `/usr/sbin/iptables-save -t ${/^\*(\w+)/m.exec(body)?.[1]}`, body))
    .join('');

function written(store: Store, saved: boolean): Written {
  const commands = saved ? NETWORK.filter((c) => !RULES.includes(c)) : NETWORK;
  const archive = (node: string): Uint8Array => {
    const top = `scc_${node}_260312_0914`;
    return gzipSync(
      tar(
        { name: `${top}/basic-environment.txt`, body: text(store, node, ['uname -a']) },
        {
          name: `${top}/network.txt`,
          body:
            text(store, node, commands) +
            (saved ? saves(store, node) : '') +
            section('Command', 'iptables', '# NOTE: The iptable_raw module is not loaded, skipping check') +
            section('Configuration File', '/etc/hostname - File not found', ''),
        },
        {
          name: `${top}/network-blue.txt`,
          body: section('Command', '/sbin/ip netns exec blue ip addr', LOOPBACK),
        },
        { name: `${top}/env.txt`, body: text(store, node, ['sysctl -a']) },
      ),
    );
  };
  return {
    files: Object.fromEntries(store.nodes.map((node) => [`scc_${node}_260312_0914.tgz`, archive(node)])),
    commands: ['uname -a', ...commands, 'sysctl -a', ...(saved ? ['iptables-save'] : [])],
    ...(saved && {
      differs: {
        'iptables-dump': 'one for each table',
        'iptables-table': 'the raw table is not asked for when it is not loaded',
      },
    }),
  };
}

export const supportconfig: readonly LayoutWriter[] = [
  { layout: 'supportconfig', title: 'supportutils 3.0, rules listed', write: (store) => written(store, false) },
  { layout: 'supportconfig', title: 'supportutils 3.1, rules saved by table', write: (store) => written(store, true) },
];
