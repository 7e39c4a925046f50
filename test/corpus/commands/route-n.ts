import type { RouteFact } from '../../../src/facts/index.js';
import { canonicalPrefix, maskLength, parseAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

/** jc's row of `route` and `netstat -r`; a next hop and a flag in the singular are those of `-6`. */
interface Row {
  readonly destination?: string;
  readonly gateway?: string;
  readonly next_hop?: string;
  readonly genmask?: string;
  readonly metric?: number;
  readonly iface: string;
}

const NAMES = 'printed without -n: names stand in place of addresses';

/** `[::]/96` and, of `::ffff:0:0/96`, `0.0.0.0/96`: net-tools shows a mapped address as the IPv4 one. */
function prefixOf(row: Row): string | undefined {
  const { destination = '' } = row;
  if (row.genmask !== undefined) return canonicalPrefix(`${destination}/${maskLength(row.genmask)}`);
  const bare = destination.replace(/[[\]]/g, '');
  return canonicalPrefix(/^\d+\./.test(bare) ? `::ffff:${bare}` : bare);
}

const viaOf = (row: Row): string => (row.gateway ?? row.next_hop ?? '').replace(/[[\]]/g, '');

/** Rows without names; ip6_null_entry (metric -1) is in no table. jc takes a blank line for an empty row. */
const comparable = (row: Row): boolean =>
  row.destination !== undefined &&
  row.metric !== -1 &&
  prefixOf(row) !== undefined &&
  parseAddress(viaOf(row)) !== undefined;

function rowOf(row: Row) {
  const via = viaOf(row);
  const none = via === '0.0.0.0' || via === '::';
  return { prefix: prefixOf(row), via: none ? '' : via, metric: row.metric ?? 0, dev: row.iface };
}

export const routeN: CorpusCommand = {
  command: 'route-n',
  folders: ['route-n', 'netstat'],
  foreign: [
    { file: 'puppetlabs+facter__', because: '`route -n get default` of macOS and Solaris' },
    { file: 'CiscoTestAutomation+genieparser', because: 'a list of sockets' },
    { file: 'insights_parsers_netstat', because: 'a list of sockets' },
    { file: 'insights_tests_parsers_test_netstat', because: 'a list of sockets' },
    { file: 'vault_netstat_-W_-neopa', because: 'a list of sockets' },
    { file: '_netstat-i', because: 'a list of interfaces' },
    { file: '_netstat-l', because: 'a list of sockets' },
    { file: '_netstat-p', because: 'a list of sockets' },
    { file: '_netstat-sudo', because: 'a list of sockets' },
    { file: '_netstat.txt', because: 'a list of sockets' },
    { file: 'freebsd12_', because: 'FreeBSD' },
    { file: 'osx-10.14.6_', because: 'macOS' },
    { file: 'generic_netstat', because: 'a list of sockets' },
    { file: 'Linux_Performance_Analysis_Tool_L121', because: 'a list of interfaces' },
    { file: 'command_tool_netstat_L101', because: 'a list of interfaces' },
    { file: 'command_tool_netstat_L25', because: 'a list of sockets' },
    { file: 'Kafka_', because: 'a list of sockets' },
  ],
  incomplete: [
    { file: 'centos-7.7_route.txt', because: NAMES },
    { file: 'centos-7.7_route-6.txt', because: NAMES },
    { file: 'ubuntu-18.04_route.txt', because: NAMES },
    { file: 'nixos_route-ee', because: NAMES },
    { file: '_netstat-r.txt', because: NAMES },
    { file: 'centos-7.7_netstat-rnee', because: 'names of interfaces are cut to six characters' },
    { file: 'openstack+neutron__doc_source', because: 'cut out of a manual with the prose around it' },
  ],
  oracle(file, facts) {
    const rows = (file.answer as readonly Row[]).filter(comparable).map(rowOf);
    // `-ee` cuts names of interfaces at six characters; such rows are no facts.
    const whole = file.name.includes('netstat-rnee') ? rows.filter((r) => r.dev.length < 6) : rows;
    return {
      ours: (facts as readonly RouteFact[]).map((f) => ({
        prefix: f.prefix,
        via: f.nexthops[0]?.via ?? '',
        metric: f.metric ?? 0,
        // Routes that lead nowhere are shown on lo.
        dev: f.nexthops[0]?.dev ?? 'lo',
      })),
      theirs: whole,
    };
  },
};
