import {
  type At,
  capturedName,
  defineRule,
  type FdbFact,
  finding,
  flannelDevice,
  isFlannelVxlan,
  nodeAddresses,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'fdb' | 'link' | 'address' | 'flannel-lease' | 'flannel-log' | 'node' | 'neigh';

interface Vtep {
  readonly node: string;
  readonly addresses: ReadonlySet<string>;
  /** The line that says which address it should be. */
  readonly at: At;
  readonly expected: string;
}

/** Cloned machines share a MAC: then one entry must serve two nodes, and neither address is wrong. */
const isShared = (view: View<Seen>, mac: string): boolean =>
  view.allHosts.filter((h) => flannelDevice(h.facts.link)?.lladdr === mac).length > 1;

/** Who has that VTEP MAC, and at which addresses may peers reach it? Devices first, then leases. */
function vtepOf(view: View<Seen>, mac: string): Vtep | undefined {
  if (isShared(view, mac)) return undefined;
  for (const host of view.allHosts) {
    const device = flannelDevice(host.facts.link);
    if (device?.lladdr !== mac) continue;
    const own = nodeAddresses(host.facts.address);
    const lease = leaseOf(view, mac);
    const addresses = new Set([
      ...own.map((a) => a.address),
      ...(lease?.publicIp === undefined ? [] : [lease.publicIp]),
      ...externalAddresses(view, host.node),
      ...published(host),
    ]);
    const expected = device.vxlan?.local ?? lease?.publicIp ?? own[0]?.address;
    return expected === undefined || addresses.size === 0
      ? undefined
      : { node: host.node, addresses, at: device.at, expected };
  }
  const lease = leaseOf(view, mac);
  if (lease?.publicIp === undefined) return undefined;
  const node = lease.node === undefined ? lease.subnet : capturedName(view.nodes, lease.node);
  const captured = view.allHosts.find((h) => h.node === node);
  return {
    node,
    addresses: new Set([
      lease.publicIp,
      ...externalAddresses(view, node),
      ...(captured ? nodeAddresses(captured.facts.address).map((a) => a.address) : []),
    ]),
    at: lease.at,
    expected: lease.publicIp,
  };
}

const leaseOf = (view: View<Seen>, mac: string) => view.cluster['flannel-lease'].findLast((l) => l.vtepMac === mac);

/** What the node's own flannel said it publishes: peers that send there do as they were told, right or wrong. */
const published = (host: StackView<Seen>): string[] =>
  host.facts['flannel-log'].flatMap((l) => (l.event.kind === 'external-address' ? [l.event.address] : []));

const externalAddresses = (view: View<Seen>, node: string): string[] =>
  view.cluster.node
    .filter((n) => capturedName(view.nodes, n.name) === node)
    .flatMap((n) => [...n.internalIps, ...n.externalIps]);

const isOwn = (host: StackView<Seen>, entry: FdbFact): boolean =>
  host.facts.address.some((a) => a.address === entry.dst);

export default defineRule({
  id: 'flannel/fdb-wrong-dst',
  since: '0.1.0',
  severity: 'error',
  title: 'A forwarding entry sends overlay traffic to the wrong node',
  why:
    "The forwarding database of flannel.N gives each peer's VTEP MAC the address of the node to send to. If that address is not the peer's, the packets arrive at a stranger or nowhere. " +
    "If it is the node's own address, the kernel hands the packet back to its own device without ever putting it on the wire (vxlan's local bypass).",
  fix: 'Correct the address that the peer registers, then restart flannel on both nodes.',
  addresses: 'equal',
  needs: ['fdb'],
  uses: ['link', 'address', 'flannel-lease', 'flannel-log', 'node', 'neigh'],
  technology: 'flannel',
  causedBy: [
    'link/duplicate-ip',
    'flannel/duplicate-public-ip',
    'flannel/wrong-interface',
    'flannel/vxlan-local-not-on-node',
  ],
  seeAlso: ['flannel/wrong-interface', 'flannel/duplicate-public-ip'],
  *check(view) {
    for (const host of view.hosts) {
      const own: FdbFact[] = [];
      for (const entry of host.facts.fdb) {
        if (entry.dst === undefined || !isFlannelVxlan(entry.dev) || entry.lladdr === '00:00:00:00:00:00') continue;
        if (isOwn(host, entry)) {
          own.push(entry);
          continue;
        }
        const vtep = vtepOf(view, entry.lladdr);
        if (!vtep || vtep.addresses.has(entry.dst)) continue;
        const why = view.notComparable(entry.at, vtep.at);
        if (why !== undefined) {
          yield unknown({
            node: host.node,
            input: `fdb on ${entry.dev}`,
            reason: 'not-comparable',
            detail: why,
            at: entry.at,
          });
          continue;
        }
        yield finding({
          nodes: [host.node],
          subject: entry.lladdr,
          message: `${host.node} sends overlay traffic for ${vtep.node} to ${entry.dst}, expected ${vtep.expected}.`,
          evidence: [shows(entry), { at: vtep.at, note: `${vtep.node} is reached at ${vtep.expected}` }],
          fix: {
            summary: `restart flannel on ${vtep.node} and ${host.node}`,
            commands: ['kubectl -n kube-flannel delete pod -l app=flannel'],
          },
        });
      }
      const [first, ...rest] = own;
      if (first)
        yield finding({
          nodes: [host.node],
          subject: `${first.dev} to itself`,
          message: `${host.node} sends overlay traffic for ${own.length === 1 ? 'a peer' : `${own.length} peers`} to ${first.dst}, its own address: the packets never leave the node.`,
          evidence: [
            shows(first),
            ...rest.map((e) => shows(e)),
            ...host.facts.address.filter((a) => a.address === first.dst).map((a) => shows(a, 'its own address')),
          ],
          fix: {
            summary: `make flannel on the peers register the address of the right interface (--iface)`,
            commands: [],
          },
        });
    }
  },
});
