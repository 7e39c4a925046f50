import {
  defineRule,
  type EvidenceDraft,
  finding,
  forwardingDevices,
  type NetconfFact,
  type NodeFact,
  pairsOf,
  parsePrefix,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'netconf' | 'link' | 'address' | 'route' | 'bridge' | 'subnet-env' | 'node' | 'pod';

const isIpv6 = (text: string): boolean => parsePrefix(text)?.family === 6;

const nodeOf = (view: View<Seen>, host: StackView<Seen>): NodeFact | undefined =>
  view.cluster.node.find((n) => view.node(n.name)?.name === host.node);

/** What shows that pods of the node have IPv6: nobody else needs it forwarded. */
function ofPods(view: View<Seen>, host: StackView<Seen>): EvidenceDraft | undefined {
  const env = host.facts['subnet-env'].findLast((e) => e.ipv6Subnet !== undefined);
  if (env) return shows(env, `flannel gives the pods of ${host.node} addresses of IPv6`);
  const node = nodeOf(view, host);
  if (node?.podCidrs.some(isIpv6)) return shows(node, `the pods of ${host.node} have a subnet of IPv6`);
  const listed = view.cluster.pod.find(
    (p) =>
      p.hostNetwork !== true && p.node !== undefined && view.node(p.node)?.name === host.node && p.ips.some(isIpv6),
  );
  if (listed) return shows(listed, 'a pod with an address of IPv6');
  const own = view.podStacks
    .filter((s) => s.node === host.node)
    .flatMap((s) => s.facts.address)
    .find((a) => a.family === 6 && a.dev !== 'lo' && (a.scope ?? 'global') === 'global');
  return own && shows(own, 'a pod with an address of IPv6');
}

const setting = (host: StackView<Seen>, scope: NetconfFact['scope'], key: string, dev = ''): NetconfFact | undefined =>
  host.facts.netconf.find(
    (n) => n.family === 6 && n.scope === scope && n.key === key && (scope === 'all' || n.dev === dev),
  );

/** Devices that IPv6 of pods goes through, with what takes it from them. */
function disabled(host: StackView<Seen>): readonly { readonly dev: string; readonly off: NetconfFact }[] {
  const pods = forwardingDevices(host.facts).flatMap((d) => (d.role === 'pod-bridge' ? [d.dev] : []));
  const tunnels = host.facts.link.flatMap((l) => (/^flannel-v6/.test(l.name) ? [l.name] : []));
  return [...new Set([...pods, ...tunnels])].flatMap((dev) => {
    const off = setting(host, 'device', 'disable_ipv6', dev);
    return off?.value === 1 ? [{ dev, off }] : [];
  });
}

export default defineRule({
  id: 'kernel/ipv6-forwarding-off',
  since: '0.1.0',
  severity: 'error',
  title: 'The node does not forward IPv6, and its pods have addresses of it',
  why:
    'Of IPv6 the kernel asks net.ipv6.conf.all.forwarding alone, whatever the devices say (ip6_forward; since Linux 6.17 force_forwarding of a device overrides it). With 0 packets from and to the ' +
    "pods are dropped without a word, while IPv4 works and the node's own addresses answer. disable_ipv6 on the pods' bridge or on the overlay's device takes its addresses and routes away: the " +
    'pods have no gateway, and the node no way to its peers.',
  fix: 'Set net.ipv6.conf.all.forwarding=1 (and accept_ra=2 where the node lives by router advertisements), disable_ipv6=0 on the device, in a file of sysctl.d.',
  addresses: 'none',
  needs: ['netconf'],
  uses: ['link', 'address', 'route', 'bridge', 'subnet-env', 'node', 'pod'],
  seeAlso: ['kernel/ip-forward-off'],
  *check(view) {
    for (const host of view.hosts) {
      const because = ofPods(view, host);
      if (!because) continue;
      const all = setting(host, 'all', 'forwarding');
      if (!all)
        yield unknown({
          node: host.node,
          input: 'sysctl net.ipv6.conf.all.forwarding',
          supply: 'sysctl',
          reason: 'not-captured',
        });
      const losses = view.paths.losses.filter(
        (l) => l.node === host.node && l.by === 'forwarding' && l.paths.some((p) => p.pair.src.family === 6),
      );
      const forced = host.facts.netconf.filter((n) => n.family === 6 && n.key === 'force_forwarding' && n.value === 1);
      if (all?.value === 0)
        yield finding({
          nodes: [host.node],
          subject: 'net.ipv6.conf.all.forwarding',
          message:
            losses.length === 0 && forced.length > 0
              ? `net.ipv6.conf.all.forwarding is 0 on ${host.node}, expected 1: only devices that are forced to (force_forwarding) forward IPv6, and others will not.`
              : `net.ipv6.conf.all.forwarding is 0 on ${host.node}, expected 1: the node forwards no IPv6 to or from its pods.`,
          severity: losses.length === 0 && forced.length > 0 ? 'warning' : 'error',
          evidence: [
            shows(all),
            because,
            ...forced.slice(0, 2).map((n) => shows(n, 'this device is forced to forward')),
          ],
          breaks: pairsOf(losses),
          repair: [{ node: host.node, kind: 'set', family: 6, key: 'forwarding', value: 1 }],
          fix: {
            summary: `on ${host.node} turn IPv6 forwarding on and keep it`,
            commands: [
              'sysctl -w net.ipv6.conf.all.forwarding=1',
              "echo 'net.ipv6.conf.all.forwarding = 1' > /etc/sysctl.d/90-kubernetes-ipv6.conf",
            ],
          },
        });
      for (const { dev, off } of disabled(host))
        yield finding({
          nodes: [host.node],
          subject: dev,
          message: `IPv6 is disabled on ${dev} of ${host.node}, expected enabled: it has neither addresses nor routes of IPv6, and pods that have no IPv6 way out.`,
          evidence: [shows(off), because],
          fix: {
            summary: `on ${host.node} enable IPv6 on ${dev}, then restart the CNI's agent so that it sets addresses and routes again`,
            commands: [
              `sysctl -w net.ipv6.conf.${dev.replaceAll('.', '/')}.disable_ipv6=0`,
              'grep -rn disable_ipv6 /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d',
            ],
          },
        });
    }
  },
});
