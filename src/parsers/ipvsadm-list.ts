import type { IpvsDaemonFact, IpvsDestination, IpvsServiceFact, IpvsSettingsFact } from '../facts/index.js';
import { canonicalAddress, type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { ipvsadmCommand, servicesClaim } from './ipvs/command.js';
import { cutName, type Endpoint, readEndpoint } from './ipvs/endpoint.js';
import { emitServices, lost, markOf, type OpenService, persistentPrefix, tunnelOf } from './ipvs/services.js';
import { readsFile } from './text/reads-file.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * IP Virtual Server version 1.2.1 (size=4096)
 * Prot LocalAddress:Port Scheduler Flags
 *   -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
 * TCP  10.96.0.1:443 rr persistent 10800
 *   -> 192.168.50.11:6443           Masq    1      2          0
 *
 * ipvsadm.c print_title, print_service_entry; net/netfilter/ipvs/ip_vs_ctl.c ip_vs_info_seq_show has the same rows in hexadecimal.
 */
type ListFact = IpvsServiceFact | IpvsSettingsFact | IpvsDaemonFact;

interface Reader {
  readonly out: Sink<ListFact>;
  readonly firstLine: number;
  readonly services: OpenService[];
  /** False behind a service that could not be read: its destinations are nobody's. */
  open: boolean;
  /** Titles of the columns behind the address, where the header was there. */
  titles: readonly string[] | undefined;
  /** /proc's numbers; undefined while no header told. */
  hex: boolean | undefined;
  /** Which kinds the text lists. */
  readonly kinds: Set<ListFact['kind']>;
}

const SERVER = /^IP Virtual Server version (\d+\.\d+\.\d+) \(size=(\d+)\)$/;
const TITLE = /^Prot LocalAddress:Port +(\S.*)$/;
const REMOTE = /^-> RemoteAddress:Port( *)(.*)$/;
const TIMEOUT = /^Timeout \(tcp tcpfin udp\): (\d+) (\d+) (\d+)$/;
const DAEMON = /^(master|backup) sync daemon \(mcast=([^,]+), syncid=(\d+)((?:, (?:maxlen|group|port|ttl)=[^,)]+)*)\)$/;
const SERVICE = /^(TCP|UDP|SCTP|FWM|[A-Z]{2,5}|\?\?) +(\S+) +(\S.*)$/;
const DESTINATION = /^-> (\S+) +(\S.*)$/;
const NUMBER = /^(\d{1,20})([KMGT]?)$/;
const FACTORS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Where a service or a destination is, if the column was wide enough for its port. */
function listedEndpoint(text: string, hex: boolean | undefined): Endpoint | string {
  const name = cutName(text);
  return name === undefined ? readEndpoint(text, hex) : { family: 4, name };
}

/** Columns of numbers, rounded by print_largenum above 100 million. */
function countsOf(titles: readonly string[], words: readonly string[]): Record<string, number> | undefined {
  if (words.length !== titles.length) return undefined;
  const counts: Record<string, number> = {};
  for (const [i, word] of words.entries()) {
    const [, digits, factor = ''] = NUMBER.exec(word) ?? [];
    if (digits === undefined) return undefined;
    counts[titles[i] ?? ''] = Number(digits) * (FACTORS[factor] ?? 1);
  }
  return counts;
}

/** Scheduler and flags of a service: `rr (flag-1) persistent 10800 mask 255.255.0.0 pe sip ops`. */
function readFlags(words: readonly string[], service: OpenService, hex: boolean): boolean {
  service.scheduler = words[0] ?? '';
  const flags: string[] = [];
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    const next = words[i + 1] ?? '';
    if (word === 'ops') service.onePacket = true;
    else if (word === 'persistent' && /^\d{1,10}$/.test(next)) {
      service.persistent = Number(words[++i]);
      if (hex && /^[\dA-F]{8}$/.test(words[i + 1] ?? '')) setPrefix(service, hexMask(words[++i] ?? '', service.family));
    } else if (word === 'mask') setPrefix(service, words[++i] ?? '');
    else if (word === 'pe') service.engine = words[++i] ?? '';
    else if (/^\([\w,-]+\)$/.test(word)) flags.push(...word.slice(1, -1).split(','));
    // Other builds have words of their own (DPVS: `conn-timeout 60`).
    else if (/^[\w.,:-]{1,40}$/.test(word) && words.length < 12) flags.push(word);
    else return false;
  }
  if (flags.length > 0) service.schedulerFlags = flags;
  return /^[a-z][\w-]{0,20}$/.test(service.scheduler);
}

