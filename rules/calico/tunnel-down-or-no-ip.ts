import {
  calicoBlocks,
  captureAt,
  defineRule,
  type EvidenceDraft,
  finding,
  type LinkFact,
  mainTable,
  type Pair,
  pairsOf,
  type RouteFact,
  type RuleResult,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'link' | 'address' | 'route' | 'bird-route' | 'node' | 'ip-pool';
type Host = StackView<Seen>;

interface Tunnel {
  readonly dev: string;
  readonly family: 4 | 6;
  readonly isAsked: (pool: { readonly ipipMode?: string; readonly vxlanMode?: string }) => boolean;
}

const isOn = (mode: string | undefined): boolean => mode === 'Always' || mode === 'CrossSubnet';

const TUNNELS: readonly Tunnel[] = [
  { dev: 'vxlan.calico', family: 4, isAsked: (p) => isOn(p.vxlanMode) },
  { dev: 'vxlan-v6.calico', family: 6, isAsked: (p) => isOn(p.vxlanMode) },
  { dev: 'tunl0', family: 4, isAsked: (p) => isOn(p.ipipMode) },
];

const leavesBy = (r: RouteFact, { dev, family }: Tunnel): boolean =>
  r.family === family && r.type === 'unicast' && r.nexthops.some((n) => n.dev === dev);

const isUp = (host: Host, dev: string): boolean =>
  host.facts.link.some((l) => l.name === dev && l.flags?.includes('UP'));

/** What sends to the node through the tunnel, or by what it sends itself. tunl0 is on every host that has the module: alone it says nothing. */
function useOf(view: View<Seen>, host: Host, tunnel: Tunnel): EvidenceDraft | undefined {
  const blocks = new Set(calicoBlocks(view).flatMap((b) => (b.node === host.node ? [b.prefix] : [])));
  const own = new Set(host.facts.address.map((a) => a.address));
  const peers = view.allHosts.filter((h) => h.node !== host.node && !view.node(h.node)?.beside);
  for (const peer of peers) {
    const route = mainTable(peer.facts.route).find(
      (r) => leavesBy(r, tunnel) && (blocks.has(r.prefix) || r.nexthops.some((n) => own.has(n.via ?? ''))),
    );
    if (route) return shows(route, `${peer.node} sends to pods of ${host.node} by ${tunnel.dev}`);
  }
  const out = mainTable(host.facts.route).find((r) => leavesBy(r, tunnel) && r.proto !== 'kernel');
  if (out) return shows(out, `${host.node} sends to another node by ${tunnel.dev}`);
  const pool = view.cluster['ip-pool'].find(
    (p) => p.disabled !== true && p.cidr.includes(':') === (tunnel.family === 6) && tunnel.isAsked(p),
  );
  // A pool of some nodes alone says nothing of this one, and with one node nothing is sent.
  const isForAll = pool?.nodeSelector === undefined || pool.nodeSelector === 'all()';
  return pool && isForAll && (peers.length > 0 || view.cluster.node.length > 1)
    ? shows(pool, `pool ${pool.cidr} is one of ${tunnel.dev}`)
    : undefined;
}

type State = 'missing' | 'down' | 'bare';

interface Fault {
  readonly state: State;
  readonly evidence: EvidenceDraft;
}

/** What is wrong with the device itself; `unknown` where the capture does not tell. */
function stateOf(host: Host, { dev, family }: Tunnel): Fault | RuleResult | undefined {
  const link: LinkFact | undefined = host.facts.link.find((l) => l.name === dev);
  if (!link) {
    const listed = host.absence('link', { dev });
    return listed.known
      ? {
          state: 'missing',
          evidence: { at: captureAt(listed.capture), note: `there is no ${dev} among these devices` },
        }
      : unknown({ node: host.node, input: dev, supply: 'link', reason: listed.reason });
  }
  if (link.flags && !link.flags.includes('UP')) return { state: 'down', evidence: shows(link, 'not UP') };
  if (host.facts.address.some((a) => a.dev === dev && a.family === family && a.scope !== 'link')) return undefined;
  const listed = host.absence('address', { dev });
  return listed.known
    ? { state: 'bare', evidence: shows(link, `no ${family === 4 ? 'inet' : 'inet6'} line below it`) }
    : unknown({ node: host.node, input: `the address of ${dev}`, supply: 'address', reason: listed.reason });
}

/** Pairs between the node and others that lose packets for it. */
function brokenBy(view: View<Seen>, host: Host, { dev, family }: Tunnel, state: State): readonly Pair[] {
  // Without its address alone pods still reach pods: what the node itself sends is in question.
  if (state === 'bare')
    return pairsOf(
      view.paths.losses.filter(
        (l) => l.by === 'rp-filter' && l.device === dev && l.paths.some(({ pair }) => pair.src.node === host.node),
      ),
    );
  return view.paths.pairs.filter(
    (p) =>
      p.trace.verdict === 'dropped' &&
      p.src.family === family &&
      p.src.kind === 'pods' &&
      p.dst.kind === 'pods' &&
      (p.src.node === host.node) !== (p.dst.node === host.node),
  );
}

const SAYS: Readonly<Record<State, (node: string, dev: string) => string>> = {
  missing: (node, dev) =>
    `There is no ${dev} on ${node}, expected it up: what is for pods of other nodes takes another way, and what they send is not taken out of the tunnel`,
  down: (node, dev) =>
    `${dev} of ${node} is down, expected up: the kernel took its routes away, so that what is for pods of other nodes follows the default route, and what they send is not taken out of the tunnel`,
  bare: (node, dev) =>
    `${dev} of ${node} has no address, expected one of the node's own block: what ${node} itself sends to pods of other nodes carries another address of it, which rp_filter and policies there refuse`,
};

const restart = (node: string): string =>
  `kubectl -n kube-system delete pod -l k8s-app=calico-node --field-selector spec.nodeName=${node}`;

export default defineRule({
  id: 'calico/tunnel-down-or-no-ip',
  since: '0.1.0',
  severity: 'error',
  title: "Calico's tunnel device is missing, down or without its address",
  why:
    'Pools with VXLAN or IPIP send between nodes through vxlan.calico or tunl0. When the device is set down the kernel takes the routes to all other nodes away and drops what comes out of the tunnel; BGP stays up all the ' +
    "while, and so it looks as if routes had not come. The device's address, one of the node's own block, is the source of what the node itself sends to pods of other nodes (probes, host processes, what is masqueraded): without it " +
    'that carries another address, and peers with rp_filter=1 drop it, since they would answer by another device. A network manager, a script that resets interfaces, or a datastore that calico-node could not ask when it started do this.',
  fix: 'Set the device up, restart calico-node on the node, and keep network managers away from vxlan.calico and tunl0.',
  needs: ['link'],
  uses: ['address', 'route', 'bird-route', 'node', 'ip-pool'],
  technology: 'calico',
  causedBy: ['link/nm-manages-cni'],
  seeAlso: ['calico/missing-bird-routes', 'flannel/device-missing-or-down'],
  *check(view) {
    for (const host of view.hosts) {
      if (view.node(host.node)?.beside) continue;
      for (const tunnel of TUNNELS) {
        const { dev } = tunnel;
        const use = useOf(view, host, tunnel);
        const fault = use && stateOf(host, tunnel);
        if (!use || !fault) continue;
        if ('kind' in fault) {
          yield fault;
          continue;
        }
        const why = view.notComparable(fault.evidence.at, use.at);
        if (why !== undefined) {
          yield unknown({ node: host.node, input: `${dev} at one time`, reason: 'not-comparable', detail: why });
          continue;
        }
        const breaks = brokenBy(view, host, tunnel, fault.state);
        const peer = view.allHosts.find((h) => h.node !== host.node && isUp(h, dev));
        yield finding({
          nodes: [host.node],
          subject: dev,
          message: `${SAYS[fault.state](host.node, dev)}.`,
          severity: breaks.length > 0 || (fault.state !== 'bare' && peer) ? 'error' : 'warning',
          evidence: [fault.evidence, use],
          breaks,
          fix: {
            summary:
              fault.state === 'down'
                ? `on ${host.node} set ${dev} up and find who set it down; where routes stay away, restart calico-node there`
                : `restart calico-node on ${host.node}, which makes the device and gives it its address`,
            commands: [
              ...(fault.state === 'down' ? [`ip link set dev ${dev} up   # on ${host.node}`] : []),
              restart(host.node),
              `ip -d address show dev ${dev}   # on ${host.node}`,
            ],
          },
        });
      }
    }
  },
});
