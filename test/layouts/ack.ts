import { gzipSync } from 'node:zlib';
import { tar } from '../bundle/tar-writer.js';
import { answersOf, type LayoutWriter } from './writer.js';

const NETWORK = ['ip -d addr show', 'ip -d link show', 'ip route show', 'iptables-save'];
const SYSTEM = ['uname -a', 'sysctl -a'];
const SHOWN: Readonly<Record<string, string>> = {
  'ip -d addr show': 'ip --details ad show',
  'ip -d link show': 'ip --details link show',
};

/** run() of diagnose_k8s.sh: the end names the first word alone. */
const section = (command: string, text: string): string =>
  `-----------------run ${command}--------------------\n${text}-----------------End of ${command.split(' ')[0]}--------------------\n\n`;

export const ack: LayoutWriter = {
  layout: 'ack',
  title: 'diagnose_k8s.sh',
  write(store) {
    const text = (node: string, commands: readonly string[]): string =>
      [...answersOf(store, node, commands)].map(([c, t]) => section(SHOWN[c] ?? c, t)).join('');
    const archive = (node: string, i: number): Uint8Array => {
      const top = `tmp/diagnose_177330844${i}`;
      return gzipSync(
        tar(
          { name: `${top}/network_info`, body: text(node, NETWORK) },
          { name: `${top}/system_info`, body: text(node, SYSTEM) },
          {
            name: `${top}/system_status`,
            body: section('uptime', ' 09:14:02 up 40 days,  1:02,  1 user,  load average: 0.10, 0.12, 0.09\n'),
          },
        ),
      );
    };
    return {
      files: Object.fromEntries(store.nodes.map((n, i) => [`diagnose_177330844${i}.tar.gz`, archive(n, i)])),
      commands: [...NETWORK, ...SYSTEM],
    };
  },
};
