import { defineParser } from '../kit/index.js';
import { type Endpoint, endpointOf } from './socket/endpoint.js';
import { type SocketRow, type SocketsFact, socketTable } from './socket/table.js';
import { collectFailures } from './text/failure.js';
import { SOCKET_STATES } from './text/net-tools.js';
import { share } from './text/share.js';

/*
 * COMMAND    PID USER   FD   TYPE   DEVICE SIZE/OFF NODE NAME
 * kubelet    812 root   14u  IPv6    28311      0t0  TCP *:10250 (LISTEN)
 * flanneld  1204 root    6u  IPv4    30512      0t0  TCP 10.0.0.5:41022->10.96.0.1:https (ESTABLISHED)
 *
 * lsof print.c print_file, printinaddr. What is no socket of the internet is noise. A socket has a row for each process that holds it.
 */
const HEADER = /^COMMAND +PID +(?:TID +(?:TASKCMD +)?)?(?:PGID +|PPID +)*(?:ZONE +)?(?:USER +)?FD +TYPE +DEVICE\b/;
/** The device of a socket is the kernel's number of it; `-s` and `-o` leave one of the columns SIZE/OFF and NODE as it is. */
const ROW = /^(\S+) +\d{1,10} .*? \*?\d{1,7}[ruwWU]{0,2} +IPv([46]) +(\S+) +(?:\S+ +)?(TCP|UDP|UDPLITE|SCTP) +(\S.*)$/;
const REMARK =
  /^(?:lsof: (?:WARNING: .*|avoiding \w+\(\S*\): -b was specified\.)| +Output information may be incomplete\..*| +assuming "dev=\S+" from mount table)$/;
/** Any other open file: a command, a process, and what it is of. */
const FILE =
  /^\S+ +\d{1,10} .*? (?:cwd|rtd|txt|mem|DEL|NOFD|\*?\d{1,7}[-ruwWRN ]{0,3}|ltx|err|pd|mmap|jld|tr|v86|L\d+) +(?:[A-Za-z_]\w{2,9}|\d{1,4}|unknown)\b/;
/** lsof prints so many characters of a command and no more, unless `+c` asks for others. */
const MOST = 9;

interface Row extends SocketRow {
  /** Equal for all rows of one socket. */
  readonly id: string;
}

const ANY: Endpoint = { address: '*', port: 0 };

function rowOf(line: string): Row | string | undefined {
  const [, command = '', family = '', device = '', node = '', name = ''] = ROW.exec(line) ?? [];
  if (node === '') return undefined;
  const protocol = node.toLowerCase();
  const [, ends = '', behind = ''] = /^(\S+)(?: .*?)?(?: ?\(([A-Z_0-9]+)[^()]*\))?$/.exec(name) ?? [];
  const [from = '', to] = ends.split('->', 2);
  const local = endpointOf(from, protocol);
  const peer = to === undefined ? ANY : endpointOf(to, protocol);
  if (local === 'masked' || peer === 'masked') return 'the address is masked or unreadable';
  // A socket that is bound to nothing yet: `protocol: TCP`, `no PCB`.
  if (!local || !peer)
    return /^(?:protocol:|no PCB|can't identify)/.test(name)
      ? undefined
      : 'an end of a socket that is in no known form';
  const state = STATES.get(behind) ?? SOCKET_STATES[behind];
  const { address } = local;
  return {
    id: [device, ends].join(' '),
    protocol,
    family: family === '6' ? 6 : 4,
    state: state ?? (to === undefined ? 'UNCONN' : 'ESTAB'),
    // `*` is what lsof prints for any address, of the family that stands before it.
    local: address === '*' ? { ...local, address: family === '6' ? '::' : '0.0.0.0' } : local,
    peer,
    ...(command.length < MOST && { processes: [command] }),
  };
}

const STATES: ReadonlyMap<string, string> = new Map([
  ['LISTEN', 'LISTEN'],
  ['ESTABLISHED', 'ESTAB'],
  ['SYN_SENT', 'SYN-SENT'],
  ['SYN_RECV', 'SYN-RECV'],
  ['FIN_WAIT1', 'FIN-WAIT-1'],
  ['FIN_WAIT2', 'FIN-WAIT-2'],
  ['TIME_WAIT', 'TIME-WAIT'],
  ['CLOSE_WAIT', 'CLOSE-WAIT'],
  ['LAST_ACK', 'LAST-ACK'],
  ['CLOSING', 'CLOSING'],
  ['CLOSE', 'UNCONN'],
  ['CLOSED', 'UNCONN'],
  ['IDLE', 'UNCONN'],
]);

/** `lsof`: sockets of the internet among the files that processes hold open. */
export const lsof = defineParser<SocketsFact>({
  command: 'lsof',
  emits: ['socket', 'connections'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'lsof' ? {} : undefined),
    file: /(?:^|-)lsof(?:-.*)?$/,
    sniff(head) {
      if (head.some((line) => HEADER.test(line.slice(0, 200)))) return 3;
      return share(head, (line) => typeof rowOf(line.slice(0, 1000).trimEnd()) === 'object') > 0.8 ? 2 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const table = socketTable(text, out);
    const seen = new Set<string>();
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trimEnd();
      const row = rowOf(line);
      if (typeof row === 'string') out.gap(i, row);
      else if (row && !seen.has(row.id)) {
        seen.add(row.id);
        table.add(i, row);
      } else if (row || line === '' || HEADER.test(line) || REMARK.test(line) || FILE.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a row of lsof');
      some ||= row !== undefined || HEADER.test(line) || FILE.test(line);
    }
    table.close();
    failures.close(some);
    // Nor are the kernel's own sockets anybody's file: that of a VXLAN device is in no row.
    out.incomplete('filtered', 'lsof shows the sockets of processes that it may look into');
  },
});
