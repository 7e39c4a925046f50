import {
  defineRule,
  type EvidenceDraft,
  type FactChange,
  finding,
  lookUp,
  type NetconfFact,
  type NonEmpty,
  type Pair,
  pairsOf,
  podsByAddress,
  type RouteFact,
  type RuleResult,
  refuses,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'netconf' | 'route' | 'policy-rule' | 'address' | 'neigh' | 'link' | 'pod' | 'node';
type Host = StackView<Seen>;
type Family = 4 | 6;

/** The gateways that Calico's CNI plugin writes into a pod: of IPv4 nobody's address, of IPv6 what the kernel makes of ee:ee:ee:ee:ee:ee. */
const GATEWAY: Readonly<Record<Family, string>> = { 4: '169.254.1.1', 6: 'fe80::ecee:eeff:feee:eeee' };

/** A pod of the node, by the route that leads to it. */
interface Port {
  readonly dev: string;
  readonly family: Family;
  readonly pod: string;
  readonly shown: EvidenceDraft;
}

const isHostRoute = (r: RouteFact): boolean =>
  r.table === 'main' && !r.lookup && r.type === 'unicast' && /\/(?:32|128)$/.test(r.prefix);

/** Devices that a pod is behind. What has no route is a leftover, or just being made. */
function portsOf(view: View<Seen>, host: Host): readonly Port[] {
  const own = host.facts.route.filter(isHostRoute).flatMap((r): Port[] => {
    const dev = r.nexthops.find((n) => n.via === undefined)?.dev ?? '';
    const pod = r.prefix.replace(/\/.*$/, '');
    return /^cali[0-9a-f]{3,11}$/.test(dev) ? [{ dev, family: r.family, pod, shown: shows(r, `pod ${pod}`) }] : [];
  });
  const listed = podsByAddress(view.cluster.pod, view.cluster.node);
  // A device without IPv6 has no route of it either.
  const lost = own.flatMap((port): Port[] => {
    const pod = listed.get(port.pod);
    const six = pod?.ips.find((ip) => ip.includes(':'));
    const isThere = own.some((p) => p.dev === port.dev && p.family === 6);
    return pod && six !== undefined && !isThere
      ? [{ dev: port.dev, family: 6, pod: six, shown: shows(pod, `the pod has ${six}`) }]
      : [];
  });
  return [...own, ...lost].filter((p, i, all) => all.findIndex((o) => o.dev === p.dev && o.family === p.family) === i);
}

const setting = (host: Host, scope: NetconfFact['scope'], dev: string): NetconfFact | undefined =>
  host.facts.netconf.find((n) => n.family === 4 && n.key === 'proxy_arp' && n.scope === scope && n.dev === dev);

/** The pod's own stack, where it was captured. */
const podBehind = (view: View<Seen>, host: Host, dev: string): Host | undefined => {
  const peer = view.paths.peer(host.node, '', dev);
  return peer && view.podStacks.find((s) => s.node === host.node && s.netns === peer.netns);
};

/** Which gateway a pod asks for; undefined: it has an entry that it never asks about (as the VPC CNI of AWS writes). */
function gatewayOf(pod: Host | undefined, family: Family): string | undefined {
  const written = pod?.facts.route.find(
    (r) => r.family === family && r.table === 'main' && /^(?:0\.0\.0\.0|::)\/0$/.test(r.prefix),
  );
  const gateway = written?.nexthops[0]?.via ?? GATEWAY[family];
  return pod?.facts.neigh.some((n) => n.address === gateway && n.state === 'PERMANENT') ? undefined : gateway;
}

/** Does an entry of the node, or an address of its own, answer for the gateway? */
const isSpokenFor = (host: Host, dev: string, gateway: string): boolean =>
  host.facts.neigh.some((n) => n.dev === dev && n.address === gateway && n.flags.includes('proxy')) ||
  host.facts.address.some((a) => a.address === gateway && (a.family === 4 || (a.dev === dev && !isRefused(a.flags))));

const isRefused = (flags: readonly string[]): boolean => flags.includes('dadfailed');

type Reason = 'off' | 'no-route' | 'no-address';

interface Fault {
  readonly port: Port;
  readonly reason: Reason;
  readonly gateway: string;
  readonly evidence: EvidenceDraft;
  /** That the setting of all devices is off too was not captured. */
  readonly partly?: true;
  readonly repair?: FactChange;
}

/** arp_process: asked for what is not its own the kernel answers where proxy_arp (of the device or of all) is on and a route leads elsewhere. */
function inArp(host: Host, port: Port, gateway: string): Fault | RuleResult | undefined {
  const { dev } = port;
  const own = setting(host, 'device', dev);
  if (!own)
    return unknown({ node: host.node, input: 'proxy_arp of cali devices', supply: 'netconf', reason: 'not-captured' });
  const all = setting(host, 'all', '');
  if (own.value === 0 && (all?.value ?? 0) === 0)
    return {
      port,
      reason: 'off',
      gateway,
      evidence: shows(own),
      ...(!all && { partly: true }),
      repair: { node: host.node, kind: 'set', key: 'proxy_arp', dev, value: 1 },
    };
  const found = lookUp(host.facts, gateway, (scope) => host.absence('route', scope), {
    source: port.pod,
    inputDevice: dev,
    mark: 0,
  });
  if (found.kind === 'unknown')
    return unknown({
      node: host.node,
      input: `a route for ${gateway}, without which the node does not answer for it`,
      supply: 'route',
      reason: 'not-captured',
      detail: found.missing,
    });
  if (found.kind === 'route' && refuses(found.route))
    return { port, reason: 'no-route', gateway, evidence: shows(found.route, `what the node has for ${gateway}`) };
  if (found.kind === 'none')
    return { port, reason: 'no-route', gateway, evidence: { at: port.shown.at, note: `no route holds ${gateway}` } };
  return undefined;
}

/** ndisc_recv_ns: the device has the address, or nobody answers. */
function inNdisc(host: Host, port: Port, gateway: string, isWritten: boolean): Fault | RuleResult | undefined {
  const own = host.facts.address.filter((a) => a.dev === port.dev && a.family === 6);
  const usable = own.filter((a) => a.address.startsWith('fe80:') && !isRefused(a.flags));
  // Where the pod was not captured its gateway may be another address of the device.
  if (!isWritten && usable.length > 0) return undefined;
  const listed = host.absence('address', { dev: port.dev });
  if (!listed.known)
    return unknown({
      node: host.node,
      input: `addresses of IPv6 on ${port.dev}`,
      supply: 'address',
      reason: listed.reason,
      ...(listed.detail !== undefined && { detail: listed.detail }),
    });
  const [first] = own;
  const link = host.facts.link.find((l) => l.name === port.dev);
  const evidence = first
    ? shows(first, `what ${port.dev} has of IPv6`)
    : link && shows(link, `no address of IPv6 on ${port.dev}`);
  return { port, reason: 'no-address', gateway, evidence: evidence ?? port.shown };
}

function judge(view: View<Seen>, host: Host, port: Port): Fault | RuleResult | undefined {
  const { dev, family } = port;
  if (isSpokenFor(host, dev, GATEWAY[family]) && family === 4) return undefined;
  const judged = (gateway: string, isWritten: boolean) =>
    family === 4 ? inArp(host, port, gateway) : inNdisc(host, port, gateway, isWritten);
  const isWell = family === 6 && isSpokenFor(host, dev, GATEWAY[6]);
  const first = isWell ? undefined : judged(GATEWAY[family], false);
  if (!first || 'kind' in first) return first;
  // Only now: who is behind a device is the packet walk's to say.
  const pod = podBehind(view, host, dev);
  const gateway = gatewayOf(pod, family);
  if (gateway === undefined || isSpokenFor(host, dev, gateway)) return undefined;
  return judged(gateway, pod !== undefined);
}

const SAYS: Readonly<Record<Reason, (f: Fault, node: string, whose: string, devices: string) => string>> = {
  off: ({ gateway }, node, whose, devices) =>
    `proxy_arp is 0 on ${devices} of ${node}, expected 1: nobody answers when ${whose} asks for its gateway ${gateway}, and nothing that it sends goes out`,
  'no-route': ({ gateway }, node, whose, devices) =>
    `${node} has no route that holds ${gateway}, expected at least a default route: it answers for the gateway of its pods only where one leads there, and ${whose} behind ${devices} asks in vain`,
  'no-address': ({ gateway }, node, whose, devices) =>
    `${devices} of ${node} lacks ${gateway}, expected it as its address of the link: nobody answers when ${whose} asks for its gateway of IPv6, and nothing that it sends over IPv6 goes out`,
};

const COMMANDS: Readonly<Record<Reason, (f: Fault) => readonly string[]>> = {
  off: ({ port }) => [
    `sysctl -w net.ipv4.conf.${port.dev}.proxy_arp=1`,
    'grep -rn proxy_arp /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d',
  ],
  'no-route': ({ gateway }) => [`ip route get ${gateway}`, 'ip route add default via ROUTER'],
  'no-address': ({ port, gateway }) => [
    `sysctl -w net.ipv6.conf.${port.dev}.disable_ipv6=0`,
    `ip address add ${gateway}/64 dev ${port.dev}`,
  ],
};

const SUMMARY: Readonly<Record<Reason, string>> = {
  off: 'let the device answer for the gateway of its pod (felix sets it when it starts), and find what set it to 0',
  'no-route': 'give the node a default route',
  'no-address': 'give the device its address of the link again, or recreate the pod',
};

/** Pairs lost for it: a pod that finds its gateway not. */
function brokenBy(view: View<Seen>, host: Host, faults: readonly Fault[]): readonly Pair[] {
  const netns = new Set(faults.flatMap((f) => view.paths.peer(host.node, '', f.port.dev)?.netns ?? []));
  const [first] = faults;
  return pairsOf(
    view.paths.losses.filter(
      (l) =>
        l.node === host.node &&
        l.step === 'neighbour' &&
        netns.has(l.netns) &&
        l.paths.some((p) => p.pair.src.family === first?.port.family),
    ),
  );
}

function report(view: View<Seen>, host: Host, faults: NonEmpty<Fault>): RuleResult {
  const [first, ...others] = faults;
  const { port, reason } = first;
  const more = others.length === 0 ? '' : ` (and ${others.length} more ${others.length === 1 ? 'device' : 'devices'})`;
  const [repair, ...rest] = faults.flatMap((f) => f.repair ?? []);
  return finding({
    nodes: [host.node],
    subject: reason === 'no-route' ? first.gateway : reason === 'no-address' ? `${port.dev} IPv6` : port.dev,
    message: `${SAYS[reason](first, host.node, `its pod ${port.pod}`, `${port.dev}${more}`)}.`,
    ...(first.partly && { severity: 'warning' as const, confidence: 'likely' as const }),
    evidence: [
      first.evidence,
      ...(first.evidence.at === port.shown.at ? [] : [port.shown]),
      ...others.slice(0, 2).map((f) => f.evidence),
    ],
    breaks: brokenBy(view, host, faults),
    ...(repair && { repair: [repair, ...rest] }),
    fix: { summary: `on ${host.node} ${SUMMARY[reason]}`, commands: COMMANDS[reason](first) },
  });
}

export default defineRule({
  id: 'calico/proxy-arp-off',
  since: '0.1.0',
  severity: 'error',
  title: 'Nobody answers for the gateway of a Calico pod',
  why:
    "A pod of Calico has a gateway that is no machine's: 169.254.1.1. The host end of its veth answers for it because proxy_arp is 1 there; the kernel does so only where a route (the default route as a rule) holds that " +
    'address and does not lead back (arp_process). With 0, or without such a route, the pod finds nobody to send to and waits in vain, while the node sees nothing. Of IPv6 the gateway is fe80::ecee:eeff:feee:eeee, the ' +
    "device's own address, which the kernel makes from ee:ee:ee:ee:ee:ee; where it is gone (disable_ipv6, a flush) IPv6 alone ends.",
  fix: 'Set net.ipv4.conf.cali….proxy_arp=1 again, and take out of sysctl.d what sets it to 0 for all devices; restart calico-node, which sets it for each pod.',
  needs: ['netconf', 'route'],
  uses: ['policy-rule', 'address', 'neigh', 'link', 'pod', 'node'],
  technology: 'calico',
  causedBy: ['route/no-default'],
  seeAlso: ['kernel/forwarding-disabled'],
  *check(view) {
    for (const host of view.hosts) {
      const faults = new Map<Reason, [Fault, ...Fault[]]>();
      const said = new Set<string>();
      for (const port of portsOf(view, host)) {
        const result = judge(view, host, port);
        if (result === undefined) continue;
        if ('kind' in result) {
          // Once for a node: what was not captured is so for all of its pods.
          if (result.kind === 'unknown' && !said.has(result.input)) yield result;
          if (result.kind === 'unknown') said.add(result.input);
          continue;
        }
        const held = faults.get(result.reason);
        if (held) held.push(result);
        else faults.set(result.reason, [result]);
      }
      for (const group of faults.values()) yield report(view, host, group);
    }
  },
});
