import {
  defineRule,
  finding,
  isVirtualDevice,
  linesOf,
  type NeighbourFact,
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
    if (address) return { name: other.node, fact: address, what: `the address of ${other.node}` };
  }
  const gateway = view.allHosts
    .find((h) => h.node === node)
    ?.facts.route.find(
      (r) =>
        r.table === 'main' &&
        r.prefix === '0.0.0.0/0' &&
        r.nexthops.some((n) => n.via === entry.address && n.dev === entry.dev),
    );
  return gateway && { name: 'its gateway', fact: gateway, what: 'the gateway of the default route' };
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
  causedBy: ['kernel/neigh-table-overflow', 'link/duplicate-ip'],
  *check(view) {
    for (const host of view.hosts)
      for (const entry of host.facts.neigh) {
        if (entry.family !== 4 || !/^(?:FAILED|INCOMPLETE)$/.test(entry.state ?? '') || isVirtualDevice(entry.dev))
          continue;
        const owner = ownerOf(view, host.node, entry);
        if (!owner || view.notComparable(entry.at, owner.fact.at) !== undefined) continue;
        const losses = view.paths.losses.filter(
          (l) => l.node === host.node && l.step === 'neighbour' && linesOf(l).includes(entry.at),
        );
        yield finding({
          nodes: [host.node],
          subject: entry.address,
          message: `${host.node} cannot resolve ${entry.address} of ${owner.name} on ${entry.dev} (${entry.state}): what it sends there does not leave.`,
          severity: losses.length > 0 ? severityOf(losses, view.paths) : 'warning',
          confidence: 'likely',
          evidence: [shows(entry), shows(owner.fact, owner.what)],
          breaks: pairsOf(losses),
          fix: {
            summary: `find what stands between ${host.node} and ${owner.name} on the network of ${entry.dev}`,
            commands: [
              `arping -c 3 -I ${entry.dev} ${entry.address}   # on ${host.node}`,
              `tcpdump -eni ANY_NIC arp and host ${entry.address}   # on ${owner.name}: does the question arrive, does an answer leave`,
            ],
          },
        });
      }
  },
});
