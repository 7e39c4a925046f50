import type {
  BgpPeerFact,
  BirdProtocolFact,
  BirdRouteFact,
  ComponentLogFact,
  NodeFact,
  RouteFact,
} from '../../facts/index.js';
import { type At, parseAddress, parsePrefix } from '../../kit/index.js';
import type { Node } from '../types.js';
import { capturedName, nodeOfAddress } from './peers.js';
import { mainTable } from './routes.js';

/** One BGP session as a node sees it, whichever tool told. */
export interface BgpSession {
  /** Peer's address; BIRD's name of the protocol where that tells none. */
  readonly peer: string;
  /** `mesh`: Calico made it between all nodes. */
  readonly kind: 'mesh' | 'other';
  readonly established: boolean;
  /** Two captures of it disagree. */
  readonly changing: boolean;
  /** State and information as printed: `Active Socket: Connection refused`. */
  readonly says: string;
  readonly since?: string;
  readonly facts: readonly [BirdProtocolFact | BgpPeerFact, ...(BirdProtocolFact | BgpPeerFact)[]];
}

type SessionFact = BirdProtocolFact | BgpPeerFact;

/** confd's templates name sessions so; a BIRD that somebody runs beside Calico has names of its own. */
const isCalicoSession = (f: BirdProtocolFact): boolean => f.protocol === 'BGP' && /^(?:Mesh|Node|Global)_/.test(f.name);

const peerOf = (f: SessionFact): string => (f.kind === 'bgp-peer' ? f.address : (f.neighbour ?? f.name));
const isMesh = (f: SessionFact): boolean =>
  f.kind === 'bgp-peer' ? f.type === 'node-to-node mesh' : /^Mesh_/.test(f.name);
/** BIRD shows `wait` and `feed` while a session that is up exchanges its first routes (proto_state_name in nest/proto.c). */
const isEstablished = (f: SessionFact): boolean =>
  /^(?:up|wait|feed)$/.test(f.state) && /^Established/.test(f.info ?? '');

function saysOf(f: SessionFact): string {
  const info = (f.info ?? '').replace(/\s+/g, ' ').trim();
  return info === '' ? f.state : /^Established/.test(info) ? `${f.state} ${info}` : info;
}

/** Sessions of one host: rows of BIRD and of calicoctl about one peer are one session. */
export function bgpSessions(facts: {
  readonly 'bird-protocol': readonly BirdProtocolFact[];
  readonly 'bgp-peer': readonly BgpPeerFact[];
}): readonly BgpSession[] {
  const byPeer = new Map<string, SessionFact[]>();
  for (const f of [...facts['bird-protocol'].filter(isCalicoSession), ...facts['bgp-peer']]) {
    const peer = peerOf(f);
    byPeer.set(peer, [...(byPeer.get(peer) ?? []), f]);
  }
  return [...byPeer].flatMap(([peer, [first, ...rest]]) => {
    if (!first) return [];
    const all = [first, ...rest];
    const bad = all.find((f) => !isEstablished(f));
    const since = (bad ?? first).since;
    return [
      {
        peer,
        kind: all.some(isMesh) ? ('mesh' as const) : ('other' as const),
        established: bad === undefined,
        changing: bad !== undefined && all.some(isEstablished),
        says: saysOf(bad ?? first),
        ...(since !== undefined && { since }),
        facts: [first, ...rest] as const,
      },
    ];
  });
}

/** An address that Calico uses for a node, and where that is written. */
export interface CalicoAddress {
  readonly node: string;
  readonly address: string;
  readonly prefixLength?: number;
  /** Device of the startup log. */
  readonly dev?: string;
  readonly source: 'annotation' | 'log';
  readonly at: At;
}

const ANNOTATION = 'projectcalico.org/IPv4Address';

