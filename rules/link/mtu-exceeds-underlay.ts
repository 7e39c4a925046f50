import {
  defineRule,
  finding,
  isTunnelDevice,
  type LinkFact,
  type Pair,
  type Paths,
  type StackView,
  shows,
} from '#rule';

type Seen = 'link' | 'address' | 'route';

interface Tunnel {
  readonly link: LinkFact;
  readonly kind: string;
  /** Octets that the tunnel adds outside of its own MTU (IPv4 outside). */
  readonly overhead: number;
  readonly lower: LinkFact;
}

/** VXLAN 14 + 8 + 8 + 20, IP-in-IP 20, GRE 24, WireGuard 32 + 8 + 20 (drivers/net, include/net/vxlan.h). */
const OVERHEAD: Readonly<Record<string, number>> = { vxlan: 50, geneve: 50, ipip: 20, gre: 24, wireguard: 60 };

function kindOf(link: LinkFact): string | undefined {
  if (link.vxlan || link.info?.kind === 'vxlan') return 'vxlan';
  const { kind } = link.info ?? {};
  if (kind !== undefined && kind in OVERHEAD) return kind;
  if (link.linkType === 'ipip') return 'ipip';
  if (/^(?:flannel\.\d+|vxlan\.calico)$/.test(link.name)) return 'vxlan';
  return /^(?:flannel-wg|wireguard\.cali)/.test(link.name) ? 'wireguard' : undefined;
}

/** The device that carries the tunnel's packets: named by it, owning its address, or that of the default route. */
function lowerOf({ facts }: StackView<Seen>, tunnel: LinkFact): LinkFact | undefined {
  const local = tunnel.vxlan?.local ?? tunnel.info?.attributes['local'];
  const dev =
    tunnel.vxlan?.dev ??
    facts.address.find((a) => a.address === local)?.dev ??
    facts.route.find((r) => r.table === 'main' && r.prefix === '0.0.0.0/0')?.nexthops[0]?.dev;
  return facts.link.find((l) => l.name === dev && l.name !== tunnel.name);
}

function tunnels(host: StackView<Seen>): readonly Tunnel[] {
  const { link, route } = host.facts;
  return link.flatMap((l) => {
    const kind = kindOf(l);
    const lower = kind === undefined ? undefined : lowerOf(host, l);
    const used =
      route.length === 0 ? isTunnelDevice(l.name) : route.some((r) => r.nexthops.some((n) => n.dev === l.name));
    const overhead = kind === undefined ? undefined : OVERHEAD[kind];
    return kind === undefined || overhead === undefined || !lower || !used ? [] : [{ link: l, kind, overhead, lower }];
  });
}

/** Pods of the node that lose packets of the tunnel's full size without a word, by what its own devices take. */
const stalled = (paths: Paths, node: string, size: number): readonly Pair[] =>
  paths.pairs.filter((pair) => {
    if (pair.src.kind !== 'pods' || pair.dst.kind !== 'pods' || (pair.src.node === node) === (pair.dst.node === node))
      return false;
    const asked = paths.trace({ src: pair.trace.src, dst: pair.trace.dst, proto: 'tcp', port: 80, size, df: true });
    const because = asked.kind === 'trace' && asked.trace.verdict === 'dropped' ? asked.trace.because : undefined;
    return (
      because !== undefined &&
      because.node === node &&
      /octets (?:do not fit|are more than)/.test(because.reason) &&
      because.answer === undefined &&
      because.netns === ''
    );
  });

/** Where the CNI that made the device reads its MTU. */
function configured(dev: string, kind: string, mtu: number): readonly string[] {
  const key = kind === 'ipip' ? 'ipipMTU' : kind === 'wireguard' ? 'wireguardMTU' : 'vxlanMTU';
  const flannel = 'kubectl -n kube-flannel edit configmap kube-flannel-cfg   # flannel: Backend.MTU';
  const calico = `kubectl patch felixconfiguration default --type merge -p '{"spec":{"${key}":${mtu}}}'   # Calico`;
  if (dev.startsWith('flannel')) return [flannel];
  return /cali$|calico$|^tunl0$/.test(dev) ? [calico] : [flannel, calico];
}

export default defineRule({
  id: 'link/mtu-exceeds-underlay',
  since: '0.1.0',
  severity: 'error',
  title: "A tunnel's MTU is larger than the device below it can carry",
  why:
    'A tunnel wraps each packet: VXLAN adds 50 octets, IP-in-IP 20, WireGuard 60. If its MTU is not that much smaller than the MTU of the device below, full packets do not fit. VXLAN lets the kernel cut ' +
    'them in two, which is slow, and which clouds and firewalls often drop; IP-in-IP copies DF, and the packet is lost. Small packets pass, so pings and handshakes work and then TLS or a large answer hangs.',
  fix: "Lower the MTU in the CNI's configuration, and recreate the pods, whose MTU was fixed when they were made.",
  needs: ['link'],
  uses: ['address', 'route'],
  addresses: 'none',
  causedBy: ['link/mtu-mismatch-across-nodes'],
  *check(view) {
    for (const host of view.hosts)
      for (const { link, kind, overhead, lower } of tunnels(host)) {
        if (link.mtu === undefined || lower.mtu === undefined || link.mtu <= lower.mtu - overhead) continue;
        const fits = lower.mtu - overhead;
        const lost = stalled(view.paths, host.node, link.mtu);
        yield finding({
          nodes: [host.node],
          subject: link.name,
          message: `The MTU of ${link.name} on ${host.node} is ${link.mtu}, expected ${fits} at most: ${lower.name} below carries ${lower.mtu}, and ${kind} adds ${overhead}. ${lost.length > 0 ? 'Full packets are lost without a word' : 'Full packets are cut in two on the way, and lost where pieces are dropped'}.`,
          severity: lost.length > 0 ? 'error' : 'warning',
          evidence: [shows(link, `mtu ${link.mtu}`), shows(lower, `carries ${lower.mtu}`)],
          breaks: lost,
          fix: {
            summary: `set the MTU of the overlay to ${fits} in the CNI's configuration (the same on all nodes), then recreate the pods`,
            commands: [
              `ip link set ${link.name} mtu ${fits}   # on ${host.node}, until its daemon starts again`,
              ...configured(link.name, kind, fits),
            ],
          },
        });
      }
  },
});
