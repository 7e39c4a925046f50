import {
  contains,
  defineRule,
  type EvidenceDraft,
  type ForwardingRole,
  finding,
  forwardingDevices,
  isIpv6Only,
  type NetconfFact,
  ownSubnets,
  parseAddress,
  parsePrefix,
  type StackView,
  shows,
  type View,
} from '#rule';

type Seen = 'netconf' | 'link' | 'address' | 'route' | 'bridge' | 'subnet-env' | 'flannel-log' | 'ping' | 'packet';

const LOST: Readonly<Record<ForwardingRole, string>> = {
  'pod-bridge':
    'packets that arrive from the pods of this node are dropped before any firewall rule sees them, replies to other nodes included',
  'pod-device':
    'packets that arrive from this pod are dropped before any firewall rule sees them, and its gateway no longer answers ARP',
  tunnel: 'packets that peers send through the overlay to the pods of this node are dropped',
  underlay: 'replies to pods that leave the node masqueraded, NodePorts and directly routed pod traffic are dropped',
};

/** Pings from other nodes to pods of this node that got no answer: what the fault looks like from outside. */
function symptoms(view: View<Seen>, host: StackView<Seen>): EvidenceDraft[] {
  const own = ownSubnets(host.facts)
    .map((o) => parsePrefix(o.prefix))
    .filter((p) => p !== undefined && p.length < 32);
  const out: EvidenceDraft[] = [];
  for (const other of view.allHosts) {
    if (other.node === host.node) continue;
    for (const ping of other.facts.ping) {
      const target = parseAddress(ping.address ?? ping.target);
      if (ping.complete && ping.received === 0 && target && own.some((p) => p && contains(p, target)) && out.length < 2)
        out.push(shows(ping, `symptom: ${ping.target} does not answer ${other.node}`));
    }
  }
  return out;
}

/** Reply seen on the device and nowhere else: tcpdump taps ingress before the routing decision drops it. */
function lostReplies(host: StackView<Seen>, dev: string): EvidenceDraft[] {
  const reply = host.facts.packet.find((p) => p.dev === dev && p.icmp?.type === 'echo reply');
  if (!reply) return [];
  const passed = host.facts.packet.some(
    (p) => p.dev !== undefined && p.dev !== dev && p.icmp?.type === 'echo reply' && p.source === reply.source,
  );
  const lookedElsewhere = host.facts.packet.some(
    (p) => p.dev !== undefined && p.dev !== dev && p.icmp?.type === 'echo request',
  );
  return !passed && lookedElsewhere
    ? [shows(reply, `symptom: this reply enters ${dev} and is seen on no other device`)]
    : [];
}

interface Reading {
  readonly off: readonly NetconfFact[];
  /** Captures of one collector run have no order: when they disagree, the setting changed meanwhile. */
  readonly disputed?: NetconfFact;
  readonly before?: NetconfFact;
}

const rank = (view: View<Seen>, f: NetconfFact): number =>
  view.captureOf(f.at)?.command.startsWith('ip-netconf') ? 1 : 0;

/** Every capture's word on one device: the later counts, and those of the same run stand beside it. */
function readings(view: View<Seen>, host: StackView<Seen>, current: NetconfFact): Reading {
  const all = host
    .listings('netconf')
    .flatMap((l) => l.facts)
    .filter((f) => f.family === 4 && f.scope === 'device' && f.dev === current.dev && f.key === 'forwarding');
  const run = view.captureOf(current.at);
  const together = (f: NetconfFact) => {
    const capture = view.captureOf(f.at);
    return capture?.block === run?.block && capture?.commandLine === undefined && run?.commandLine === undefined;
  };
  // The telling form first: one line of `ip netconf` names the device and all its settings.
  const same = all
    .filter((f) => f.value === 0 && (f === current || together(f)))
    .sort((x, y) => rank(view, y) - rank(view, x));
  const disputed = all.find((f) => f.value === 1 && together(f));
  const before = all.findLast((f) => f.value === 1 && f.at < current.at && !together(f));
  return { off: same, ...(disputed && { disputed }), ...(before && { before }) };
}

