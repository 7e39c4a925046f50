import { gzipSync } from 'node:zlib';
import { tar } from '../bundle/tar-writer.js';
import { answersOf, type LayoutWriter } from './writer.js';

/** calicoctl/calicoctl/commands/node/diags.go: no extension and no header. */
const FILES: Readonly<Record<string, string>> = {
  hostname: 'hostname',
  'ip -4 route': 'ipv4_route',
  'ip -6 route': 'ipv6_route',
  'ip -4 addr': 'ipv4_addr',
  'ip -6 addr': 'ipv6_addr',
  'iptables-save -c': 'ipv4_tables',
  'ip6tables-save -c': 'ipv6_tables',
  'ipset list': 'ipsets',
};

export const calicoNodeDiags: LayoutWriter = {
  layout: 'calico-node-diags',
  title: 'calicoctl node diags 3.x, one archive per node',
  write(store) {
    const commands = Object.keys(FILES);
    const archive = (node: string): Uint8Array =>
      gzipSync(
        tar(
          ...[...answersOf(store, node, commands)].map(([c, body]) => ({ name: `diagnostics/${FILES[c] ?? c}`, body })),
          { name: 'diagnostics/date', body: 'Thu Mar 12 09:14:02 UTC 2026\n' },
        ),
      );
    return {
      files: Object.fromEntries(store.nodes.map((node, i) => [`diags-20260312_09140${i}.tar.gz`, archive(node)])),
      commands,
    };
  },
};
