import {
  defineRule,
  type EvidenceDraft,
  finding,
  flannelDevice,
  isFlannelVxlan,
  natureOf,
  ownSubnets,
  pairsOf,
  podsLiveElsewhere,
  type StackView,
  shows,
  subnetClaims,
  type View,
} from '#rule';

type Seen =
  | 'link'
  | 'address'
  | 'flannel-lease'
  | 'flannel-config'
  | 'flannel-log'
  | 'node'
  | 'pod'
  | 'route'
  | 'subnet-env';

interface Fault {
  readonly subject: string;
  readonly says: string;
  readonly evidence: EvidenceDraft;
}

/** What says that the node is to have a VXLAN device of flannel: its own lease, or the configuration of all. */
function asked(view: View<Seen>, node: string): EvidenceDraft | undefined {
  const own = view.cluster['flannel-lease'].find(
    (l) => l.source !== 'log' && l.backend === 'vxlan' && l.node !== undefined && view.node(l.node)?.name === node,
  );
  if (own) return shows(own, `the lease of ${node} says vxlan`);
  const config = view.cluster['flannel-config'].find((c) => c.backend === 'vxlan');
  return config && shows(config, "flannel's configuration says vxlan");
}

function faultOf(view: View<Seen>, host: StackView<Seen>): Fault | undefined {
  const device = flannelDevice(host.facts.link);
  if (!device) {
    const wanted = asked(view, host.node);
    if (!wanted || !host.absence('link').known || view.notComparable(wanted.at, host.facts.link[0]?.at ?? wanted.at))
      return undefined;
    return { subject: 'flannel.N', says: 'there is no VXLAN device of flannel', evidence: wanted };
  }
  if (device.flags && !device.flags.includes('UP'))
    return {
      subject: device.name,
      says: `${device.name} is down, and the kernel took its routes away`,
      evidence: shows(device, 'not UP'),
    };
  const bare =
    host.absence('address').known && !host.facts.address.some((a) => a.dev === device.name && a.family === 4);
  return bare
    ? {
        subject: device.name,
        says: `${device.name} has no address, and with it went the routes over it`,
        evidence: shows(device, 'no inet line below it'),
      }
    : undefined;
}

/** The node's subnets as flannel, or whoever grants them, tells; of the device's address alone nobody knows how wide its subnet is. */
function subnetsOf(view: View<Seen>, host: StackView<Seen>): readonly string[] {
  const told = subnetClaims({ nodes: view.nodes, cluster: view.cluster, hosts: [host] })
    .filter((c) => c.node === host.node)
    .map((c) => c.prefix);
  return told.length > 0 ? told : ownSubnets(host.facts).map((o) => o.prefix.replace(/\/32$/, '/16'));
}

export default defineRule({
  id: 'flannel/device-missing-or-down',
  since: '0.1.0',
  severity: 'error',
  title: "flannel's VXLAN device is missing, down or without its address",
  why:
    'All that leaves for pods of other nodes goes through flannel.N. When it is set down, or its address is taken away, the kernel removes the routes and the neighbour entries of the device, and packets follow ' +
    'the default route; what peers send is not taken out of the tunnel. A network manager, a script that "resets" interfaces or a missing kernel module (vxlan) do that; flannel writes the routes again only ' +
    'when it starts, or when a node comes or goes.',
  fix: 'Restart flannel on the node, and keep network managers away from flannel.*.',
  needs: ['link'],
  uses: ['address', 'flannel-lease', 'flannel-config', 'flannel-log', 'node', 'pod', 'route', 'subnet-env'],
  technology: 'flannel',
  seeAlso: ['route/missing-peer-subnet'],
  *check(view) {
    for (const host of view.hosts) {
      const fault = faultOf(view, host);
      if (!fault || podsLiveElsewhere(view, host.node, subnetsOf(view, host))) continue;
      const peers = view.hosts.filter((h) => h !== host && h.facts.link.some((l) => isFlannelVxlan(l.name)));
      const faults = view.paths.losses.filter((l) => natureOf(l) === 'fault');
      const lost = pairsOf(faults).filter(
        (p) =>
          p.src.kind === 'pods' && p.dst.kind === 'pods' && (p.src.node === host.node) !== (p.dst.node === host.node),
      );
      yield finding({
        nodes: [host.node],
        subject: fault.subject,
        message: `On ${host.node} ${fault.says}: pods there and on other nodes do not reach each other.`,
        // A cluster of one node sends nothing there.
        severity: lost.length > 0 || peers.length > 0 ? 'error' : 'warning',
        evidence: [fault.evidence],
        breaks: lost,
        fix: {
          summary: `restart flannel on ${host.node}, which makes device, address and routes again`,
          commands: [
            `kubectl -n kube-flannel delete pod -l app=flannel --field-selector spec.nodeName=${host.node}`,
            `ip -d link show type vxlan   # on ${host.node}`,
          ],
        },
      });
    }
  },
});
