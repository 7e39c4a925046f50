import type { SocketUsageFact } from '../facts/index.js';
import { type Claim, defineParser, type Sink, type Text } from '../kit/index.js';
import { endpointOf } from './socket/endpoint.js';
import { type SocketRow, type SocketsFact, STATES, showsBoth, socketTable } from './socket/table.js';
import { type Asked, askedFor, claimSs } from './ss/command.js';
import { takeSummary } from './ss/summary.js';
import { collectFailures } from './text/failure.js';
import { argvOfName } from './text/file-argv.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
 * udp   UNCONN 0      0            0.0.0.0:8472       0.0.0.0:*
 * tcp   LISTEN 0      4096               *:10250            *:*    users:(("kubelet",pid=812,fd=20))
 *
 * iproute2 misc/ss.c. Netid stands only when more than one kind was asked for, State only when more than one state. Before 4.15 an
 * IPv4 socket of any address is `*:22` and one of IPv6 `:::22`; later `*` is a socket of both families. `-i` and `-m` go on in a line that
 * begins with a tab.
 */
type Fact = SocketsFact | SocketUsageFact;

const INET: ReadonlySet<string> = new Set(['tcp', 'udp', 'raw', 'icmp', 'icmp6', 'dccp', 'sctp', 'mptcp', 'udplite']);
/** Sockets that no network sees. */
const OTHERS = /^(?:u_(?:str|seq|dgr)|nl|p_(?:raw|dgr)|v_(?:str|dgr)|ti_(?:st|dg|rd|sq)|xdp|\?\?\?|unknown)$/;
const HEADER = /^(?:Netid +)?(?:State +)?Recv-Q +Send-Q +Local +Address:Port(?: +Peer +Address:Port|$)/;
const SCTP_STATES: ReadonlySet<string> = new Set([
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'SHUTDOWN_PENDING',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECEIVED',
  'ACK_SENT',
]);

/** Names in `users:(("kubelet",pid=812,fd=20),("sshd",1231,3))`, each once. */
export function processesIn(line: string): readonly string[] | undefined {
  const from = line.indexOf('users:((');
  if (from === -1) return undefined;
  const names: string[] = [];
  const to = line.indexOf('))', from);
  const list = line.slice(from + 7, to === -1 ? line.length : to + 1);
  for (let i = list.indexOf('("'); i !== -1; i = list.indexOf('("', i)) {
    const end = list.indexOf('",', i + 2);
    if (end === -1) break;
    const name = list.slice(i + 2, end);
    if (!names.includes(name) && names.length < 16) names.push(name);
    i = end;
  }
  return names.length > 0 ? names : undefined;
}

type Read = SocketRow | 'other' | { readonly gap: string } | undefined;

/** One row; 'other' for sockets of no network, undefined when it is no row. `asked`: protocol and state, where no column says them. */
function rowOf(line: string, asked: Asked): Read {
  const words = wordsOf(line.length > 4000 ? line.slice(0, 4000) : line);
  let i = 0;
  let protocol: string | undefined;
  if (words[0] === '`-') {
    protocol = 'sctp';
    i++;
  } else if (INET.has(words[0] ?? '')) protocol = words[i++];
  else if (OTHERS.test(words[0] ?? '')) return /^\d+$/.test(words[2] ?? '') ? 'other' : undefined;
  const state = STATES.has(words[i] ?? '') || SCTP_STATES.has(words[i] ?? '') ? words[i++] : undefined;
  const [recvQ = '', sendQ = '', local = '', right] = words.slice(i, i + 4);
  // Who cuts off the columns on the right takes nothing from a socket that has no peer.
  const peer = right ?? (state === 'LISTEN' || state === 'UNCONN' ? '*:*' : '');
  if (!/^\d+$/.test(recvQ) || !/^-?\d+$/.test(sendQ) || local === '') return undefined;
  if (asked.protocol === 'other') return 'other';
  // `rtnl:kernel *`, `arp:eth0 *`, `* 12345 * 12346`, `/run/systemd/notify 123 * 0`
  if (protocol === undefined && (peer === '*' || /^\d+$/.test(peer))) return 'other';
  const type = protocol ?? asked.protocol ?? (state === 'UNCONN' ? 'udp' : 'tcp');
  const here = endpointOf(local, type);
  const there = endpointOf(peer, type);
  if (here === 'masked' || there === 'masked') return { gap: 'the address is masked or unreadable' };
  if (!here || !there) return protocol !== undefined ? { gap: 'no address and port' } : undefined;
  const processes = processesIn(line);
  return {
    protocol: type,
    // A single state was asked for and is not printed: the command line or the peer tells which.
    state: state ?? asked.state ?? (there.port === 0 ? 'LISTEN' : 'ESTAB'),
    local: here,
    // inet_addr_print of misc/ss.c: a wildcard of IPv6 is `*` where it takes IPv4 as well.
    ...(/^\[::\]/.test(local) && { v6only: true as const }),
    peer: there,
    recvQ: Number(recvQ),
    sendQ: Number(sendQ),
    ...(processes && { processes }),
  };
}

