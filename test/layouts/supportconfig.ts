import { gzipSync } from 'node:zlib';
import { tar } from '../bundle/tar-writer.js';
import { answersOf, type LayoutWriter } from './writer.js';

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
const shown = (command: string): string => command.replace(/^\S+/, (program) => PATHS[program] ?? program);

export const supportconfig: LayoutWriter = {
  layout: 'supportconfig',
  title: 'supportutils 3.x',
  write(store) {
    const text = (node: string, commands: readonly string[]): string =>
      [...answersOf(store, node, commands)].map(([c, body]) => section('Command', shown(c), body)).join('');
    const archive = (node: string): Uint8Array => {
      const top = `scc_${node}_260312_0914`;
      return gzipSync(
        tar(
          { name: `${top}/basic-environment.txt`, body: text(node, ['uname -a']) },
          {
            name: `${top}/network.txt`,
            body:
              text(node, NETWORK) +
              section('Note', 'Skipping', 'NOTE: The iptable_raw module is not loaded, skipping check') +
              section('Configuration File', '/etc/hostname - File not found', ''),
          },
          { name: `${top}/env.txt`, body: text(node, ['sysctl -a']) },
        ),
      );
    };
    return {
      files: Object.fromEntries(store.nodes.map((node) => [`scc_${node}_260312_0914.tgz`, archive(node)])),
      commands: ['uname -a', ...NETWORK, 'sysctl -a'],
    };
  },
};
