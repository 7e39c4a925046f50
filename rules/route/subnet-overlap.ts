import {
  type At,
  contains,
  defineRule,
  finding,
  isEngineBridge,
  isVirtualDevice,
  mainTable,
  type NamedNetwork,
  namedNetworks,
  overlaps,
  parseAddress,
  parsePrefix,
  prefixOf,
  type RouteFact,
  type RuleResult,
  type StackView,
  type SubnetClaim,
  shows,
  subnetClaims,
  unknown,
  type View,
} from '#rule';

type Seen =
  | 'route'
  | 'address'
  | 'link'
  | 'flannel-config'
  | 'cluster-cidr'
  | 'ip-pool'
  | 'subnet-env'
  | 'iptables-table'
  | 'nft-chain'
  | 'node'
  | 'pod'
  | 'flannel-lease'
  | 'flannel-log';

/** Something of the host's own world that must not lie in the pod or service network. */
interface HostThing {
  readonly what: string;
  readonly prefix: string;
  readonly at: At;
  /** An address that packets are sent to: a node, a gateway. */
  readonly vital: boolean;
  /** Belongs to the pods all the same when flannel or Calico put it there. */
  readonly dev?: string;
}

/** The CNI leaves the source of a pod alone inside the pod network, so nobody there but nodes can answer; a pod subnet that holds the address hides it. */
const IN_POD_NETWORK =
  'pods send there with their own address, which hosts cannot answer and strict reverse path filters drop, and a pod subnet that holds it hides it';

const insideOf = (network: NamedNetwork): string =>
  network.what === 'pod' ? IN_POD_NETWORK : 'routes and rules for services hide it';

/** An engine's bridge without a container is harmless until somebody in that range is needed. */
const isUnused = (host: StackView<Seen>, dev: string): boolean => {
  const link = host.facts.link.find((l) => l.name === dev);
  return (
    link?.flags?.includes('NO-CARRIER') === true ||
    link?.state === 'DOWN' ||
    host.facts.route.some((r) => r.nexthops.some((n) => n.dev === dev && n.flags.includes('linkdown')))
  );
};

const foreign = (dev: string): boolean => isEngineBridge(dev) || !isVirtualDevice(dev);

/** A connected network of the host's own. */
const isHostNetwork = (r: RouteFact): boolean =>
  r.family === 4 &&
  r.type === 'unicast' &&
  r.proto !== 'bird' &&
  r.nexthops[0]?.via === undefined &&
  r.nexthops[0]?.dev !== undefined &&
  foreign(r.nexthops[0].dev);

function hostThings(host: StackView<Seen>, claims: readonly SubnetClaim[]): HostThing[] {
  const out: HostThing[] = [];
  for (const a of host.facts.address)
    if (a.family === 4 && foreign(a.dev) && a.scope !== 'host')
      out.push({
        what: isEngineBridge(a.dev) ? `the network of ${a.dev}` : `the address of ${a.dev}`,
        prefix: isEngineBridge(a.dev) ? `${a.address}/${a.prefixLength}` : a.address,
        at: a.at,
        vital: !isEngineBridge(a.dev),
        dev: a.dev,
      });
  for (const r of mainTable(host.facts.route)) {
    const [hop] = r.nexthops;
    if (r.family !== 4 || r.type !== 'unicast' || hop?.dev === undefined || !foreign(hop.dev)) continue;
    if (hop.via !== undefined && r.prefix === '0.0.0.0/0')
      out.push({ what: 'the default gateway', prefix: hop.via, at: r.at, vital: true, dev: hop.dev });
    // A peer's pod subnet on the wrong device is a route gone wrong (route/wrong-device-or-gateway), not a network.
    else if (isHostNetwork(r) && !claims.some((c) => c.prefix === r.prefix))
      out.push({ what: `the network on ${hop.dev}`, prefix: r.prefix, at: r.at, vital: false, dev: hop.dev });
  }
  return out;
}

const hits = (network: NamedNetwork, prefix: string): boolean => {
  const net = parsePrefix(network.prefix);
  const thing = parsePrefix(prefix);
  return (
    net !== undefined &&
    thing !== undefined &&
    net.length > 0 &&
    overlaps(net, thing) &&
    !(thing.length < net.length && thing.length === 0)
  );
};

/** Does the pod network hold the node itself? Then its more specific overlay routes steal the address sooner or later. */
const swallows = (network: NamedNetwork, thing: HostThing): boolean => {
  const net = parsePrefix(network.prefix);
  const address = parseAddress(thing.prefix);
  return thing.vital && net !== undefined && address !== undefined && contains(net, address);
};

