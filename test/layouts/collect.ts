import { perMachine } from './per-machine.js';

/** src/cli/collect.sh, which is also run for real in the lab. */
const files = {
  hostname: 'hostname.txt',
  'uname -a': 'uname.txt',
  'ip -d addr show': 'ip-addr.txt',
  'ip -s -d link': 'ip-link.txt',
  'ip route show table all': 'ip-route.txt',
  'ip -6 route show table all': 'ip6-route.txt',
  'ip rule show': 'ip-rule.txt',
  'ip neigh show': 'ip-neigh.txt',
  'ip -d netconf show': 'ip-netconf.txt',
  'bridge fdb show': 'bridge-fdb.txt',
  'sysctl -a': 'sysctl.txt',
  'iptables-save -c': 'iptables-save.txt',
  'ipset save': 'ipset.txt',
  'nft list ruleset': 'nft.txt',
};

export const collect = perMachine({
  layout: 'collect',
  title: 'collect.sh',
  files,
  archive: (node) => `dumplint-${node}-20260312T091402Z.tar.gz`,
  top: (node) => `${node}/`,
  extra: () => ({
    'commands.tsv': [
      'file\texit\tseconds\tcommand',
      ...Object.entries(files).map(([command, file]) => `${file}\t0\t0\t${command}`),
      '',
    ].join('\n'),
  }),
});
