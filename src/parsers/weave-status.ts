import type { HostnameFact, WeaveConnectionFact, WeaveIpamFact, WeaveStatusFact } from '../facts/index.js';
import { type Draft, defineParser, type Sink } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { ADDRESS, infoOf, PEER, STATES } from './weave/connection.js';

/*
 *         Version: 2.8.1 (up to date; next check at 2026/11/25 22:31:09)
 *         Service: router
 *            Name: 0e:e9:62:f9:fa:98(worker-1)
 *
 * -> 192.168.50.12:6783    established fastdp d2:80:69:fe:6a:b5(worker-2) mtu=1376
 *
 * 0e:e9:62:f9:fa:98(worker-1)
 *    -> 192.168.50.12:6783    d2:80:69:fe:6a:b5(worker-2)           established
 *
 * 0e:e9:62:f9:fa:98(worker-1)             524288 IPs (50.0% of total) (12 active)
 *
 * `weave status` and its `connections`, `peers` and `ipam` (weaveworks/weave prog/weaver/http.go, from 1.1 to 2.8).
 */
type WeaveFact = HostnameFact | WeaveConnectionFact | WeaveIpamFact | WeaveStatusFact;

const CONNECTION = new RegExp(`^(->|<-) (${ADDRESS}) +(${STATES})(?: +(.*))?$`);
/** 1.1: the peer, whether it was told or discovered, the state. */
const OLD_CONNECTION = new RegExp(
  `^(->|<-) (${ADDRESS}) +(?:([\\da-f]{2}(?::[\\da-f]{2}){5})\\((.{0,300}?)\\) +)?(?:direct|discovered) +(${STATES})(?:\\((.*)\\))?(?:, retry: .*)?$`,
);
const OF_PEER = new RegExp(
  `^ {3}(->|<-) (${ADDRESS}) +([\\da-f]{2}(?::[\\da-f]{2}){5})\\((.{0,300}?)\\) +(established|unestablished|pending)$`,
);
const SHARE =
  /^([\da-f]{2}(?::[\da-f]{2}){5})\((.{0,300})\) +(\d{1,10}) IPs \(\d{1,3}(?:\.\d)?% of total\) ?(?:\(\d+ active\)|- unreachable!)?\s*$/;
const FIELD = /^ *([A-Z]\w+): (.*)$/;
const FIELDS: ReadonlySet<string> = new Set([
  'Version',
  'Service',
  'Protocol',
  'Name',
  'NickName',
  'Encryption',
  'PeerDiscovery',
  'Targets',
  'DirectPeers',
  'Connections',
  'Peers',
  'TrustedSubnets',
  'Status',
  'Consensus',
  'Range',
  'DefaultSubnet',
  'Domain',
  'Upstream',
  'Address',
  'TTL',
  'Entries',
  'DriverName',
]);

const outbound = (arrow: string | undefined): boolean => arrow === '->';
const established = (state: string): string => (state === 'unestablished' ? 'pending' : state);

/** The attributes (`mtu=1376`) stand behind the peer. */
function connectionOf(line: string): Draft<WeaveConnectionFact> | undefined {
  const now = CONNECTION.exec(line);
  if (now) {
    const [, arrow, address = '', state = '', info = ''] = now;
    return { kind: 'weave-connection', address, outbound: outbound(arrow), state, ...infoOf(state, info.trim(), info) };
  }
  const old = OLD_CONNECTION.exec(line);
  if (!old) return undefined;
  const [, arrow, address = '', peer, nickName, state = '', detail] = old;
  return {
    kind: 'weave-connection',
    address,
    outbound: outbound(arrow),
    state: established(state),
    ...(peer !== undefined && { peer }),
    ...(nickName !== undefined && nickName !== '' && { nickName }),
    ...(detail !== undefined && { detail }),
  };
}

function shareOf(line: string): Draft<WeaveIpamFact> | undefined {
  const [, peer, nickName, size] = SHARE.exec(line) ?? [];
  if (peer === undefined) return undefined;
  const reachable = !line.includes('- unreachable!');
  return { kind: 'weave-ipam', peer, ...(nickName && { nickName }), size: Number(size), reachable };
}

