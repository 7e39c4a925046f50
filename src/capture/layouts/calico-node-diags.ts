import type { Layout } from './layout.js';
import { commandsBy, machine, rootBefore } from './machine.js';

/**
 * `calicoctl node diags` (projectcalico/calico calicoctl/calicoctl/commands/node/diags.go, before 2021 projectcalico/calicoctl; the names are the same since 1.x): names
 * without extension below `diagnostics/`, what a command printed before it failed included. Newer ones also list nftables and use `ss`.
 */
const COMMANDS: Readonly<Record<string, string>> = {
  date: 'date',
  hostname: 'hostname',
  ipv4_route: 'ip -4 route',
  ipv6_route: 'ip -6 route',
  ipv4_addr: 'ip -4 addr',
  ipv6_addr: 'ip -6 addr',
  ipv4_tables: 'iptables-save -c',
  ipv6_tables: 'ip6tables-save -c',
  nft_ruleset: 'nft list ruleset',
  ipsets: 'ipset list',
  ipset_container: 'ipset list',
  journalctl_calico_node: 'journalctl -u calico-node.service --no-pager',
  netstat: 'netstat -a -n',
  ss: 'ss -a -n',
};

export const calicoNodeDiags: Layout = {
  name: 'calico-node-diags',
  title: 'calicoctl node diags',
  root: rootBefore('ipv[46]_(?:route|tables|addr)$'),
  // The folder above is `diagnostics`, unless somebody unpacked without it.
  confirm: (paths) => ['ipv4_route', 'ipv4_addr', 'ipv4_tables', 'ipv6_route'].filter((p) => paths.has(p)).length > 1,
  locate: (_path, root) => machine(root, 'calicoctl node diags'),
  command: commandsBy(COMMANDS),
};
