import { type Claim, defineParser, type Sink, type Text } from '../kit/index.js';
import { claimNetstat, netstatMode } from './netstat/command.js';
import { endpointOf } from './socket/endpoint.js';
import { type SocketRow, type SocketsFact, showsBoth, socketTable, stateByNumber } from './socket/table.js';
import { collectFailures } from './text/failure.js';
import { argvOfName } from './text/file-argv.js';
import {
  ONLY_SERVERS,
  SOCKET_HEADER,
  SOCKET_REMARK,
  SOCKET_STATES,
  SOCKET_TITLE,
  WITHOUT_SERVERS,
} from './text/net-tools.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * Active Internet connections (servers and established)
 * Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
 * tcp        0      0 127.0.0.1:10248         0.0.0.0:*               LISTEN      812/kubelet
 * udp        0      0 0.0.0.0:8472            0.0.0.0:*                           -
 *
 * net-tools netstat.c; busybox prints the same. `-e` puts user and inode before the program, `-o` the timer behind it. Without `-W` an
 * endpoint has 23 characters at most, and an IPv6 address is cut to fit.
 */
const TITLE = /^Active (?:UNIX domain sockets|Bluetooth connections|\S+ sockets)(?: \(|$)/;
const HEADER = /^Proto +Recv-Q +Send-Q +Local +Address +(?:Port +)?Foreign +Address +(?:Port +)?State\b/;
const OTHER_HEADER =
  /^(?:Proto RefCnt Flags +Type +State|Proto Čítač +Příznaky +Typ +Stav|Proto +Destination +Source|User +Dest|Dest)/;
const INET = /^(tcp|udp|raw|udpl|udplite|sctp)(6?)$/;
const STATES: Readonly<Record<string, string>> = {
  ESTABLISHED: 'ESTAB',
  SYN_SENT: 'SYN-SENT',
  SYN_RECV: 'SYN-RECV',
  FIN_WAIT1: 'FIN-WAIT-1',
  FIN_WAIT2: 'FIN-WAIT-2',
  TIME_WAIT: 'TIME-WAIT',
  CLOSE: 'UNCONN',
  CLOSED: 'UNCONN',
  CLOSE_WAIT: 'CLOSE-WAIT',
  LAST_ACK: 'LAST-ACK',
  LISTEN: 'LISTEN',
  CLOSING: 'CLOSING',
  UNKNOWN: 'UNKNOWN',
};
/** The BSDs' and macOS' netstat, whose addresses have a dot before the port. */
const BSD = /^Proto Recv-Q Send-Q +Local Address +Foreign Address +\(state\)/;
/** net-tools' remarks about what it may not see. */
const REMARK =
  /^(?:\(No info could be read for "-p"|\(Not all processes could be identified|will not be shown, you would have to be root|netstat: showing only processes with your user ID)/;
/** In any language. */
const TIMER = / [^\s()]{1,20} \([\d.,/-]+\)$/;
const LONGEST = 23;

/** `812/kubelet`, `328/sshd: /usr/sbin`: the program without what it wrote into its title. */
function programOf(rest: string): readonly string[] | undefined {
  const m = /(?:^| )\d{1,10}\/(\S.*)$/.exec(rest.replace(TIMER, '').trimEnd());
  const name = m?.[1]?.split(/:? /)[0]?.replace(/:$/, '');
  return name === undefined || name === '' ? undefined : [name];
}

function stateOf(word: string, protocol: string): string | undefined {
  if (Object.hasOwn(STATES, word)) return STATES[word];
  if (Object.hasOwn(SOCKET_STATES, word)) return SOCKET_STATES[word];
  // A raw socket's is the kernel's number.
  return protocol === 'raw' && /^\d{1,2}$/.test(word) ? stateByNumber(Number(word)) : undefined;
}

type Read = SocketRow | { readonly gap: string } | undefined;

/** Some print the ports in columns of their own: put back behind the addresses. */
const joinedPorts = (words: readonly string[]): readonly string[] =>
  words.length < 7
    ? words
    : [...words.slice(0, 3), `${words[3]}:${words[4]}`, `${words[5]}:${words[6]}`, ...words.slice(7)];

function rowOf(full: string, wide: boolean, ports = false): Read {
  const line = full.length > 1000 ? full.slice(0, 1000) : full;
  const split = wordsOf(line);
  const words = ports ? joinedPorts(split) : split;
  const proto = INET.exec(words[0] ?? '');
  if (!proto) return undefined;
  const protocol = proto[1] === 'udpl' ? 'udplite' : (proto[1] ?? '');
  // Endpoints of SCTP have no queues and no peer.
  const bare = protocol === 'sctp' && /:/.test(words[1] ?? '');
  const [recvQ = '0', sendQ = '0', local = '', peer = ''] = bare ? ['0', '0', words[1], '*:*'] : words.slice(1, 5);
  if (!/^\d+$/.test(recvQ) || !/^\d+$/.test(sendQ) || peer === '') return undefined;
  const cut = (text: string): boolean => !wide && text.length === LONGEST;
  const here = endpointOf(local, protocol, cut(local));
  const there = endpointOf(peer, protocol, cut(peer));
  if (here === 'masked' || there === 'masked') return { gap: 'the address is masked or unreadable' };
  if (!here || !there) return undefined;
  const state = stateOf(words[bare ? 2 : 5] ?? '', protocol);
  const rest = words.slice(bare ? 3 : 5).join(' ');
  const processes = programOf(rest);
  const six = proto[2] === '6' || here.family === 6;
  const known = state ?? (there.port === 0 ? 'UNCONN' : 'ESTAB');
  return {
    protocol,
    family: six ? 6 : 4,
    state: known,
    local: here,
    peer: there,
    ...(!bare && { recvQ: Number(recvQ) }),
    // A listener's is always 0 here, and not how many may wait, as in ss.
    ...(!bare && known !== 'LISTEN' && { sendQ: Number(sendQ) }),
    ...(processes && { processes }),
  };
}

const isHeader = (line: string): boolean => HEADER.test(line) || SOCKET_HEADER.test(line);

const isRow = (line: string): boolean => line.length < 1000 && rowOf(line, true) !== undefined;

/** Rows of sockets that no network sees, and of protocols that no Kubernetes node speaks. */
const isOther = (line: string): boolean => /^(?:unix|l2cap|rfcomm|IPX|ax25|netrom|rose|x25) +\S/.test(line);

function parse(text: Text, out: Sink<SocketsFact>, wide: boolean, named: boolean): void {
  const failures = collectFailures(out);
  const table = socketTable(text, out);
  const titles = new Set<string>();
  let seen = false;
  let ports = false;
  let bsd = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).trim();
    bsd ||= BSD.test(line);
    if (HEADER.test(line)) ports = /^Proto Recv-Q Send-Q Local Address +Port /.test(line);
    if (line === '' || isHeader(line) || OTHER_HEADER.test(line) || isOther(line)) {
      seen ||= line !== '';
      out.noise(i);
    } else if (TITLE.test(line) || SOCKET_TITLE.test(line)) {
      seen = true;
      out.noise(i);
      const which = SOCKET_TITLE.exec(line)?.[1];
      if (which !== undefined) titles.add(which);
    } else if (REMARK.test(line) || SOCKET_REMARK.test(line)) out.noise(i);
    else {
      const row = bsd ? undefined : rowOf(line, wide, ports);
      if (row === undefined) {
        if (!failures.take(i, line)) out.gap(i, 'not a row of netstat');
      } else if ('gap' in row) out.gap(i, row.gap);
      else table.add(i, row);
    }
  }
  const some = table.close();
  failures.close(some || seen);
  if (named) return;
  if (some && !showsBoth(table)) out.incomplete('filtered', 'sockets of some kinds only');
  if (titles.size !== 1) return;
  const [which = ''] = titles;
  if (ONLY_SERVERS.has(which)) out.only(['socket']);
  if (WITHOUT_SERVERS.has(which)) out.only(['connections']);
}

/** `netstat` without `-r`, `-i`, `-s` and `-g`: sockets. Those of unix and of other families are noise. */
export const netstat = defineParser<SocketsFact>({
  command: 'netstat',
  emits: ['socket', 'connections'],
  scope: 'stack',
  claims: {
    command: (argv): Claim | undefined => claimNetstat(argv),
    file: /(?:^|-)netstat(?:-(?![a-z]*[risg][a-z]*(?:-|$))[a-z46]{1,12})*$/,
    sniff(head) {
      const trimmed = head.map((line) => line.trim());
      if (trimmed.some(isHeader)) return 3;
      if (trimmed.some((line) => /^Active UNIX domain sockets \(|^Proto RefCnt Flags +Type/.test(line))) return 3;
      return share(trimmed, isRow) >= 0.5 ? 2 : 0;
    },
  },
  parse(text, out, { argv, fileName }) {
    if (argv.length > 0) parse(text, out, netstatMode(argv).wide, true);
    else {
      const named = argvOfName(fileName, 'netstat');
      parse(text, out, netstatMode(named).wide, false);
      if (Object.keys(claimNetstat(named)?.scope ?? {}).length > 0)
        out.incomplete('filtered', 'sockets of some kinds only');
    }
  },
});