const isRow = (line: string): boolean => {
  const row = line.length < 4000 ? rowOf(line, {}) : undefined;
  // A netid and a state: two numbers and two endpoints alone could be anything.
  return (
    row !== undefined && /^(?:tcp|udp|raw|icmp6?|dccp|sctp|mptcp|u_\w{3}|nl|[pv]_\w{3}) +[A-Z]/.test(line.trimStart())
  );
};

/** A row without netid, which only its processes tell from other columns of numbers. */
const isProcessRow = (line: string): boolean =>
  line.includes('users:(("') && /^[A-Z-]{4,10} +\d/.test(line) && typeof rowOf(line, {}) === 'object';

/** A line that goes on with the socket above: `\t cubic wscale:7,7 …`, `users:((…` broken off by a terminal. */
const goesOn = (line: string): boolean => /^(?:\s|users:\(\(|skmem:\(|timer:\()/.test(line);

function parse(
  text: Text,
  out: Sink<Fact>,
  argv: readonly string[],
): { readonly summary: boolean; readonly oneKind: boolean } {
  const failures = collectFailures(out);
  const table = socketTable(text, out);
  const asked = askedFor(argv);
  let pending: { line: number; row: SocketRow } | undefined;
  let before: 'row' | 'other' | undefined;
  let header = '';
  let summary = false;
  const flush = (): void => {
    if (pending) table.add(pending.line, pending.row);
    pending = undefined;
  };
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    const trimmed = line.trim();
    if (trimmed === '') continue;
    if (HEADER.test(trimmed)) {
      header = trimmed;
      out.noise(i);
    } else if (takeSummary(i, trimmed, out)) summary = true;
    else {
      const row = rowOf(line, asked);
      if (row === undefined && before !== undefined && goesOn(line)) {
        if (before === 'other') out.noise(i);
        else out.part(i);
        const processes = pending && !pending.row.processes ? processesIn(line) : undefined;
        if (pending && processes) pending.row.processes = processes;
        continue;
      }
      flush();
      if (row === undefined) {
        before = undefined;
        if (!failures.take(i, line)) out.gap(i, 'not a row of ss');
      } else if (row === 'other') {
        before = 'other';
        out.noise(i);
      } else if ('gap' in row) {
        before = undefined;
        out.gap(i, row.gap);
      } else {
        before = 'row';
        pending = { line: i, row };
      }
    }
  }
  flush();
  const some = table.close();
  failures.close(some || header !== '' || summary);
  return {
    summary: summary && !some && header === '',
    oneKind: some && !showsBoth(table),
  };
}

/** The options that a file's name tells; `ss-listen` is the name that `dumplint collect` gives. */
const argvOf = (name: string): readonly string[] =>
  /^ss-listen(?:ing)?(?:\.|$)/.test(name) ? ['ss', '-lntup'] : argvOfName(name, 'ss');

/** What a file lists whose command line is not known but by its name. */
function limit(
  out: Sink<Fact>,
  argv: readonly string[],
  isScoped: boolean,
  { summary, oneKind }: ReturnType<typeof parse>,
): void {
  const claim = claimSs(argv);
  if (summary) out.only(['socket-usage']);
  else if (claim?.kinds) out.only(claim.kinds as readonly Fact['kind'][]);
  if (!isScoped && (oneKind || Object.keys(claim?.scope ?? {}).length > 0))
    out.incomplete('filtered', 'sockets of some kinds only');
}

/** `ss` in all its forms; unix, netlink, packet and other sockets of no network are noise. */
export const ss = defineParser<Fact>({
  command: 'ss',
  emits: ['socket', 'connections', 'socket-usage'],
  scope: 'stack',
  claims: {
    command: (argv): Claim | undefined => claimSs(argv),
    file: /(?:^|-)ss(?:-[a-z0-6]{1,12})*$|^ss(?:anp|itan|uapn|wapn|xapn|[46]apn|tunlp[46]?)$|^socket-stat(?:istic)?s?$/,
    named: (name) => claimSs(argvOf(name)) ?? {},
    sniff(head) {
      if (head.some((line) => HEADER.test(line.trim()))) return 3;
      if (head.some((line) => /^TCP: +\d+ \(estab \d+, closed \d+, orphaned \d+/.test(line))) return 3;
      const rows = share(head, (line) => isRow(line) || isProcessRow(line));
      if (rows < 0.5) return 0;
      const some = head.filter((line) => line.trim() !== '');
      return some.length > 2 || some.some((line) => line.includes('users:(("')) ? 2 : 1;
    },
  },
  parse(text, out, { argv, fileName, scope }) {
    if (argv.length > 0) parse(text, out, argv);
    else {
      const named = argvOf(fileName);
      limit(out, named, Object.keys(scope).length > 0, parse(text, out, named));
    }
  },
});