/** The hosts' network contains the whole pod network: longest prefix keeps both working, and only hosts in that part are hidden. */
function isWider(outer: string, inner: string): boolean {
  const a = parsePrefix(outer);
  const b = parsePrefix(inner);
  return a !== undefined && b !== undefined && a.length < b.length && contains(a, b);
}

/**
 * A network of the host inside the pod subnet of a peer: the longer prefix wins, also without carrier, and those pods are looked for there.
 * Certain when a pod of the peer has such an address.
 */
function* hidesPeer(view: View<Seen>, host: StackView<Seen>, claims: readonly SubnetClaim[], said: Set<string>) {
  for (const route of mainTable(host.facts.route)) {
    const dev = route.nexthops[0]?.dev;
    const prefix = prefixOf(route);
    if (!prefix || dev === undefined || !isHostNetwork(route)) continue;
    const claim = claims.find((c) => {
      const subnet = parsePrefix(c.prefix);
      return c.node !== host.node && subnet && subnet.length < prefix.length && contains(subnet, prefix);
    });
    const hidden = view.cluster.pod.find(
      (p) =>
        p.node !== undefined &&
        p.hostNetwork !== true &&
        (view.node(p.node)?.name ?? p.node) === claim?.node &&
        p.ips.some((ip) => {
          const address = parseAddress(ip);
          return address !== undefined && contains(prefix, address);
        }),
    );
    if (!claim || !hidden || view.notComparable(route.at, claim.at) !== undefined) continue;
    said.add(`${host.node} ${dev}`);
    yield finding({
      nodes: [host.node],
      subject: `${claim.prefix} and ${dev}`,
      message: `${dev} of ${host.node} has ${route.prefix}, inside ${claim.prefix}, the pod subnet of ${claim.node ?? 'a peer'}: ${host.node} looks for those pods on ${dev} and does not reach them.`,
      evidence: [
        shows(route, `this hides ${hidden.ips[0] ?? hidden.name}`),
        { at: claim.at, note: `${claim.node ?? 'a peer'} owns ${claim.prefix}` },
        shows(hidden, `a pod of ${claim.node ?? 'a peer'}`),
      ],
    });
  }
}

/** Addresses that the node sends to: other nodes, gateways. */
function* neighboursOf(
  view: View<Seen>,
  host: StackView<Seen>,
): Generator<{ readonly ip: string; readonly at: At; readonly what: string }> {
  for (const r of host.facts.route) {
    const via = r.nexthops[0]?.via;
    if (via !== undefined) yield { ip: via, at: r.at, what: `the gateway ${via}` };
  }
  for (const n of view.cluster.node)
    if (view.node(n.name)?.name !== host.node)
      for (const ip of n.internalIps) yield { ip, at: n.at, what: `${n.name} (${ip})` };
  for (const other of view.allHosts)
    if (other.node !== host.node)
      for (const a of other.facts.address)
        if (!isVirtualDevice(a.dev) && a.scope !== 'host')
          yield { ip: a.address, at: a.at, what: `${other.node} (${a.address})` };
}

/**
 * The network of an engine's bridge inside that of a card: the longer prefix wins, also without carrier, and of two that are equal one. Whoever
 * has such an address there is looked for on the bridge.
 */
function* hidesLan(view: View<Seen>, host: StackView<Seen>): Generator<RuleResult> {
  const connected = mainTable(host.facts.route).filter(isHostNetwork);
  const devOf = (r: RouteFact): string => r.nexthops[0]?.dev ?? '';
  // With a card as its port it is the way to that network.
  const isApart = (dev: string): boolean => !host.facts.link.some((l) => l.master === dev && !isVirtualDevice(l.name));
  for (const bridge of connected.filter((r) => isEngineBridge(devOf(r)) && isApart(devOf(r)))) {
    const inner = prefixOf(bridge);
    const card = connected.find((r) => {
      const outer = prefixOf(r);
      return !isEngineBridge(devOf(r)) && inner && outer && outer.length <= inner.length && contains(outer, inner);
    });
    if (!inner || !card || view.notComparable(bridge.at, card.at) !== undefined) continue;
    const hidden = [...neighboursOf(view, host)].find(({ ip, at }) => {
      const address = parseAddress(ip);
      return address !== undefined && contains(inner, address) && view.notComparable(bridge.at, at) === undefined;
    });
    yield finding({
      nodes: [host.node],
      subject: `${devOf(card)} and ${devOf(bridge)}`,
      severity: hidden ? 'error' : 'warning',
      message: `${devOf(bridge)} of ${host.node} has ${bridge.prefix}, inside ${card.prefix}, the network of ${devOf(card)}: ${host.node} looks for ${hidden ? `${hidden.what}, and whoever else has such an address,` : 'whoever has such an address there'} on ${devOf(bridge)}, and does not reach them.`,
      evidence: [
        shows(bridge, `the network of ${devOf(bridge)}`),
        shows(card, `the network of ${devOf(card)}`),
        ...(hidden ? [{ at: hidden.at, note: hidden.what }] : []),
      ],
      fix: {
        summary: `on ${host.node} give ${devOf(bridge)} a network that nobody else has`,
        commands: ['docker network inspect bridge   # "bip" and "default-address-pools" in /etc/docker/daemon.json'],
      },
    });
  }
}

