import {
  clusterEnds,
  covers,
  defineRule,
  finding,
  isPodBridgeName,
  isRoutedPodDevice,
  type Sighting,
  shows,
  sightingsOf,
} from '#rule';

export default defineRule({
  id: 'trace/request-not-delivered',
  since: '0.1.0',
  severity: 'error',
  title: 'A request reaches the node and not its pod',
  why:
    'A request that was seen on the tunnel or NIC of the node where its pod lives, and not on the bridge or device of the pods, was dropped between the two: the tunnel does not forward, its reverse-path ' +
    'filter refuses it, FORWARD drops it, or the frame inside the tunnel has another MAC than the device.',
  fix: 'Look at forwarding and rp_filter of the device that it enters by, at FORWARD, and at the MAC of the tunnel.',
  needs: ['packet'],
  uses: [
    'packet-capture',
    'address',
    'link',
    'route',
    'subnet-env',
    'flannel-log',
    'flannel-lease',
    'node',
    'pod',
    'service',
  ],
  onMissing: 'skip',
  causedBy: [
    'kernel/ip-forward-off',
    'kernel/forwarding-disabled',
    'kernel/rp-filter-drop',
    'iptables/forward-drop',
    'iptables/reject-before-cni',
    'flannel/vtep-mac-mismatch',
    'flannel/subnet-overlap',
    'route/blackhole-remote-pods',
    'trace/path-lost',
  ],
  *check(view) {
    const endOf = clusterEnds({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts, pods: view.podStacks });
    for (const host of view.hosts) {
      const { packet, 'packet-capture': captures } = host.facts;
      const all = sightingsOf(packet).filter((s) => s.packet.dev !== undefined && s.packet.dev !== 'any');
      const inner = new Set(
        captures.flatMap((c) =>
          c.dev !== undefined && (isPodBridgeName(c.dev) || isRoutedPodDevice(c.dev)) ? [c.dev] : [],
        ),
      );
      const isInner = (s: Sighting) => inner.has(s.packet.dev ?? '');
      const told = new Set<string>();
      for (const request of all) {
        const end = endOf(request.to);
        if (request.role !== 'request' || isInner(request) || end?.kind !== 'pod' || end.node !== host.node) continue;
        const dev = [...inner].find((d) => isPodBridgeName(d) && covers(captures, d, [request.from, request.to]));
        if (dev === undefined || told.has(request.to)) continue;
        if (all.some((s) => isInner(s) && s.to === request.to)) continue;
        const capture = covers(captures, dev, [request.from, request.to]);
        if (!capture) continue;
        told.add(request.to);
        yield finding({
          nodes: [host.node],
          subject: `${request.to} from ${request.packet.dev} to ${dev}`,
          message: `The request of ${request.from} for ${request.to} (${end.name}) is seen on ${request.packet.dev} of ${host.node} and never on ${dev}: it is dropped inside ${host.node}.`,
          // Two runs of tcpdump: the one on the bridge may have ended before the request came.
          confidence:
            request.packet.clock !== undefined && (capture.last ?? 0) >= request.packet.clock ? 'certain' : 'likely',
          evidence: [
            shows(request.packet, `the request, on ${request.packet.dev}`),
            shows(capture, `nothing of it in this capture of ${dev}`),
          ],
          fix: {
            summary: `on ${host.node} see why what enters by ${request.packet.dev} is not forwarded to ${dev}`,
            commands: [
              `sysctl net.ipv4.conf.${request.packet.dev?.replaceAll('.', '/')}.forwarding net.ipv4.conf.${request.packet.dev?.replaceAll('.', '/')}.rp_filter`,
              'iptables -nvL FORWARD',
              `ip route get ${request.to} from ${request.from} iif ${request.packet.dev}`,
            ],
          },
        });
      }
    }
  },
});
