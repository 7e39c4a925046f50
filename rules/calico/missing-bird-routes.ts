import {
  type Absence,
  arrives,
  bgpSessions,
  type CalicoBlock,
  calicoBlocks,
  captureAt,
  capturedName,
  defineRule,
  type EvidenceDraft,
  finding,
  isCalicoRoute,
  longestPrefix,
  mainTable,
  type NodeFact,
  networkAddress,
  ownerOfAddress,
  parsePrefix,
  prefixOf,
  type RouteFact,
  type RuleResult,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'route' | 'bird-route' | 'bird-protocol' | 'bgp-peer' | 'node';
type Host = StackView<Seen>;

const addressOf = (prefix: string): string | undefined => {
  const p = parsePrefix(prefix);
  return p && networkAddress(p);
};

const exact = new WeakMap<readonly RouteFact[], ReadonlyMap<string, RouteFact>>();

/** Routes of the main table by prefix: nearly every block of a healthy node is found here. */
function exactRoutes(host: Host): ReadonlyMap<string, RouteFact> {
  const { route } = host.facts;
  let map = exact.get(route);
  if (!map) {
    map = new Map(mainTable(route).map((r) => [r.prefix, r]));
    exact.set(route, map);
  }
  return map;
}

/** The longest prefix that holds the whole block, in whichever table: WireGuard and policy routing keep routes outside of main. */
function routeTo(host: Host, block: string): RouteFact | undefined {
  const same = exactRoutes(host).get(block);
  if (same && delivers(same)) return same;
  const address = addressOf(block);
  const length = parsePrefix(block)?.length ?? 0;
  if (address === undefined) return undefined;
  const holds = (r: RouteFact): boolean => (prefixOf(r)?.length ?? 129) <= length && r.table !== 'local' && !r.lookup;
  const main = longestPrefix(mainTable(host.facts.route).filter(holds), address);
  if (main && delivers(main)) return main;
  const other = longestPrefix(
    host.facts.route.filter((r) => holds(r) && r.table !== 'main' && r.table !== 'default'),
    address,
  );
  return other && delivers(other) ? other : main;
}

/** Does the route lead to another machine for this very network? A connected subnet or a default route does not. */
const delivers = (route: RouteFact): boolean =>
  route.type === 'unicast' &&
  (prefixOf(route)?.length ?? 0) > 0 &&
  route.nexthops.some((n) => n.via !== undefined || /^(vxlan\.calico|wireguard\.cali|tunl0)/.test(n.dev ?? ''));

/** Routers announce blocks too: then a default route may be meant. A mesh shows in sessions or routes between the nodes themselves. */
function topology(view: View<Seen>): 'mesh' | 'routers' | 'unknown' {
  let mesh = false;
  for (const host of view.allHosts) {
    for (const s of bgpSessions(host.facts)) {
      if (s.kind === 'mesh') mesh = true;
      else if (/^[0-9a-f.:]+$/.test(s.peer) && ownerOfAddress(view.nodes, view.cluster.node, s.peer) === undefined)
        return 'routers';
    }
    for (const r of mainTable(host.facts.route)) {
      // Felix of older versions writes its VXLAN routes without a protocol.
      if (r.nexthops.some((n) => n.dev === 'vxlan.calico')) mesh = true;
      if (!isCalicoRoute(r) || r.type !== 'unicast') continue;
      if (
        r.nexthops.some(
          (n) =>
            n.dev === 'tunl0' ||
            (n.via !== undefined && ownerOfAddress(view.nodes, view.cluster.node, n.via) !== undefined),
        )
      )
        mesh = true;
    }
  }
  return mesh ? 'mesh' : 'unknown';
}

interface Diagnosis {
  readonly says: string;
  readonly evidence: readonly EvidenceDraft[];
}

/** Where the route got lost: between BIRD and kernel, or before it came to BIRD. */
function diagnose(view: View<Seen>, host: Host, block: CalicoBlock): Diagnosis {
  const inBird = host.facts['bird-route'].find((r) => r.prefix === block.prefix && r.type !== 'blackhole');
  if (inBird)
    return { says: 'BIRD has the route and did not put it into the kernel', evidence: [shows(inBird, 'BIRD has it')] };
  const session = bgpSessions(host.facts).find(
    (s) => ownerOfAddress(view.nodes, view.cluster.node, s.peer) === block.node,
  );
  const bird: Absence = host.absence('bird-route');
  if (session && !session.established)
    return { says: `BGP with ${block.node} is "${session.says}"`, evidence: [shows(session.facts[0])] };
  if (session && bird.known)
    return {
      says: `BGP with ${block.node} is up and brought no such route`,
      evidence: [shows(session.facts[0]), { at: captureAt(bird.capture), note: 'BIRD does not have it' }],
    };
  return { says: '', evidence: [] };
}

function fateOf(route: RouteFact | undefined): string {
  if (!route) return 'no route at all';
  if (route.type !== 'unicast') return `${route.type} ${route.prefix}`;
  const [hop] = route.nexthops;
  const where = hop?.via !== undefined ? `via ${hop.via}` : `dev ${hop?.dev ?? '?'}`;
  return prefixOf(route)?.length === 0 ? `the default route ${where}` : `${route.prefix} ${where}`;
}

const isDead = (view: View<Seen>, owner: string): NodeFact | undefined =>
  view.cluster.node.find((n) => n.ready === false && capturedName(view.nodes, n.name) === owner);

const PROOF: Readonly<Record<CalicoBlock['source'], (b: CalicoBlock) => string>> = {
  blackhole: (b) => `${b.node} owns ${b.prefix}`,
  bird: (b) => `BIRD of ${b.seenOn} sends it to ${b.node}`,
  route: (b) => `${b.seenOn} sends it to ${b.node}`,
};

function judge(
  view: View<Seen>,
  host: Host,
  block: CalicoBlock,
  kind: ReturnType<typeof topology>,
  listing: Extract<Absence, { known: true }>,
): RuleResult | undefined {
  const route = routeTo(host, block.prefix);
  // A blackhole of the same block on two nodes is another question: which of them owns it.
  if (route && (delivers(route) || (route.prefix === block.prefix && route.type === 'blackhole'))) return undefined;
  const shown = route?.at ?? captureAt(listing.capture);
  const apart = view.notComparable(shown, block.at);
  if (apart !== undefined)
    return unknown({
      node: host.node,
      input: 'route',
      reason: 'not-comparable',
      detail: `${block.prefix} of ${block.node}: ${apart}`,
      at: block.at,
    });
  // A router that has the way is asked by the default route: where the walk comes there, nothing is lost.
  if (route?.type === 'unicast' && arrives(view.paths, host.node, block.prefix)) return undefined;
  const dead = isDead(view, block.node);
  const { says, evidence } = diagnose(view, host, block);
  // Kernel routes of a third node stay when BIRD there stops: a weaker witness than the owner itself.
  const routed =
    kind === 'mesh' && block.source !== 'route'
      ? {}
      : kind === 'routers'
        ? { severity: 'info' as const, confidence: 'possible' as const }
        : { severity: 'warning' as const, confidence: 'likely' as const };
  return finding({
    nodes: [host.node],
    subject: block.prefix,
    message: `${host.node} has no route to block ${block.prefix} of ${block.node}: packets to its pods take ${fateOf(route)} and are lost${says === '' ? '' : `; ${says}`}.`,
    ...(dead ? { severity: 'warning' as const } : routed),
    evidence: [
      { at: shown, note: route ? `the longest match for ${block.prefix}` : `no route here holds ${block.prefix}` },
      { at: block.at, note: PROOF[block.source](block) },
      ...evidence,
      ...(dead ? [shows(dead, `${dead.name} is not Ready`)] : []),
    ],
    fix: {
      summary: `on ${host.node} look at BGP with ${block.node}, then restart calico-node there if BIRD does not get or export the route`,
      commands: [
        'calicoctl node status',
        `birdcl -s /var/run/calico/bird.ctl show route ${block.prefix} all`,
        `ip route get ${addressOf(block.prefix) ?? block.prefix}`,
      ],
    },
  });
}

export default defineRule({
  id: 'calico/missing-bird-routes',
  since: '0.1.0',
  severity: 'error',
  title: "A node lacks the route to another node's block of pod addresses",
  why:
    'Calico gives each node blocks of addresses (/26 by default) and every other node needs a route to each block: BIRD learns it by BGP and writes it as `proto bird`, with VXLAN felix writes it as ' +
    '`proto 80`. Without it the packet takes the default route and leaves the cluster. The owner has a blackhole for its own block; that one is right.',
  fix: 'Bring the BGP session up; where BIRD has the route and the kernel does not, restart calico-node on that node.',
  needs: ['route'],
  uses: ['bird-route', 'bird-protocol', 'bgp-peer', 'node'],
  technology: 'calico',
  causedBy: ['calico/bgp-not-established', 'calico/tunnel-down-or-no-ip', 'link/nm-manages-cni'],
  seeAlso: ['calico/bgp-not-established', 'route/missing-peer-subnet'],
  *check(view) {
    const blocks = calicoBlocks(view);
    const kind = topology(view);
    const usesBgp = view.model.technologies.has('bird') || view.allHosts.some((h) => h.facts['bgp-peer'].length > 0);
    const alone = view.clusterAbsence('node').known && view.cluster.node.length <= 1;
    for (const host of view.hosts) {
      if (view.node(host.node)?.beside) continue;
      // That a host has a route proves nothing of its having it.
      const foreign = blocks.filter((b) => b.node !== host.node && !(b.source === 'route' && b.seenOn === host.node));
      if (foreign.length === 0 && usesBgp && !alone)
        yield unknown({
          node: host.node,
          input: 'route of other nodes',
          reason: 'not-captured',
          detail: 'no capture shows which blocks other nodes own',
        });
      for (const block of foreign) {
        const family = parsePrefix(block.prefix)?.family === 6 ? '6' : '4';
        const listing = host.absence('route', { table: 'main', family });
        if (listing.known) {
          const result = judge(view, host, block, kind, listing);
          if (result) yield result;
          continue;
        }
        const route = routeTo(host, block.prefix);
        if (route && delivers(route)) continue;
        yield unknown({
          node: host.node,
          input: 'route',
          reason: listing.reason,
          ...(listing.detail !== undefined && { detail: listing.detail }),
        });
        break;
      }
    }
  },
});
