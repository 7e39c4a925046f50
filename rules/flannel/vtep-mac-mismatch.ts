import {
  type At,
  defineRule,
  type EvidenceDraft,
  finding,
  flannelDevice,
  overlapping,
  ownSubnets,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'link' | 'address' | 'neigh' | 'fdb' | 'flannel-lease' | 'route' | 'subnet-env' | 'flannel-log';

interface Owner {
  readonly host: StackView<Seen>;
  readonly dev: string;
  readonly mac: string;
  readonly deviceAt: At;
  /** VTEP address, the gateway of the peers' routes. */
  readonly vtep: string;
  readonly family: 4 | 6;
}

interface Claim {
  readonly by: string;
  readonly node?: string;
  readonly mac: string;
  readonly evidence: EvidenceDraft;
}

/** flannel.N carries the IPv4 pod subnet, flannel-v6.N the IPv6 one: each has its MAC, its address and its lease. */
function ownersOf(host: StackView<Seen>): Owner[] {
  return ([4, 6] as const).flatMap((family) => {
    const device = flannelDevice(host.facts.link, family);
    if (device?.lladdr === undefined) return [];
    const address = host.facts.address.find(
      (a) => a.dev === device.name && a.family === family && a.scope !== 'link' && !a.address.startsWith('fe80:'),
    );
    return address
      ? { host, dev: device.name, mac: device.lladdr, deviceAt: device.at, vtep: address.address, family }
      : [];
  });
}

const familyOf = (prefix: string): 4 | 6 => (prefix.includes(':') ? 6 : 4);

/** What the others believe: neighbour entries, the forwarding entries behind them, and the lease. */
function claimsAbout(view: View<Seen>, owner: Owner): Claim[] {
  const out: Claim[] = [];
  for (const peer of view.allHosts) {
    if (peer.node === owner.host.node) continue;
    for (const n of peer.facts.neigh)
      if (n.dev === owner.dev && n.address === owner.vtep && n.lladdr !== undefined)
        out.push({
          by: `${peer.node}'s neighbour entry`,
          node: peer.node,
          mac: n.lladdr,
          evidence: shows(n, `${peer.node} sends to ${n.lladdr}`),
        });
  }
  const kubernetes = view.node(owner.host.node)?.kubernetesName;
  for (const l of view.cluster['flannel-lease'])
    if (
      l.vtepMac !== undefined &&
      l.source !== 'log' &&
      familyOf(l.subnet) === owner.family &&
      (l.subnet.startsWith(`${owner.vtep}/`) || (l.node !== undefined && l.node === kubernetes))
    )
      out.push({ by: 'the lease', mac: l.vtepMac, evidence: shows(l, `the lease says ${l.vtepMac}`) });
  return out;
}

/** Two nodes that hold one subnet have one VTEP address: whose MAC a peer must know is then undefined. */
const ambiguous = (view: View<Seen>, owner: Owner): boolean => {
  const own = owner.family === 4 ? ownSubnets(owner.host.facts).map((o) => o.prefix) : [`${owner.vtep}/128`];
  const holds = (prefix: string) => own.some((p) => overlapping(p, prefix));
  const kubernetes = view.node(owner.host.node)?.kubernetesName ?? owner.host.node;
  return (
    view.allHosts.some((h) => h.node !== owner.host.node && ownSubnets(h.facts).some((o) => holds(o.prefix))) ||
    // The other one need not be captured: its lease names it.
    view.cluster['flannel-lease'].some((l) => l.node !== undefined && l.node !== kubernetes && holds(l.subnet))
  );
};

export default defineRule({
  id: 'flannel/vtep-mac-mismatch',
  since: '0.1.0',
  severity: 'error',
  title: 'Peers know a VTEP by another MAC than its device has',
  why:
    "flannel publishes the MAC of flannel.N in the node's lease, and peers write it into permanent neighbour and forwarding entries. When the device gets another MAC afterwards " +
    "(udev's MACAddressPolicy, a recreated device, NetworkManager), frames arrive with the old one as inner destination and the IP stack drops them as addressed to another host.",
  fix: 'Restart flannel on the node whose MAC changed. For good: a systemd .link file with MACAddressPolicy=none for flannel*, or a flannel that fixes the MAC itself.',
  addresses: 'equal',
  needs: ['link', ['neigh', 'flannel-lease']],
  uses: ['address', 'neigh', 'fdb', 'flannel-lease', 'route', 'subnet-env', 'flannel-log'],
  technology: 'flannel',
  seeAlso: ['flannel/missing-fdb-or-neigh', 'flannel/fdb-wrong-dst'],
  *check(view) {
    for (const owner of view.allHosts.flatMap(ownersOf)) {
      const { host } = owner;
      if (ambiguous(view, owner)) continue;
      const wrong: Claim[] = [];
      const right: Claim[] = [];
      for (const claim of claimsAbout(view, owner)) {
        const why = claim.mac === owner.mac ? undefined : view.notComparable(owner.deviceAt, claim.evidence.at);
        if (why !== undefined)
          yield unknown({
            node: host.node,
            input: `link ${owner.dev} against ${claim.by}`,
            reason: 'not-comparable',
            detail: why,
            at: claim.evidence.at,
          });
        else (claim.mac === owner.mac ? right : wrong).push(claim);
      }
      const [first, ...rest] = wrong;
      if (!first) continue;
      // Someone agrees with the device: then the others are stale, and the fault is theirs.
      const stale = right.length > 0 ? wrong.flatMap((c) => c.node ?? []) : [];
      const blamed = stale[0] ?? host.node;
      const nodes = [...new Set([blamed, ...stale, host.node])].filter((n) => stale.length > 0 || n === host.node);
      const [node = host.node, ...others] = nodes;
      yield finding({
        nodes: [node, ...others],
        subject: `${owner.dev} of ${host.node}`,
        message: `${owner.dev} of ${host.node} has MAC ${owner.mac}, but ${[...new Set(wrong.map((c) => c.by))].join(' and ')} ${wrong.length === 1 ? 'says' : 'say'} ${first.mac}: overlay packets to ${host.node} are dropped as addressed to another host.`,
        evidence: [
          { at: owner.deviceAt, note: `the device has ${owner.mac}` },
          first.evidence,
          ...rest.map((c) => c.evidence),
          ...right.map((c) => c.evidence),
        ],
        fix: {
          summary: `restart flannel on ${blamed}, so that ${stale.length > 0 ? 'it learns the present MAC' : 'it publishes the MAC that its device has'}`,
          commands: [`kubectl -n kube-flannel delete pod -l app=flannel --field-selector spec.nodeName=${blamed}`],
        },
      });
    }
  },
});
