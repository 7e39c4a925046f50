import {
  type AddressFact,
  defineRule,
  finding,
  type LinkFact,
  nodeAddresses,
  type StackView,
  shows,
  subnetHolding,
  unknown,
  type View,
} from '#rule';

type Seen = 'link' | 'address';
type Host = StackView<Seen>;

interface Holder {
  readonly host: Host;
  readonly link: LinkFact;
}

/** Addresses that several machines have on purpose: VRRP and CARP, those of Calico's and GKE's veths, HSRP's; and those that say nothing. */
const SHARED = /^(?:00:00:5e:00:0[12]:|ee:ee:ee:ee:ee:ee|00:00:0c:(?:07:ac|9f:f)|00:00:00:00:00:00)/;

/** Devices whose lladdr others send frames to: overlays, by the number of their network, and cards that a node's address is on. */
function keysOf({ facts }: Host, link: LinkFact): readonly string[] {
  const { lladdr } = link;
  if (lladdr === undefined || SHARED.test(lladdr)) return [];
  if (link.vxlan || /^(?:flannel(?:-v6)?\.\d+|vxlan(?:-v6)?\.calico)$/.test(link.name))
    return [`${lladdr} vxlan ${link.vxlan?.vni ?? link.name}`];
  return nodeAddresses(facts.address).some((a) => a.dev === link.name) ? [`${lladdr} card`] : [];
}

const addressOf = ({ host, link }: Holder): AddressFact | undefined =>
  host.facts.address.find((a) => a.dev === link.name && a.family === 4) ??
  host.facts.address.find((a) => a.dev === link.name);

/** Cards on one network only meet; the NAT card of a VirtualBox VM is on one of its own. */
function meet(a: Holder, b: Holder): boolean {
  if (a.link.vxlan || b.link.vxlan || /^(?:flannel|vxlan)/.test(a.link.name)) return true;
  const [mine, theirs] = [addressOf(a), addressOf(b)];
  return (
    mine !== undefined &&
    theirs !== undefined &&
    mine.address !== theirs.address &&
    subnetHolding([mine], theirs.address) !== undefined
  );
}

/** One machine under two names has all its addresses twice. */
function isOneMachine(a: Host, b: Host): boolean {
  const of = (h: Host): string =>
    nodeAddresses(h.facts.address)
      .map((x) => x.address)
      .sort()
      .join();
  return of(a) === of(b);
}

export default defineRule({
  id: 'link/duplicate-mac',
  since: '0.1.0',
  severity: 'error',
  title: 'Two nodes have one lladdr',
  why:
    'Frames go to the lladdr. On the network between the nodes a switch sends them to whichever of the two spoke last. In a VXLAN a node takes a frame whose source is the lladdr of its own device for a loop and drops it ' +
    '(vxlan_set_mac), so these two nodes cannot talk at all, and the others have one forwarding entry where they need two. Cloned machines have it: systemd makes the lladdr of a virtual device from the machine-id and its name.',
  fix: 'Give the clone a machine-id of its own (`rm /etc/machine-id; systemd-machine-id-setup`), then make the device anew.',
  addresses: 'equal',
  needs: ['link'],
  uses: ['address'],
  onMissing: 'skip',
  causedBy: ['capture/same-node-twice'],
  seeAlso: ['flannel/vtep-mac-mismatch', 'link/duplicate-ip'],
  *check(view: View<Seen>) {
    if (view.hosts.length < 2) {
      yield unknown({ input: 'link', reason: 'not-captured', detail: 'devices of two nodes are needed' });
      return;
    }
    const holders = new Map<string, Holder[]>();
    for (const host of view.hosts)
      for (const link of host.facts.link)
        for (const key of keysOf(host, link)) holders.set(key, [...(holders.get(key) ?? []), { host, link }]);
    for (const all of holders.values()) {
      const [first] = all;
      const others = all.filter(
        (h) => first && h.host.node !== first.host.node && meet(first, h) && !isOneMachine(first.host, h.host),
      );
      const [second] = others;
      if (!first || !second) continue;
      const why = view.notComparable(first.link.at, second.link.at);
      if (why !== undefined) {
        yield unknown({
          node: second.host.node,
          input: `lladdr of ${second.link.name} against that of ${first.host.node}`,
          reason: 'not-comparable',
          detail: why,
        });
        continue;
      }
      const names = [first, ...others].map((h) => h.host.node);
      const isTunnel = first.link.vxlan !== undefined || /^(?:flannel|vxlan)/.test(first.link.name);
      yield finding({
        nodes: [first.host.node, ...others.map((h) => h.host.node)],
        subject: `${first.link.name} ${first.link.lladdr}`,
        message: `${first.link.name} of ${names.slice(0, -1).join(', ')} and ${names.at(-1)} have one lladdr, ${first.link.lladdr}: ${isTunnel ? 'each drops what comes from the other as a loop, and peers tell the two apart no longer' : 'what is for one of them goes to whichever spoke last'}.`,
        evidence: [
          shows(first.link, `on ${first.host.node}`),
          ...others.slice(0, 3).map((h) => shows(h.link, `on ${h.host.node}`)),
        ],
        fix: {
          summary: `give ${second.host.node} a machine-id of its own and make ${second.link.name} anew`,
          commands: [
            'cat /etc/machine-id   # on each of them: are they equal?',
            ...(isTunnel
              ? [`ip link delete ${second.link.name}   # on ${second.host.node}, then restart the CNI there`]
              : []),
          ],
        },
      });
    }
  },
});
