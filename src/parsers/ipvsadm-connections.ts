import type { IpvsConnectionsFact } from '../facts/index.js';
import { type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { ipvsadmCommand } from './ipvs/command.js';
import { type Endpoint, hexAddress, hexPort, readEndpoint } from './ipvs/endpoint.js';
import { own } from './text/own.js';
import { readsFile } from './text/reads-file.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * IPVS connection entries
 * pro expire state       source             virtual            destination
 * TCP 14:59  ESTABLISHED 10.244.1.12:40310  10.96.0.1:443      192.168.50.11:6443
 *
 * ipvsadm.c list_conn, print_conn; and /proc/net/ip_vs_conn (ip_vs_conn.c ip_vs_conn_seq_show), of which ip_vs_conn_sync has a column more:
 *
 * Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
 * TCP 0AF4010C 9D76 0A600001 01BB C0A8320B 192B ESTABLISHED     899
 */
type Columns = {
  -readonly [K in keyof Omit<IpvsConnectionsFact, 'at' | 'kind'>]: IpvsConnectionsFact[K][number][];
};

interface Row {
  readonly protocol: string;
  readonly state: string;
  readonly expires: number;
  readonly ends: readonly [Endpoint, Endpoint, Endpoint];
}

/** `TCP 14:59  ESTABLISHED SOURCE VIRTUAL DESTINATION`, and what a persistence engine says. */
function toolRow(words: readonly string[]): Row | string {
  const [protocol = '', expire = '', state = '', ...rest] = words;
  const [, minutes, seconds] = /^(\d{1,7}):(\d\d)$/.exec(expire) ?? [];
  if (minutes === undefined || !/^[A-Z]{1,5}$/.test(protocol)) return 'not a connection of IPVS';
  const [client, virtual, destination] = rest.map((word) => readEndpoint(word, false));
  if (client === undefined || virtual === undefined || destination === undefined) return 'not a connection of IPVS';
  const wrong = [client, virtual, destination].find((end) => typeof end === 'string');
  if (typeof client === 'string' || typeof virtual === 'string' || typeof destination === 'string')
    return String(wrong);
  return {
    protocol,
    state,
    expires: Number(minutes) * 60 + Number(seconds),
    ends: [client, virtual, destination],
  };
}

function hexEnd(address = '', port = ''): Endpoint | undefined {
  const at = hexAddress(address);
  const number = hexPort(port);
  return at && number !== undefined ? { ...at, port: number } : undefined;
}

function procRow(words: readonly string[]): Row | string {
  const [protocol = '', ...rest] = words;
  const [client, virtual, destination] = [0, 2, 4].map((i) => hexEnd(rest[i], rest[i + 1]));
  const state = rest[6] ?? '';
  const expires = Number(/^(?:LOCAL|SYNC)$/.test(rest[7] ?? '') ? rest[8] : rest[7]);
  if (!client || !virtual || !destination || !Number.isSafeInteger(expires)) return 'not a connection of IPVS';
  return { protocol, state, expires, ends: [client, virtual, destination] };
}

const HEADER = /^(?:IPVS connection entries$|pro expire state +source |Pro FromIP +FPrt ToIP )/;
const TOOL = /^[A-Z]{2,5} +\d+:\d\d +[A-Z_]+ +\S+:\S+ +\S+:\S+ +\S+:\S+/;
const PROC =
  /^[A-Z]{2,5} +[\dA-Fa-f:]{8,39} [\dA-F]{4} [\dA-Fa-f:]{8,39} [\dA-F]{4} [\dA-Fa-f:]{8,39} [\dA-F]{4} [A-Z_]+ /;

function put(columns: Columns, { protocol, state, expires, ends }: Row, line: number): void {
  const [client, virtual, destination] = ends;
  columns.protocol.push(protocol.toLowerCase());
  columns.state.push(state);
  columns.expires.push(expires);
  columns.client.push(client.address ?? '');
  columns.clientPort.push(client.port ?? -1);
  columns.virtual.push(virtual.address ?? '');
  columns.virtualPort.push(virtual.port ?? -1);
  columns.destination.push(destination.address ?? '');
  columns.destinationPort.push(destination.port ?? -1);
  columns.lines.push(line);
}

/** Words of few sorts and addresses of many rows: each held once. */
function held(columns: Columns): Draft<IpvsConnectionsFact> {
  const known = new Map<string, string>();
  const once = (words: string[]): string[] =>
    words.map((word) => {
      const same = known.get(word);
      if (same !== undefined) return same;
      const mine = own(word);
      known.set(mine, mine);
      return mine;
    });
  return {
    kind: 'ipvs-connections',
    ...columns,
    protocol: once(columns.protocol),
    state: once(columns.state),
    client: once(columns.client),
    virtual: once(columns.virtual),
    destination: once(columns.destination),
  };
}

function parseConnections(text: Text, out: Sink<IpvsConnectionsFact>): void {
  const columns: Columns = {
    ...{ protocol: [], state: [], expires: [], client: [], clientPort: [], virtual: [], virtualPort: [] },
    ...{ destination: [], destinationPort: [], lines: [] },
  };
  let first: number | undefined;
  const take = (line: string, i: number): Taken => {
    const trimmed = line.length < 1000 ? line.trim() : '';
    if (HEADER.test(trimmed)) return 'noise';
    const words = wordsOf(trimmed);
    const row =
      words[1]?.includes(':') && words[1].length < 12 && /^\d+:\d\d$/.test(words[1]) ? toolRow(words) : procRow(words);
    if (typeof row === 'string') return gap(row);
    first ??= i;
    put(columns, row, text.firstLine + i);
    return 'row';
  };
  readRows(text, out, take, () => {
    if (first !== undefined) out.fact(first, held(columns));
  });
}

/** `ipvsadm -L -c`, `/proc/net/ip_vs_conn` and `ip_vs_conn_sync`. */
export const ipvsadmConnections = defineParser<IpvsConnectionsFact>({
  command: 'ipvsadm-connections',
  emits: ['ipvs-connections'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      ipvsadmCommand(argv)?.form === 'connections'
        ? {}
        : readsFile(argv, ['/proc/net/ip_vs_conn', '/proc/net/ip_vs_conn_sync']),
    file: /(?:^|-)ipvsadm-(?:l-?)?(?:n-?)?c(?:onnections?)?(?:-n)?$|(?:^|-)ip-vs-conn(?:-sync)?$/,
    sniff(head) {
      if (head.some((line) => HEADER.test(line.slice(0, 200).trim()))) return 3;
      return share(head, (line) => TOOL.test(line.slice(0, 500).trim()) || PROC.test(line.slice(0, 500).trim())) > 0.8
        ? 2
        : 0;
    },
  },
  parse: parseConnections,
});