/** Address of each node: the annotation is what counts now, the startup log what was found when calico-node started. */
export function calicoAddresses(view: {
  readonly nodes: readonly Node[];
  readonly cluster: { readonly node: readonly NodeFact[] };
  readonly allHosts: readonly {
    readonly node: string;
    readonly facts: { readonly 'component-log': readonly ComponentLogFact[] };
  }[];
}): readonly CalicoAddress[] {
  const out = new Map<string, CalicoAddress>();
  for (const host of view.allHosts) {
    const log = host.facts['component-log']
      .filter((l) => l.event === 'calico-autodetected-address' && l.values['family'] !== '6')
      .at(-1);
    const address = log?.values['address'];
    const { dev, length } = log?.values ?? {};
    if (log && address !== undefined)
      out.set(host.node, {
        node: host.node,
        address,
        source: 'log',
        at: log.at,
        ...(dev !== undefined && { dev }),
        ...(length !== undefined && { prefixLength: Number(length) }),
      });
  }
  for (const n of view.cluster.node) {
    const [address = '', length] = (n.annotations[ANNOTATION] ?? '').split('/');
    if (parseAddress(address)?.family !== 4) continue;
    const node = capturedName(view.nodes, n.name);
    const logged = out.get(node);
    // Where both agree the log is the better witness: it names the device.
    if (logged?.address === address) continue;
    out.set(node, {
      node,
      address,
      source: 'annotation',
      at: n.at,
      ...(length !== undefined && { prefixLength: Number(length) }),
    });
  }
  return [...out.values()];
}

/** A block of addresses that a node owns, and the line that says so. */
export interface CalicoBlock {
  readonly node: string;
  readonly prefix: string;
  readonly at: At;
  /** The owner's own blackhole, or a route towards it on another node. */
  readonly source: 'blackhole' | 'bird' | 'route';
  /** Node that the line was captured on. */
  readonly seenOn: string;
}

/** Default block sizes are /26 and /122; IPPool allows 20 to 32 and 116 to 128. */
function isBlock(prefix: string): boolean {
  const p = parsePrefix(prefix);
  return p !== undefined && (p.family === 4 ? p.length >= 20 && p.length < 32 : p.length >= 116 && p.length < 128);
}

/** BIRD writes `bird` (12), felix 80: the routes that Calico makes. */
export const isCalicoRoute = (route: RouteFact): boolean =>
  route.proto === 'bird' || route.proto === '80' || route.proto === '12';

/** Node of an address: a captured one, or one that only Kubernetes tells of. Undefined when it is nobody's or of several. */
export function ownerOfAddress(
  nodes: readonly Node[],
  known: readonly NodeFact[],
  address: string,
): string | undefined {
  const captured = nodeOfAddress(nodes, address);
  if (captured !== undefined) return captured;
  const owners = new Set(known.filter((n) => n.internalIps.includes(address)).map((n) => capturedName(nodes, n.name)));
  const [owner] = owners;
  return owners.size === 1 ? owner : undefined;
}

/** Which node owns which block: by its own blackhole (kernel or BIRD), else by what third nodes route to its address. */
export function calicoBlocks(view: {
  readonly nodes: readonly Node[];
  readonly cluster: { readonly node: readonly NodeFact[] };
  readonly allHosts: readonly {
    readonly node: string;
    readonly facts: { readonly route: readonly RouteFact[]; readonly 'bird-route': readonly BirdRouteFact[] };
  }[];
}): readonly CalicoBlock[] {
  const out = new Map<string, CalicoBlock>();
  const add = (b: CalicoBlock) => {
    const key = `${b.node} ${b.prefix}`;
    if (!out.has(key)) out.set(key, b);
  };
  for (const { node, facts } of view.allHosts) {
    for (const r of mainTable(facts.route))
      if (r.type === 'blackhole' && isCalicoRoute(r) && isBlock(r.prefix))
        add({ node, prefix: r.prefix, at: r.at, source: 'blackhole', seenOn: node });
    for (const r of facts['bird-route'])
      if (r.type === 'blackhole' && r.primary && isBlock(r.prefix))
        add({ node, prefix: r.prefix, at: r.at, source: 'blackhole', seenOn: node });
  }
  const owned = new Set([...out.values()].map((b) => b.prefix));
  for (const { node, facts } of view.allHosts) {
    for (const r of mainTable(facts.route)) {
      if (!isCalicoRoute(r) || !isBlock(r.prefix) || owned.has(r.prefix)) continue;
      const via = r.nexthops[0]?.via;
      const owner = via === undefined ? undefined : ownerOfAddress(view.nodes, view.cluster.node, via);
      if (owner !== undefined && owner !== node)
        add({ node: owner, prefix: r.prefix, at: r.at, source: 'route', seenOn: node });
    }
    for (const r of facts['bird-route']) {
      if (!r.primary || r.via === undefined || !isBlock(r.prefix) || owned.has(r.prefix)) continue;
      const owner = ownerOfAddress(view.nodes, view.cluster.node, r.via);
      if (owner !== undefined && owner !== node)
        add({ node: owner, prefix: r.prefix, at: r.at, source: 'bird', seenOn: node });
    }
  }
  return [...out.values()];
}
