import type { ConnectionsFact, SocketFact } from '../../../src/facts/index.js';
import { canonicalAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

/** jc's row of `netstat`. */
interface Row {
  readonly kind: string;
  readonly proto?: string;
  readonly transport_protocol?: string;
  readonly network_protocol?: string;
  readonly state?: string | null;
  readonly recv_q?: number;
  readonly send_q?: number;
  readonly local_address?: string;
  readonly local_port_num?: number;
  readonly foreign_address?: string;
  readonly foreign_port?: string;
  readonly program_name?: string;
}

type Fact = SocketFact | ConnectionsFact;

/** Lines of sockets with their family and queues; addresses where both tell one. */
const line = (protocol: string, address: string, port: number, recvQ: number, sendQ: number): string =>
  [protocol, address, port, recvQ, sendQ].join(' ');

const rowsOf = (facts: readonly Fact[]): string[] =>
  facts.flatMap((f) =>
    f.kind === 'socket'
      ? [line(f.protocol, f.address ?? '', f.service === undefined ? (f.port ?? 0) : 0, f.recvQ ?? 0, f.sendQ ?? 0)]
      : f.state.map((_, i) =>
          // A well-known name has a number here and none in the answer.
          line(f.protocol, f.local[i] ?? '', f.localPort[i] ?? 0, f.recvQ[i] ?? 0, f.sendQ[i] ?? 0),
        ),
  );

const BSD = 'not of Linux';
const ROUTES = 'a routing table';

export const netstat: CorpusCommand = {
  command: 'netstat',
  folders: ['netstat'],
  foreign: [
    { file: 'freebsd12_', because: BSD },
    { file: 'osx-10.14.6_', because: BSD },
    { file: '_netstat-i.txt', because: 'a list of interfaces' },
    { file: 'Linux_Performance_Analysis_Tool_L121', because: 'a list of interfaces' },
    { file: '_netstat-r', because: ROUTES },
    { file: 'command_tool_netstat_L84', because: ROUTES },
    { file: 'ShowNetworkStatusRoute', because: ROUTES },
  ],
  oracle(file, facts) {
    if (file.answer === undefined) return undefined;
    const rows = (file.answer as readonly Row[]).filter(
      (r) => r.kind === 'network' && /^(?:tcp|udp|raw|sctp)/.test(r.proto ?? ''),
    );
    const programs = rows.map((r) => (r.program_name ?? '').split(/:? /)[0]?.replace(/:$/, '') ?? '');
    const found = (facts as readonly Fact[]).flatMap((f) =>
      f.kind === 'socket' ? (f.processes ?? []) : f.process.filter((p) => p !== ''),
    );
    const named = (r: Row): boolean => r.local_port_num === undefined;
    const ours = rowsOf(facts as readonly Fact[]);
    const theirs = rows.map((r) =>
      line(
        r.transport_protocol ?? (r.proto ?? '').replace(/6$/, ''),
        canonicalAddress((r.local_address ?? '').replace(/[[\]]/g, '')) ?? '',
        named(r) ? 0 : (r.local_port_num ?? 0),
        r.recv_q ?? 0,
        r.send_q ?? 0,
      ),
    );
    const unnumbered = (text: string): string => text.replace(/^(\w+ \S*) \d+ /, '$1 ');
    // Cut addresses of IPv6 and names of ports are told apart by neither side in one way: then only how many there are.
    return {
      ours: [...ours.map(rows.some(named) ? unnumbered : String).sort(), ...new Set([...found].sort())],
      theirs: [
        ...theirs.map(rows.some(named) ? unnumbered : String).sort(),
        ...new Set(programs.filter((p) => p !== '').sort()),
      ],
    };
  },
};
