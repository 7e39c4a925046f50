import {
  type AddressFact,
  captureAt,
  defineRule,
  type EvidenceDraft,
  finding,
  isVirtualBoxNat,
  isVirtualDevice,
  type LinkFact,
  type NonEmpty,
  pairsOf,
  type RuleResult,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'link' | 'address' | 'node' | 'flannel-lease';
type Host = StackView<Seen>;

interface Claim {
  readonly ip: string;
  readonly shown: EvidenceDraft;
  /** The tunnel that sends from the address: the kernel wants it to be one of the node's own. */
  readonly tunnel?: LinkFact;
}

/** Addresses that others reach the node by, each once, what it sends from itself first. */
function claimsOf(view: View<Seen>, host: Host): readonly Claim[] {
  const { node } = host;
  const all: readonly Claim[] = [
    ...host.facts.link.flatMap((l): Claim[] => {
      const ip = l.vxlan?.local;
      return ip === undefined ? [] : [{ ip, shown: shows(l, `${l.name} sends from ${ip}`), tunnel: l }];
    }),
    ...view.cluster['flannel-lease'].flatMap((l): Claim[] =>
      l.source !== 'log' && l.publicIp !== undefined && l.node !== undefined && view.node(l.node)?.name === node
        ? [{ ip: l.publicIp, shown: shows(l, `${node} is registered with ${l.publicIp}`) }]
        : [],
    ),
    ...view.cluster.node.flatMap((n): Claim[] =>
      view.node(n.name)?.name === node
        ? n.internalIps.map((ip) => ({ ip, shown: shows(n, `${ip} is the InternalIP of ${n.name}`) }))
        : [],
    ),
  ];
  return all.filter((c, i) => !isVirtualBoxNat(c.ip) && all.findIndex((o) => o.ip === c.ip) === i);
}

type State = 'down' | 'no-carrier';

function stateOf(link: LinkFact): State | undefined {
  if (!link.flags) return undefined;
  if (!link.flags.includes('UP')) return 'down';
  return link.flags.includes('NO-CARRIER') || link.flags.includes('M-DOWN') || link.state === 'LOWERLAYERDOWN'
    ? 'no-carrier'
    : undefined;
}

function onDevice(view: View<Seen>, host: Host, claim: Claim, address: AddressFact): RuleResult | undefined {
  const link = host.facts.link.find((l) => l.name === address.dev);
  const state = link && stateOf(link);
  if (!link || !state) return undefined;
  const why = view.notComparable(link.at, claim.shown.at);
  if (why !== undefined)
    return unknown({
      node: host.node,
      input: `${link.name} and who uses its address`,
      reason: 'not-comparable',
      detail: why,
    });
  const evidence: NonEmpty<EvidenceDraft> = [
    shows(link, state === 'down' ? 'not UP' : 'no carrier'),
    shows(address, `on ${link.name}`),
    claim.shown,
  ];
  return finding({
    nodes: [host.node],
    subject: link.name,
    message: `${link.name} of ${host.node}, which has ${claim.ip}, ${state === 'down' ? 'is down, expected up' : 'has no carrier, expected one'}: the other nodes reach ${host.node} by that address, and neither it nor its pods are there for them.`,
    evidence,
    breaks: pairsOf(
      view.paths.losses.filter(
        (l) =>
          (l.node === host.node && l.device === link.name && l.step !== 'mtu' && l.hook === undefined) ||
          l.evidence.includes(link.at),
      ),
    ),
    fix: {
      summary:
        state === 'down'
          ? `on ${host.node} set ${link.name} up, and find who set it down`
          : `look after the cable, the switch port or the virtual card of ${link.name} on ${host.node}`,
      commands:
        state === 'down'
          ? [`ip link set dev ${link.name} up`]
          : [`ip -s link show dev ${link.name}`, `ethtool ${link.name}`],
    },
  });
}

/** A tunnel that sends from an address which the node no longer has gets no route for its packets (vxlan_xmit_one: EINVAL). */
function gone(view: View<Seen>, host: Host, { ip, tunnel }: Claim): RuleResult | undefined {
  if (!tunnel) return undefined;
  const listed = host.absence('address');
  if (!listed.known)
    return unknown({
      node: host.node,
      input: `whether ${ip}, from which ${tunnel.name} sends, is on a device`,
      supply: 'address',
      reason: listed.reason,
      ...(listed.detail !== undefined && { detail: listed.detail }),
    });
  if (view.notComparable(tunnel.at, captureAt(listed.capture)) !== undefined) return undefined;
  const own = host.facts.address.find((a) => a.family === (ip.includes(':') ? 6 : 4) && a.dev === tunnel.vxlan?.dev);
  return finding({
    nodes: [host.node],
    subject: ip,
    message: `${ip}, from which ${tunnel.name} of ${host.node} sends, is on no device of it, expected on ${tunnel.vxlan?.dev ?? 'the one below'}: nothing leaves by the tunnel${own ? `; ${own.dev} has ${own.address}` : ''}.`,
    evidence: [shows(tunnel, `local ${ip}`), own ? shows(own, 'another address') : { at: captureAt(listed.capture) }],
    breaks: pairsOf(
      view.paths.losses.filter((l) => l.node === host.node && l.reason.startsWith(`${ip} is no address`)),
    ),
    fix: {
      summary: `on ${host.node} give ${ip} back to its device, or restart the CNI's agent, which makes the tunnel anew and tells the others`,
      commands: [`ip address show`, `ip -d link show dev ${tunnel.name}`],
    },
  });
}

export default defineRule({
  id: 'link/underlay-down',
  since: '0.1.0',
  severity: 'error',
  title: 'The device or the address by which other nodes reach the node is gone',
  why:
    "Whatever the overlay, between nodes packets go to one address of each: its InternalIP, flannel's PublicIP, the local address of its VXLAN device. When the device that has it is down or has no carrier, or the address itself went (an expired " +
    'lease of DHCP, another address after a start), the node and all of its pods are cut off, while what is on the node works, and captures taken through another network or a console look sound.',
  fix: 'Bring the device up; where the address changed, restart the CNI on the node and correct what is registered of it.',
  needs: ['link', 'address'],
  uses: ['node', 'flannel-lease'],
  seeAlso: ['link/duplicate-ip', 'flannel/wrong-interface'],
  *check(view) {
    for (const host of view.hosts) {
      if (view.node(host.node)?.beside) continue;
      const told = new Set<string>();
      for (const claim of claimsOf(view, host)) {
        const address = host.facts.address.find((a) => a.address === claim.ip);
        if (address && (isVirtualDevice(address.dev) || told.has(address.dev))) continue;
        const result = address ? onDevice(view, host, claim, address) : gone(view, host, claim);
        if (!result) continue;
        if (address) told.add(address.dev);
        yield result;
      }
    }
  },
});
