import { perMachine } from './per-machine.js';

/** calicoctl/calicoctl/commands/node/diags.go: no extension and no header. */
export const calicoNodeDiags = perMachine({
  layout: 'calico-node-diags',
  title: 'calicoctl node diags 3.x',
  files: {
    hostname: 'hostname',
    'ip -4 route': 'ipv4_route',
    'ip -6 route': 'ipv6_route',
    'ip -4 addr': 'ipv4_addr',
    'ip -6 addr': 'ipv6_addr',
    'iptables-save -c': 'ipv4_tables',
    'ip6tables-save -c': 'ipv6_tables',
    'ipset list': 'ipsets',
    'nft list ruleset': 'nft_ruleset',
  },
  archive: (_node, i) => `diags-20260312_09140${i}.tar.gz`,
  top: () => 'diagnostics/',
  extra: () => ({ date: 'Thu Mar 12 09:14:02 UTC 2026\n' }),
});
