import { perMachine } from './per-machine.js';

/** RedHatInsights/insights-core: only `insights_commands/`, named as sos names files. */
export const insights = perMachine({
  layout: 'insights',
  title: 'insights-client',
  files: {
    'ip addr': 'insights_commands/ip_addr',
    'ip -s -s neigh show': 'insights_commands/ip_-s_-s_neigh_show',
    'ip route show table all': 'insights_commands/ip_route_show_table_all',
    'iptables-save': 'insights_commands/iptables-save',
    'sysctl -a': 'insights_commands/sysctl_-a',
    'uname -a': 'insights_commands/uname_-a',
  },
  archive: (node) => `insights-${node}-20260312091402.tar.gz`,
  top: (node) => `insights-${node}-20260312091402/`,
  extra: () => ({ 'insights_archive.txt': '{"version": "3.2"}\n' }),
});