/** The lines of `weave status`, by service. */
function statusReader(out: Sink<WeaveFact>) {
  const told = new Map<string, string>();
  let service = '';
  let nameAt: number | undefined;
  const said = (key: string): string | undefined => told.get(key);
  const flag = (key: string): boolean | undefined => (said(key) === undefined ? undefined : said(key) === 'enabled');
  return {
    take(i: number, line: string): boolean {
      const [, key = '', value = ''] = FIELD.exec(line) ?? [];
      if (!FIELDS.has(key)) return false;
      if (key === 'Service') service = value;
      else if (!told.has(`${service} ${key}`)) told.set(`${service} ${key}`, value.trim());
      if (service === 'router' && key === 'Name') nameAt = i;
      out.part(i);
      return true;
    },
    close(): boolean {
      if (nameAt === undefined) return told.size > 0;
      const text = said('router Name') ?? '';
      const [, name = text, nick] = PEER.exec(text) ?? [];
      const nickName = nick ?? said('router NickName');
      const [version, peers] = [/^\S+/.exec(said(' Version') ?? '')?.[0], /^\d+/.exec(said('router Peers') ?? '')?.[0]];
      const [encryption, peerDiscovery] = [flag('router Encryption'), flag('router PeerDiscovery')];
      const [ipam, range] = [said('ipam Status') ?? said('ipam Consensus'), said('ipam Range')];
      const defaultSubnet = said('ipam DefaultSubnet');
      out.fact(nameAt, {
        kind: 'weave-status',
        name,
        ...(version !== undefined && { version }),
        ...(nickName && { nickName }),
        ...(encryption !== undefined && { encryption }),
        ...(peerDiscovery !== undefined && { peerDiscovery }),
        ...(peers !== undefined && { peers: Number(peers) }),
        ...(ipam !== undefined && { ipam }),
        ...(range !== undefined && { range }),
        ...(defaultSubnet !== undefined && { defaultSubnet }),
      });
      if (nickName) out.fact(nameAt, { kind: 'hostname', name: nickName, source: 'hostname' });
      return true;
    },
  };
}

const LISTS: Readonly<Record<string, readonly WeaveFact['kind'][]>> = {
  connections: ['weave-connection'],
  peers: [],
  ipam: ['weave-ipam'],
  targets: [],
  dns: [],
};

/** `weave status …`, `weave --local status …`; undefined for any other command. */
function formOf(argv: readonly string[]): string | undefined {
  const words = argv.slice(1).filter((w) => !w.startsWith('-'));
  return argv[0] === 'weave' && words[0] === 'status' ? (words[1] ?? '') : undefined;
}

/** `weave status` in all its text forms. */
export const weaveStatus = defineParser<WeaveFact>({
  command: 'weave-status',
  emits: ['hostname', 'weave-connection', 'weave-ipam', 'weave-status'],
  scope: 'stack',
  claims: {
    command(argv) {
      const form = formOf(argv);
      return form === undefined ? undefined : { kinds: LISTS[form] ?? ['hostname', 'weave-status'] };
    },
    file: /(?:^|-)weave-status(?:-|$)/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '' && line.length < 1000);
      if (lines.some((line) => /^ *Service: (?:router|ipam|dns|proxy|plugin)$/.test(line))) return 3;
      const telling = lines.filter((l) => connectionOf(l) ?? shareOf(l) ?? OF_PEER.test(l)).length;
      return telling > 0 && telling + lines.filter((l) => PEER.test(l)).length >= lines.length / 2 ? 3 : 0;
    },
  },
  parse(text, out, { argv }) {
    const form = formOf(argv) ?? '';
    const failures = collectFailures(out);
    const status = statusReader(out);
    const kinds = new Set<WeaveFact['kind']>();
    let of: string | undefined;
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trimEnd();
      const fact = connectionOf(line) ?? shareOf(line);
      const heading = fact ? undefined : PEER.exec(line)?.[1];
      const [, arrow, address = '', peer = '', nickName = '', state = ''] = OF_PEER.exec(line) ?? [];
      if (line === '') out.noise(i);
      else if (heading !== undefined) {
        of = heading;
        some = true;
        out.part(i);
      } else if (arrow !== undefined && of !== undefined) {
        const nick = nickName === '' ? {} : { nickName };
        const common = { kind: 'weave-connection', of, address, outbound: outbound(arrow), peer, ...nick } as const;
        out.fact(i, { ...common, state: established(state) });
      } else if (fact) {
        kinds.add(fact.kind);
        out.fact(i, fact);
      } else if (status.take(i, line)) some = true;
      // Containers' names, and the peers that the router was started with.
      else if (form === 'dns' || form === 'targets') out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a line of weave status');
    }
    const told = status.close();
    if (form === '') out.only(told ? ['hostname', 'weave-status'] : [...kinds]);
    failures.close(some || kinds.size > 0 || told);
  },
});
