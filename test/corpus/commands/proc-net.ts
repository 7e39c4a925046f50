import type {
  AddressFact,
  ConnectionsFact,
  LinkFact,
  NeighbourFact,
  NetworkCounterFact,
  RouteFact,
  SocketFact,
} from '../../../src/facts/index.js';
import type { Comparison, CorpusCommand } from '../corpus.js';

/** Which parser reads a file of the folder, by a part of its name. */
const READERS: Readonly<Record<string, string>> = {
  procnet_arp: 'proc-net-arp',
  'procnet_dev.': 'proc-net-dev',
  procnet_dev_mcast: 'other-output',
  if_inet6: 'proc-net-if-inet6',
  procnet_igmp: 'other-output',
  procnet_ipv6_route: 'proc-net-ipv6-route',
  procnet_netlink: 'other-output',
  procnet_netstat: 'proc-net-snmp',
  procnet_packet: 'other-output',
  procnet_protocols: 'other-output',
  procnet_route: 'proc-net-route',
  proc_net_route: 'proc-net-route',
  procnet_tcp: 'proc-net-sockets',
  procnet_unix: 'other-output',
};

type Row = Readonly<Record<string, string | number>>;

/** Four bytes of an IPv4 address in the order of a little-endian machine. */
const ip = (hex: unknown): string =>
  (String(hex).match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');

const hex = (text: unknown): number => Number.parseInt(String(text), 16);
const bits = (mask: unknown): number => [...hex(mask).toString(2)].filter((b) => b === '1').length;

const ORACLES: Readonly<Record<string, (facts: readonly never[], rows: readonly Row[]) => Comparison>> = {
  'proc-net-arp': (facts: readonly NeighbourFact[], rows) => ({
    ours: facts.map((f) => [f.address, f.lladdr, f.dev]),
    theirs: rows.map((r) => [r['IP_address'], r['HW_address'], r['Device']]),
  }),
  'proc-net-dev': (facts: readonly LinkFact[], rows) => ({
    ours: facts.map((f) => [f.name, ...Object.values(f.counters ?? {})]),
    theirs: rows.map((r) => [
      r['interface'],
      r['r_packets'],
      r['r_errs'],
      r['r_drop'],
      r['t_packets'],
      r['t_errs'],
      r['t_drop'],
    ]),
  }),
  'proc-net-if-inet6': (facts: readonly AddressFact[], rows) => ({
    ours: facts.map((f) => [f.dev, f.prefixLength, f.flags.includes('dynamic')]),
    theirs: rows.map((r) => [r['name'], hex(r['prefix']), (hex(r['flags']) & 0x80) === 0]),
  }),
  'proc-net-ipv6-route': (facts: readonly RouteFact[], rows) => {
    const real = rows.filter((r) => r['metric'] !== 'ffffffff');
    return {
      ours: facts.map((f) => [Number(f.prefix.split('/')[1]), f.metric ?? 0, f.nexthops[0]?.dev]),
      theirs: real.map((r) => [hex(r['dest_prefix']), hex(r['metric']), r['device']]),
    };
  },
  'proc-net-route': (facts: readonly RouteFact[], rows) => ({
    ours: facts.map((f) => [f.prefix, f.nexthops[0]?.via ?? '0.0.0.0', f.metric ?? 0, f.nexthops[0]?.dev]),
    theirs: rows.map((r) => [`${ip(r['Destination'])}/${bits(r['Mask'])}`, ip(r['Gateway']), r['Metric'], r['Iface']]),
  }),
  'proc-net-sockets': (facts: readonly (SocketFact | ConnectionsFact)[], rows) => ({
    ours: facts
      .flatMap((f) =>
        f.kind === 'socket'
          ? [`${f.address} ${f.port} `]
          : f.local.map((a, i) => `${a} ${f.localPort[i]} ${f.peer[i]} ${f.peerPort[i]}`),
      )
      .sort(),
    theirs: rows
      .map((r) =>
        r['state'] === '0A'
          ? `${r['local_address']} ${r['local_port']} `
          : `${r['local_address']} ${r['local_port']} ${r['remote_address']} ${r['remote_port']}`,
      )
      .sort(),
  }),
  'proc-net-snmp': (facts: readonly NetworkCounterFact[], rows) => ({
    ours: facts.map((f) => [f.name.replace(/^(?:TcpExt|IpExt|MPTcpExt)/, ''), f.value]),
    theirs: rows.flatMap((r) => Object.entries(r).filter(([key]) => key !== 'type')),
  }),
};

/** One mapping a parser: each reads its files of the one folder, and the others are foreign to it. */
export const procNet: readonly CorpusCommand[] = [...new Set(Object.values(READERS))].map((command) => ({
  command,
  folders: ['proc-net'],
  foreign: Object.entries(READERS).flatMap(([file, reader]) =>
    reader === command ? [] : [{ file, because: `read by ${reader}` }],
  ),
  oracle(file, facts) {
    const compare = ORACLES[command];
    return file.answer === undefined || !compare
      ? undefined
      : compare(facts as readonly never[], file.answer as readonly Row[]);
  },
}));