function* nodesInside(view: View<Seen>, networks: readonly NamedNetwork[], told: ReadonlySet<string>) {
  for (const node of view.cluster.node)
    for (const ip of node.internalIps) {
      const network = networks.find((n) => hits(n, ip));
      if (!network || told.has(ip) || view.notComparable(network.at, node.at) !== undefined) continue;
      yield finding({
        nodes: [view.node(node.name)?.name ?? node.name],
        subject: `${network.prefix} and ${ip}`,
        message: `The ${network.what} network ${network.prefix} contains ${ip}, the address of node ${node.name}: ${insideOf(network)}.`,
        evidence: [shows(node), { at: network.at, note: network.source }],
      });
    }
}

export default defineRule({
  id: 'route/subnet-overlap',
  since: '0.1.0',
  severity: 'error',
  title: 'The pod or service network overlaps a network of the hosts',
  why:
    "Routes to pod subnets are more specific than routes to the customer's network, so every address that both use goes to the pods from then on: a gateway, a name server or a node inside the pod network becomes unreachable. " +
    'A service network that holds real addresses hides those behind kube-proxy. The bridge of a container engine inside the network of a card hides its part of that one in the same way.',
  fix: "Give the cluster other networks (--pod-network-cidr, --service-cidr), or move the container engine's bridge (bip, default-address-pools).",
  needs: [
    ['flannel-config', 'cluster-cidr', 'ip-pool', 'subnet-env', 'iptables-table', 'nft-chain'],
    ['address', 'route', 'node'],
  ],
  uses: ['link', 'pod', 'flannel-lease', 'flannel-log'],
  seeAlso: ['flannel/subnet-overlap'],
  *check(view) {
    // Clouds give pods addresses of the hosts' own network; then only an overlay's configuration names a network apart.
    const overlay = view.model.technologies.has('flannel') || view.model.technologies.has('calico');
    const named = namedNetworks({ cluster: view.cluster, hosts: view.allHosts });
    // Where somebody else names the pod network, what kube-proxy takes for it is kube-proxy/cluster-cidr-mismatch.
    const others = named.some((n) => n.what === 'pod' && n.source !== "kube-proxy's cluster CIDR");
    const networks = named.filter(
      (n) => n.what === 'service' || (overlay && !(others && n.source === "kube-proxy's cluster CIDR")),
    );
    const claims = subnetClaims({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts });
    const said = new Set<string>();
    const told = new Set<string>();
    for (const host of view.allHosts) {
      yield* hidesPeer(view, host, claims, said);
      yield* hidesLan(view, host);
      for (const thing of hostThings(host, claims)) {
        if (thing.dev !== undefined && said.has(`${host.node} ${thing.dev}`)) continue;
        const network = networks.find((n) => hits(n, thing.prefix));
        if (
          !network ||
          (thing.dev !== undefined &&
            isEngineBridge(thing.dev) &&
            isUnused(host, thing.dev) &&
            network.what === 'pod' &&
            !hits(network, thing.prefix))
        )
          continue;
        const why = view.notComparable(network.at, thing.at);
        if (why !== undefined) {
          yield unknown({
            node: host.node,
            input: `${network.what} network against ${thing.what}`,
            reason: 'not-comparable',
            detail: why,
            at: thing.at,
          });
          continue;
        }
        const key = `${host.node} ${network.prefix} ${thing.dev ?? ''}`;
        // Also the address that the finding does not name: an address of the node is told once.
        if (swallows(network, thing)) told.add(thing.prefix);
        if (said.has(key)) continue;
        said.add(key);
        yield finding({
          nodes: [host.node],
          subject: `${network.prefix} and ${thing.dev ?? thing.prefix}`,
          severity: swallows(network, thing) ? 'error' : isWider(thing.prefix, network.prefix) ? 'info' : 'warning',
          message: `The ${network.what} network ${network.prefix} overlaps ${thing.prefix}, ${thing.what} on ${host.node}: ${swallows(network, thing) ? insideOf(network) : 'addresses that both use reach only one of them'}.`,
          evidence: [
            { at: thing.at, note: thing.what },
            { at: network.at, note: network.source },
          ],
        });
      }
    }
    yield* nodesInside(view, networks, told);
  },
});
