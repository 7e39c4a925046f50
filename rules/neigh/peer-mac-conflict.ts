import {
  type AddressFact,
  defineRule,
  finding,
  isVirtualDevice,
  type LinkFact,
  type NeighbourFact,
  nodeAddresses,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'neigh' | 'address' | 'link';
type Host = StackView<Seen>;

interface Peer {
  readonly host: Host;
  readonly address: AddressFact;
  readonly link: LinkFact;
}

/** Addresses of routers that stand in for several: VRRP, CARP and HSRP. */
const VIRTUAL_ROUTER = /^(?:00:00:5e:00:0[12]:|00:00:0c:(?:07:ac|9f:f))/;

/** Cards of all nodes by their address; undefined where two nodes have it, which is another fault. */
function peersOf(view: View<Seen>): ReadonlyMap<string, Peer | undefined> {
  const out = new Map<string, Peer | undefined>();
  for (const host of view.allHosts)
    for (const address of nodeAddresses(host.facts.address)) {
      const link = host.facts.link.find((l) => l.name === address.dev);
      if (link?.lladdr === undefined) continue;
      out.set(address.address, out.has(address.address) ? undefined : { host, address, link });
    }
  return out;
}

/** What a table says of who has an address; what failed says nothing. */
const says = (n: NeighbourFact): boolean =>
  n.lladdr !== undefined && !/^(?:FAILED|INCOMPLETE|NOARP)$/.test(n.state ?? '') && !n.flags.includes('proxy');

export default defineRule({
  id: 'neigh/peer-mac-conflict',
  since: '0.1.0',
  severity: 'warning',
  title: "A node knows another one's address by a foreign lladdr",
  why:
    "A neighbour entry says to which lladdr frames for an address go. Where it is not that of the node's own card, somebody else answers for the address: a second machine that has it, a machine that answers for others (proxy_arp, " +
    'a leftover of a failover), or an entry that nobody took back. Frames then go to the wrong machine, which drops them or passes them on by a way that nobody expects.',
  fix: 'Find out whose lladdr it is, and take the address or the answering away from there; a fixed entry is deleted with `ip neigh del`.',
  addresses: 'equal',
  needs: ['neigh'],
  uses: ['address', 'link'],
  causedBy: ['link/duplicate-ip', 'link/duplicate-mac'],
  seeAlso: ['link/duplicate-ip'],
  *check(view) {
    const peers = peersOf(view);
    const ownerOf = (lladdr: string): Host | undefined =>
      view.allHosts.find((h) => h.facts.link.some((l) => l.lladdr === lladdr && !isVirtualDevice(l.name)));
    for (const host of view.hosts) {
      const entries = host.facts.neigh.filter((n) => says(n) && !isVirtualDevice(n.dev));
      for (const entry of entries) {
        const peer = peers.get(entry.address);
        if (!peer || peer.host.node === host.node) continue;
        const lladdr = entry.lladdr ?? '';
        // Any card of the machine is as good: it takes what is for its own addresses wherever it comes in.
        if (peer.host.facts.link.some((l) => l.lladdr === lladdr) || VIRTUAL_ROUTER.test(lladdr)) continue;
        // The fabric of a cloud answers for all.
        const same = entries.filter((n) => n.dev === entry.dev && n.lladdr === lladdr && peers.has(n.address));
        if (same.filter((n) => !ownerOf(lladdr)?.facts.address.some((a) => a.address === n.address)).length > 1)
          continue;
        const why = view.notComparable(entry.at, peer.link.at);
        if (why !== undefined) {
          yield unknown({
            node: host.node,
            input: `neighbour entry for ${entry.address} against the card of ${peer.host.node}`,
            reason: 'not-comparable',
            detail: why,
            at: entry.at,
          });
          continue;
        }
        const owner = ownerOf(lladdr);
        yield finding({
          nodes: [host.node, peer.host.node, ...(owner && owner.node !== host.node ? [owner.node] : [])],
          subject: `${entry.address} on ${entry.dev}`,
          message: `${host.node} sends what is for ${entry.address} (${peer.host.node}) to ${lladdr}${owner ? `, a card of ${owner.node}` : ', which no captured node has'}; ${peer.link.name} of ${peer.host.node} has ${peer.link.lladdr}.`,
          confidence: entry.state === 'PERMANENT' || owner ? 'certain' : 'likely',
          evidence: [
            shows(entry, `${entry.state ?? 'the entry'} on ${host.node}`),
            shows(peer.link, `the card of ${peer.host.node}`),
            ...(owner
              ? owner.facts.link
                  .filter((l) => l.lladdr === lladdr)
                  .slice(0, 1)
                  .map((l) => shows(l, `on ${owner.node}`))
              : []),
          ],
          fix: {
            summary: `find who answers for ${entry.address}, then let ${host.node} ask again`,
            commands: [
              `arping -I ${entry.dev} -c 3 ${entry.address}   # on ${host.node}: who answers?`,
              `ip neigh del ${entry.address} dev ${entry.dev}   # on ${host.node}`,
            ],
          },
        });
      }
    }
  },
});