/** /proc prints the mask as a number, of IPv6 the length with its bytes turned round. */
function hexMask(text: string, family: 4 | 6): string {
  const value = Number.parseInt(text, 16);
  if (family === 6) return String(value >>> 24);
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function setPrefix(service: OpenService, mask: string): void {
  const length = persistentPrefix(mask, service.family);
  if (length !== undefined) service.persistentPrefix = length;
}

/** `FWM  10 IPv6 rr`, in /proc `FWM  0000000A rr`. */
function markService(r: Reader, text: string, words: readonly string[], line: number): OpenService | string {
  const isHex = r.hex ?? /^0[\dA-F]{7}$/.test(text);
  const fwmark = isHex && /^[\dA-F]{8}$/.test(text) ? Number.parseInt(text, 16) : markOf(text);
  if (fwmark === undefined) return 'not a mark';
  return { line, fwmark, family: words[0] === 'IPv6' ? 6 : 4, destinations: [] };
}

function takeService(r: Reader, row: RegExpExecArray, line: number): Taken {
  const [, protocol = '', where = '', rest = ''] = row;
  const words = wordsOf(rest);
  const endpoint = protocol === 'FWM' ? undefined : listedEndpoint(where, r.hex);
  const service =
    endpoint === undefined
      ? markService(r, where, words, line)
      : typeof endpoint === 'string'
        ? endpoint
        : { line, protocol: protocol.toLowerCase(), ...endpoint, destinations: [] };
  r.open = false;
  if (typeof service === 'string') return gap(service);
  if (protocol === 'FWM' && words[0] === 'IPv6') words.shift();
  const isHex = r.hex ?? /^(?:[\dA-F]{8}|\[.*\]):[\dA-F]{4}$/.test(where);
  // Thresholds and persistent connections are columns of destinations alone.
  const counts = r.titles && /^(?:Conns|CPS)$/.test(r.titles[0] ?? '') ? countsOf(r.titles, words) : undefined;
  if (counts) service.counts = counts;
  else if (!readFlags(words, service, isHex)) return gap('flags of a service that nothing here knows');
  r.open = true;
  r.services.push(service);
  r.kinds.add('ipvs-service');
  return 'row';
}

const FORWARDS: ReadonlySet<string> = new Set([
  'Masq',
  'Local',
  'Tunnel',
  'Route',
  'Bypass',
  'unknwn',
  'FullNat',
  'SNAT',
]);

/** `Masq 1 2 0`, with `--tun-info` `Tunnel gue:6080:-c 1 0 0`. */
function readForward(words: readonly string[]): Partial<IpvsDestination> | undefined {
  const [forward = '', ...rest] = words;
  if (!FORWARDS.has(forward)) return undefined;
  const tunnel = rest.length === 4 ? rest.shift() : undefined;
  const [weight, active, inactive] = rest.map((word) => (/^\d{1,10}$/.test(word) ? Number(word) : undefined));
  if (rest.length !== 3 || weight === undefined || active === undefined || inactive === undefined) return undefined;
  return {
    forward: forward.toLowerCase(),
    ...(tunnel !== undefined && tunnel !== 'n/a' && { tunnel: tunnelOf(tunnel) }),
    weight,
    active,
    inactive,
  };
}

/** Columns of the other listings; those that the plain one has too go by their own names. */
function readColumns(titles: readonly string[], words: readonly string[]): Partial<IpvsDestination> | undefined {
  const counts = countsOf(titles, words);
  if (!counts) return undefined;
  const { Weight, ActiveConn, InActConn, ...others } = counts;
  return {
    ...(Weight !== undefined && { weight: Weight }),
    ...(ActiveConn !== undefined && { active: ActiveConn }),
    ...(InActConn !== undefined && { inactive: InActConn }),
    counts: others,
  };
}

function takeDestination(r: Reader, row: RegExpExecArray, i: number): Taken {
  const [, where = '', rest = ''] = row;
  const service = r.open ? r.services.at(-1) : undefined;
  if (!service) return gap('a destination without its service');
  const endpoint = listedEndpoint(where, r.hex);
  if (typeof endpoint === 'string') return lost(service, endpoint);
  const words = wordsOf(rest);
  const plain = r.titles === undefined || r.titles[0] === 'Scheduler';
  const read = plain ? readForward(words) : readColumns(r.titles ?? [], words);
  if (!read) return lost(service, 'columns of a destination that nothing here knows');
  const { family: _, ...server } = endpoint;
  service.destinations.push({ ...server, ...read, line: r.firstLine + i });
  return 'row';
}

function daemonFact(row: RegExpExecArray): Draft<IpvsDaemonFact> {
  const [, role, dev = '', syncId, more = ''] = row;
  const options = Object.fromEntries(more.split(', ').map((word) => word.split('=', 2))) as Record<string, string>;
  const { maxlen, group, port, ttl } = options;
  return {
    kind: 'ipvs-daemon',
    role: role === 'backup' ? 'backup' : 'master',
    dev,
    syncId: Number(syncId),
    ...(maxlen !== undefined && { maxLength: Number(maxlen) }),
    ...(group !== undefined && { group: canonicalAddress(group) ?? group }),
    ...(port !== undefined && { port: Number(port) }),
    ...(ttl !== undefined && { ttl: Number(ttl) }),
  };
}

/** `| column -t` puts each word into a column of its own. */
function unaligned(line: string): string {
  const text = line.trim();
  return /^IP +Virtual /.test(text) ? text.replace(/ +/g, ' ') : text.replace(/^(->|Prot) +/, '$1 ');
}

/** Lines that stand once: what is set, and the titles. */
function takeHeader(r: Reader, line: string, i: number): Taken | undefined {
  const server = SERVER.exec(line);
  const timeout = TIMEOUT.exec(line);
  const daemon = DAEMON.exec(line);
  const title = TITLE.exec(line);
  const remote = REMOTE.exec(line);
  if (server) {
    r.kinds.add('ipvs-settings').add('ipvs-service');
    r.out.fact(i, { kind: 'ipvs-settings', version: server[1] ?? '', tableSize: Number(server[2]) });
  } else if (timeout) {
    const [, tcp, tcpFin, udp] = timeout.map(Number);
    r.kinds.add('ipvs-settings');
    r.out.fact(i, { kind: 'ipvs-settings', timeouts: { tcp: tcp ?? 0, tcpFin: tcpFin ?? 0, udp: udp ?? 0 } });
  } else if (daemon) {
    r.kinds.add('ipvs-daemon');
    r.out.fact(i, daemonFact(daemon));
  } else if (title) {
    r.kinds.add('ipvs-service');
    r.titles = wordsOf(title[1] ?? '');
    return 'noise';
  } else if (remote) {
    // ipvsadm puts the next title into its column, /proc behind one blank.
    if (remote[2] !== '') r.hex = remote[1] === ' ';
    return 'noise';
  } else return undefined;
  return 'row';
}

function parseList(text: Text, out: Sink<ListFact>): void {
  const kinds = new Set<ListFact['kind']>();
  const r: Reader = {
    out,
    firstLine: text.firstLine,
    services: [],
    open: false,
    titles: undefined,
    hex: undefined,
    kinds,
  };
  readRows(
    text,
    out,
    (line, i) => {
      const trimmed = line.length < 1000 ? unaligned(line) : '';
      const destination =
        trimmed.startsWith('-> ') && !trimmed.startsWith('-> Remote') ? DESTINATION.exec(trimmed) : null;
      if (destination) return takeDestination(r, destination, i);
      const header = takeHeader(r, trimmed, i);
      if (header !== undefined) return header;
      const service = SERVICE.exec(trimmed);
      return service ? takeService(r, service, i) : gap('not a line of ipvsadm -L');
    },
    () => emitServices(r.services, out),
  );
  if (kinds.size > 0) out.only([...kinds]);
}

const ROW = /^(?:TCP|UDP|SCTP|FWM) +\S+ +[a-z]+(?: |$)/;

/** `ipvsadm -L` in all its forms but connections, and `/proc/net/ip_vs`. */
export const ipvsadmList = defineParser<ListFact>({
  command: 'ipvsadm-list',
  emits: ['ipvs-service', 'ipvs-settings', 'ipvs-daemon'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (readsFile(argv, ['/proc/net/ip_vs'])) return servicesClaim({});
      const command = ipvsadmCommand(argv);
      if (command?.form === 'timeout') return { kinds: ['ipvs-settings'] };
      if (command?.form === 'daemon') return { kinds: ['ipvs-daemon'] };
      return command?.form === 'list' ? servicesClaim(command.scope) : undefined;
    },
    file: /(?:^|-)ipvsadm(?:$|-l|-list)|(?:^|-)net-ip-vs$|^ip-vs$/,
    sniff(head) {
      const lines = head.map((line) => unaligned(line.slice(0, 1000))).filter((line) => line !== '');
      if (lines.some((line) => SERVER.test(line) || TITLE.test(line) || TIMEOUT.test(line) || DAEMON.test(line)))
        return 3;
      const rows = lines.filter((line) => ROW.test(line) || /^-> \S+:\w+ +(?:Masq|Route|Tunnel|Local) /.test(line));
      const all = rows.length > 0 && rows.length === lines.length;
      return all && rows.some((line) => line.startsWith('->')) ? 2 : 0;
    },
  },
  parse: parseList,
});
