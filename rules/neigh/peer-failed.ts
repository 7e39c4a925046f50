import {
  defineRule,
  finding,
  isVirtualDevice,
  linesOf,
  type NeighbourFact,
  type NonEmpty,
  nodeAddresses,
  pairsOf,
  severityOf,
  shows,
  type View,
} from '#rule';

type Seen = 'neigh' | 'address' | 'route';

/** Whose address it is: a node that was captured, so it lives, or the gateway of the default route. */
function ownerOf(view: View<Seen>, node: string, entry: NeighbourFact) {
  for (const other of view.allHosts) {
    const address =
      other.node === node ? undefined : nodeAddresses(other.facts.address).find((a) => a.address === entry.address);
    if (address) return { name: other.node, fact: address, what: `${entry.address} of ${other.node}` };
  }
  const gateway = view.allHosts
    .find((h) => h.node === node)
    ?.facts.route.find(
      (r) =>
        r.table === 'main' &&
        r.prefix === '0.0.0.0/0' &&
        r.nexthops.some((n) => n.via === entry.address && n.dev === entry.dev),
    );
  return gateway && { name: 'the gateway', fact: gateway, what: `its gateway ${entry.address}` };
}

interface Failed {
  readonly node: string;
  readonly entry: NeighbourFact;
  readonly owner: NonNullable<ReturnType<typeof ownerOf>>;
}

function failedOf(view: View<Seen>): readonly Failed[] {
  return view.hosts.flatMap((host) =>
    host.facts.neigh.flatMap((entry): readonly Failed[] => {
      if (entry.family !== 4 || !/^(?:FAILED|INCOMPLETE)$/.test(entry.state ?? '') || isVirtualDevice(entry.dev))
        return [];
      const owner = ownerOf(view, host.node, entry);
      return owner && view.notComparable(entry.at, owner.fact.at) === undefined
        ? [{ node: host.node, entry, owner }]
        : [];
    }),
  );
}

interface Group {
  readonly nodes: NonEmpty<string>;
  /** Several nodes cannot resolve one; else one node cannot resolve several. */
  readonly to: boolean;
  readonly failed: NonEmpty<Failed>;
}

/** One dead link is one finding: by the node that several ask for in vain, else by the node that asks. */
function groupsOf(all: readonly Failed[]): readonly Group[] {
  const isHub = (f: Failed): boolean =>
    all.some((g) => g.owner.name === f.owner.name && g.node !== f.node) && f.owner.name !== 'the gateway';
  const groups = new Map<string, [Failed, ...Failed[]]>();
  for (const f of all) {
    const key = isHub(f) ? `to ${f.owner.name} ${f.entry.address}` : `from ${f.node} ${f.entry.dev}`;
    const held = groups.get(key);
    if (held) held.push(f);
    else groups.set(key, [f]);
  }
  return [...groups.values()].map((failed) => {
    const [first] = failed;
    const to = isHub(first);
    return { to, failed, nodes: to ? [first.owner.name, ...failed.map((f) => f.node)] : [first.node] };
  });
}

export default defineRule({
  id: 'neigh/peer-failed',
  since: '0.1.0',
  severity: 'error',
  title: 'A node cannot resolve the address of a peer or its gateway',
  why:
    "Before a packet leaves for a machine on the same network, ARP must tell its MAC. FAILED or INCOMPLETE for a living peer's address means that the question or its answer is lost below IP: another VLAN, a " +
    'security group, a dead link, arp_ignore on the peer, a full neighbour table. Everything for that peer, the overlay included, ends there with "Destination Host Unreachable". Entries for addresses ' +
    'that nobody needs may fail at any time and mean nothing.',
  fix: 'Look at the link between the two nodes: VLAN, security group, arp_ignore, the state of the NIC.',
  needs: ['neigh'],
  uses: ['address', 'route'],
  addresses: 'equal',
  likelyMayBeError: true,
  causedBy: ['kernel/neigh-table-overflow', 'link/duplicate-ip', 'link/underlay-down'],
  *check(view) {
    for (const group of groupsOf(failedOf(view))) {
      const [first, ...more] = group.failed;
      const losses = view.paths.losses.filter(
        (l) => l.step === 'neighbour' && group.failed.some((f) => l.node === f.node && linesOf(l).includes(f.entry.at)),
      );
      const what = [first, ...more].map((f) => f.owner.what);
      yield finding({
        nodes: group.nodes,
        subject: group.to
          ? `${first.entry.address} from ${group.nodes.slice(1).join(', ')}`
          : [first, ...more].map((f) => f.entry.address).join(', '),
        message: `${group.to ? group.nodes.slice(1).join(', ') : first.node} cannot resolve ${group.to ? what[0] : what.join(', ')} on ${first.entry.dev} (${first.entry.state}): what is sent there does not leave.`,
        severity: losses.length > 0 ? severityOf(losses, view.paths) : 'warning',
        confidence: 'likely',
        evidence: [shows(first.entry), ...more.map((f) => shows(f.entry)), shows(first.owner.fact, first.owner.what)],
        // A card without a carrier brings no answer, and the walk says where.
        dueTo: group.nodes.map((node) => ({
          rule: 'trace/path-lost',
          nodes: [node] as const,
          subject: `transmit on ${first.entry.dev}`,
        })),
        breaks: pairsOf(losses),
        fix: {
          summary: `find what stands between ${first.node} and ${first.owner.name} on the network of ${first.entry.dev}`,
          commands: [
            `arping -c 3 -I ${first.entry.dev} ${first.entry.address}   # on ${first.node}`,
            `tcpdump -eni any arp and host ${first.entry.address}   # on ${first.owner.name}: does the question arrive, does an answer leave`,
          ],
        },
      });
    }
  },
});
