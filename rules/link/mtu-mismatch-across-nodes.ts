import {
  type AddressFact,
  defineRule,
  finding,
  type LinkFact,
  nodeAddresses,
  overlaps,
  type Pair,
  type Paths,
  parsePrefix,
  type StackView,
  shows,
  type View,
} from '#rule';

type Seen = 'link' | 'address';

interface Card {
  readonly node: string;
  readonly link: LinkFact;
  readonly address: AddressFact;
}

/** Devices by which the nodes are on one network with each other. */
function cards(host: StackView<Seen>): readonly Card[] {
  return nodeAddresses(host.facts.address).flatMap((address): Card[] => {
    const link = host.facts.link.find((l) => l.name === address.dev);
    return link?.mtu !== undefined && address.prefixLength < (address.family === 4 ? 31 : 127)
      ? [{ node: host.node, link, address }]
      : [];
  });
}

const sameNetwork = (a: Card, b: Card): boolean => {
  const [p, q] = [a, b].map((c) => parsePrefix(`${c.address.address}/${c.address.prefixLength}`));
  return p !== undefined && q !== undefined && overlaps(p, q);
};

/** Paths between the two nodes that lose packets as large as the larger card sends. */
function stalled(paths: Paths, large: Card, small: Card): readonly Pair[] {
  const nodes = [large.node, small.node];
  return paths.pairs.filter((pair) => {
    if (pair.trace.verdict !== 'delivered' || pair.trace.proto !== 'icmp' || pair.src.node === pair.dst.node)
      return false;
    if (!nodes.includes(pair.src.node ?? '') || !nodes.includes(pair.dst.node ?? '')) return false;
    const { src, dst } = pair.trace;
    const asked = paths.trace({ src, dst, proto: 'icmp', size: large.link.mtu ?? 1500, df: true });
    const because = asked.kind === 'trace' && asked.trace.verdict === 'dropped' ? asked.trace.because : undefined;
    return because?.node === small.node && because.answer === undefined && /octets are more than/.test(because.reason);
  });
}

function* pairs(view: View<Seen>): Generator<readonly [Card, Card]> {
  const all = view.hosts.flatMap(cards);
  const seen = new Set<string>();
  for (const small of all)
    for (const large of all) {
      if (small.node === large.node || (large.link.mtu ?? 0) <= (small.link.mtu ?? 0)) continue;
      if (seen.has(`${small.node} ${small.link.name}`) || !sameNetwork(small, large)) continue;
      if (view.notComparable(small.link.at, large.link.at) !== undefined) continue;
      seen.add(`${small.node} ${small.link.name}`);
      yield [large, small];
    }
}

export default defineRule({
  id: 'link/mtu-mismatch-across-nodes',
  since: '0.1.0',
  severity: 'error',
  title: 'Nodes on one network have different MTUs',
  why:
    'On one network no router stands between two nodes that could send "fragmentation needed": a node sends frames as large as its own MTU, and a peer whose device takes less drops them without a word. ' +
    'Small packets pass, so that pings and handshakes work and large answers hang. It happens with jumbo frames that were turned on for some nodes, or images with another default.',
  fix: 'Give all nodes of one network the same MTU, then let the CNI make its devices again.',
  needs: ['link', 'address'],
  seeAlso: ['link/mtu-exceeds-underlay'],
  *check(view) {
    for (const [large, small] of pairs(view)) {
      const lost = stalled(view.paths, large, small);
      yield finding({
        nodes: [small.node, large.node],
        subject: `${small.link.name} of ${small.node}`,
        message: `${small.link.name} of ${small.node} takes ${small.link.mtu} octets, and ${large.link.name} of ${large.node} on the same network sends up to ${large.link.mtu}: larger frames are lost${lost.length > 0 ? ', and nobody tells the sender' : ' where a device counts them exactly'}.`,
        severity: lost.length > 0 ? 'error' : 'warning',
        evidence: [shows(small.link, `mtu ${small.link.mtu}`), shows(large.link, `mtu ${large.link.mtu}`)],
        fix: {
          summary: `set the MTU of ${small.link.name} on ${small.node} to that of the other nodes, or theirs to ${small.link.mtu}`,
          commands: [
            `ip link set ${small.link.name} mtu ${large.link.mtu}   # on ${small.node}, if the network carries it`,
          ],
        },
      });
    }
  },
});
