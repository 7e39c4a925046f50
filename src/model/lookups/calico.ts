import type { BirdRouteFact, ComponentLogFact, NodeFact, RouteFact } from '../../facts/index.js';
import { type At, parseAddress, parsePrefix } from '../../kit/index.js';
import type { Node } from '../types.js';
import { capturedName, nodeOfAddress } from './peers.js';
import { mainTable } from './routes.js';

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

/** Node by each address that any capture gives it, Calico's own choice included; '' when several nodes have it. */
export function addressOwners(view: Parameters<typeof calicoAddresses>[0]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  const add = (address: string, node: string) =>
    owners.set(address, (owners.get(address) ?? node) === node ? node : '');
  for (const n of view.nodes) for (const a of n.addresses) add(a, n.name);
  for (const n of view.cluster.node) for (const a of n.internalIps) add(a, capturedName(view.nodes, n.name));
  for (const c of calicoAddresses(view)) add(c.address, c.node);
  return owners;
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
