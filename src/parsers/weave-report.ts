import type { HostnameFact, WeaveConnectionFact, WeaveIpamFact, WeaveStatusFact } from '../facts/index.js';
import { defineParser, type Sink } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readJson } from './text/json.js';
import { flagAt, itemsAt, type Located, lineAt, numberAt, textAt, valueAt, wordsAt } from './text/located.js';
import { infoOf } from './weave/connection.js';

/*
 * {"Ready": true, "Version": "2.8.1", "Router": {"Name": "0e:e9:62:f9:fa:98", "NickName": "worker-1", "Peers": […],
 *  "Connections": [{"Address": "192.168.50.12:6783", "Outbound": true, "State": "established", "Info": "fastdp d2:…", "Attrs": {…}}]},
 *  "IPAM": {"Range": "10.32.0.0/12", "Entries": [{"Token": "10.32.0.0", "Size": 524288, "Peer": "0e:…", "IsKnownPeer": true}]}}
 *
 * `weave report` (weaveworks/weave prog/weaver/http.go, weaveworks/mesh status.go).
 */
type WeaveFact = HostnameFact | WeaveConnectionFact | WeaveIpamFact | WeaveStatusFact;

/** `weave status` words it so (http.go statusTemplate). */
function allocator(root: Located): string | undefined {
  const ipam = valueAt(root, 'IPAM');
  if (ipam?.kind !== 'map') return undefined;
  const entries = itemsAt(ipam, 'Entries');
  if (entries.length === 0) {
    if (valueAt(ipam, 'Paxos')?.kind !== 'map') return 'idle';
    if (flagAt(ipam, 'Paxos', 'Elector') === false) return 'priming';
    return `awaiting consensus (quorum: ${numberAt(ipam, 'Paxos', 'Quorum')}, known: ${numberAt(ipam, 'Paxos', 'KnownNodes')})`;
  }
  if (!entries.some((e) => (numberAt(e, 'Size') ?? 0) > 0 && flagAt(e, 'IsKnownPeer') === true))
    return 'all IP ranges owned by unreachable peers';
  return itemsAt(ipam, 'PendingAllocates').length > 0 ? 'waiting for IP(s) to become available' : 'ready';
}

function readRouter(root: Located, name: string, out: Sink<WeaveFact>): void {
  const router = valueAt(root, 'Router');
  const line = lineAt(router, 'Name') ?? root.line;
  const [version, nickName] = [textAt(root, 'Version'), textAt(router, 'NickName') || undefined];
  const [encryption, peerDiscovery] = [flagAt(router, 'Encryption'), flagAt(router, 'PeerDiscovery')];
  const [ipam, range, subnet] = [allocator(root), textAt(root, 'IPAM', 'Range'), textAt(root, 'IPAM', 'DefaultSubnet')];
  const peers = itemsAt(router, 'Peers').length;
  out.fact(line, {
    kind: 'weave-status',
    name,
    ...(version !== undefined && { version }),
    ...(nickName !== undefined && { nickName }),
    ...(encryption !== undefined && { encryption }),
    ...(peerDiscovery !== undefined && { peerDiscovery }),
    ...(peers > 0 && { peers }),
    ...(ipam !== undefined && { ipam }),
    ...(range !== undefined && { range }),
    ...(subnet !== undefined && { defaultSubnet: subnet }),
  });
  if (nickName !== undefined)
    out.fact(lineAt(router, 'NickName') ?? line, { kind: 'hostname', name: nickName, source: 'hostname' });
}

/** The router's own connections, and what the mesh tells of those of others. */
function readConnections(router: Located | undefined, name: string, out: Sink<WeaveFact>): void {
  for (const c of itemsAt(router, 'Connections')) {
    const [address = '', state = ''] = [textAt(c, 'Address'), textAt(c, 'State')];
    const attributes = Object.entries(wordsAt(c, 'Attrs') ?? {}).map(([key, value]) => `${key}=${value}`);
    const info = (textAt(c, 'Info') ?? '').trim();
    out.fact(c.line, {
      kind: 'weave-connection',
      address,
      outbound: flagAt(c, 'Outbound') ?? false,
      state,
      ...infoOf(state, info, attributes.join(' ')),
    });
  }
  for (const peer of itemsAt(router, 'Peers')) {
    const of = textAt(peer, 'Name');
    if (of === undefined || of === name) continue;
    for (const c of itemsAt(peer, 'Connections')) {
      const [other, nickName] = [textAt(c, 'Name'), textAt(c, 'NickName') || undefined];
      out.fact(c.line, {
        kind: 'weave-connection',
        of,
        address: textAt(c, 'Address') ?? '',
        outbound: flagAt(c, 'Outbound') ?? false,
        state: flagAt(c, 'Established') === true ? 'established' : 'pending',
        ...(other !== undefined && { peer: other }),
        ...(nickName !== undefined && { nickName }),
      });
    }
  }
}

function readEntries(root: Located, out: Sink<WeaveFact>): void {
  for (const e of itemsAt(root, 'IPAM', 'Entries')) {
    const [peer, size] = [textAt(e, 'Peer'), numberAt(e, 'Size')];
    const [token, nickName] = [textAt(e, 'Token'), textAt(e, 'Nickname') || undefined];
    if (peer === undefined || size === undefined) out.gap(e.line, 'an entry of the ring without peer or size');
    else
      out.fact(e.line, {
        kind: 'weave-ipam',
        peer,
        size,
        reachable: flagAt(e, 'IsKnownPeer') ?? false,
        ...(nickName !== undefined && { nickName }),
        ...(token !== undefined && { token }),
      });
  }
}

/** `weave report`. */
export const weaveReport = defineParser<WeaveFact>({
  command: 'weave-report',
  emits: ['hostname', 'weave-connection', 'weave-ipam', 'weave-status'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'weave' && argv.slice(1).find((w) => !w.startsWith('-')) === 'report' && !argv.includes('-f')
        ? {}
        : undefined,
    file: /(?:^|-)weave-report(?:-json)?$/,
    sniff(head) {
      const text = head.slice(0, 60).join('\n').slice(0, 4000);
      return /^\s*\{\s*"(?:Ready|Version|Router)":/.test(text) &&
        /"Router":\s*\{\s*"(?:Protocol|Name|Encryption)":/.test(text)
        ? 3
        : 0;
    },
  },
  parse(text, out) {
    const lines: string[] = [];
    for (let i = 0; i < text.count; i++) lines.push(text.line(i));
    const from = lines.findIndex((line) => line.trimStart().startsWith('{'));
    const failures = collectFailures(out);
    const reading = from === -1 ? undefined : readJson(lines.slice(from).join('\n'), from);
    const root = reading && !('error' in reading) ? reading.value : undefined;
    const name = textAt(root, 'Router', 'Name');
    if (root && name !== undefined) {
      readRouter(root, name, out);
      readConnections(valueAt(root, 'Router'), name, out);
      readEntries(root, out);
    }
    const reason = reading && 'error' in reading ? reading.error : 'no report of a router';
    for (let i = 0; i < text.count; i++) {
      const line = lines[i] ?? '';
      if (name !== undefined && i >= from) out.part(i);
      else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, reason);
    }
    if (from !== -1 && name === undefined) out.incomplete('truncated', reason);
    failures.close(name !== undefined);
  },
});