/** The route that brings packets of pods to the device, when the device's own name does not say it. */
const servedRoute = (host: StackView<Seen>, dev: string) =>
  host.facts.route.find(
    (r) => r.family === 4 && r.table === 'main' && r.nexthops.some((n) => n.dev === dev && n.via === undefined),
  );

export default defineRule({
  id: 'kernel/forwarding-disabled',
  since: '0.1.0',
  severity: 'error',
  title: 'IPv4 forwarding is off on a device that pod packets arrive on',
  why:
    'Linux asks the input device whether it may forward: net.ipv4.conf.<device>.forwarding. With 0 the packet is dropped right after the route lookup, ' +
    "before reverse-path filter and FORWARD chains, and no ICMP error is sent. Packets to the node's own addresses are not forwarded, so pinging cni0 and " +
    'flannel.1 still works. Writing ip_forward=1 sets every device; a device that is set to 0 afterwards stays off while ip_forward still reads 1.',
  fix: 'Turn forwarding on for the device, then find what turned it off (sysctl.d, hardening script, network manager).',
  addresses: 'none',
  needs: ['netconf'],
  uses: ['link', 'address', 'route', 'bridge', 'subnet-env', 'flannel-log', 'ping', 'packet'],
  causedBy: ['kernel/ip-forward-off'],
  seeAlso: ['kernel/ip-forward-off'],
  *check(view) {
    for (const host of view.hosts) {
      // Nobody promised that a machine beside the nodes forwards; what is lost there the walk says.
      if (view.node(host.node)?.beside) continue;
      if (host.absence('address', { family: '4' }).known && isIpv6Only(host.facts.address)) continue;
      const off = host.facts.netconf.filter(
        (n) => n.family === 4 && n.scope === 'device' && n.key === 'forwarding' && n.value === 0,
      );
      if (off.length === 0) continue;
      const devices = new Map(forwardingDevices(host.facts).map((d) => [d.dev, d]));
      for (const setting of off) {
        const device = devices.get(setting.dev);
        if (!device) continue;
        const reading = readings(view, host, setting);
        const route = device.role === 'pod-bridge' ? servedRoute(host, setting.dev) : device.because;
        const surelyUsed =
          device.role !== 'underlay' || device.because?.kind !== 'route' || device.because.prefix !== '0.0.0.0/0';
        yield finding({
          nodes: [host.node],
          subject: setting.dev,
          message: `IPv4 forwarding is off on ${setting.dev} of ${host.node}, expected on: ${LOST[device.role]}.`,
          severity: device.idle || !surelyUsed ? 'warning' : 'error',
          confidence: reading.disputed ? 'likely' : 'certain',
          evidence: [
            shows(reading.off[0] ?? setting, `${setting.dev} does not forward`),
            ...reading.off.slice(1, 2).map((f) => shows(f)),
            ...(route && view.notComparable(route.at, setting.at) === undefined ? [shows(route)] : []),
            ...(reading.disputed ? [shows(reading.disputed, 'another capture of the same run says on')] : []),
            ...(reading.before
              ? [shows(reading.before, 'an earlier capture says on: it was turned off in between')]
              : []),
            ...lostReplies(host, setting.dev),
            ...symptoms(view, host),
          ],
          repair: [{ node: host.node, kind: 'set', key: 'forwarding', dev: setting.dev, value: 1 }],
          fix: {
            summary: `on ${host.node} turn forwarding on for ${setting.dev}, then find what turned it off`,
            commands: [
              `sysctl -w net.ipv4.conf.${setting.dev.replaceAll('.', '/')}.forwarding=1`,
              'grep -rn forwarding /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d',
            ],
          },
        });
      }
    }
  },
});
