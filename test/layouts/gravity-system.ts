import { perMachine } from './per-machine.js';

/** `gravity system report` on one node: an archive without top folder and without the node's name, empty outputs left out. */
export const gravitySystem = perMachine({
  layout: 'gravity-system',
  title: 'gravity system report',
  files: {
    'iptables-save': 'iptables',
    'ip -d route show table all': 'ip-route',
    'ip -d addr show': 'ip-addr',
    'ip -d link show': 'ip-link',
    'ip -d neighbor show': 'ip-neighbor',
    'ip -d rule show': 'ip-rule',
    'ip -d netconf show': 'ip-netconf',
    'bridge fdb show': 'bridge-fdb',
    'uname -a': 'uname',
  },
  lazy: true,
  archive: (_node, i) => `report-${i}.tar`.replace('.tar', '.tar.gz'),
  top: () => '',
  extra: () => ({ 'planet-status': '{}\n' }),
});
