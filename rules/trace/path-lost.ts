import {
  type AddressFact,
  type CauseDraft,
  deadEndProof,
  decidedBy,
  defineRule,
  type EvidenceDraft,
  finding,
  forgets,
  gatewayRepair,
  hostOf,
  type Loss,
  linesOf,
  mayPass,
  type NonEmpty,
  natureOf,
  nodesOf,
  openQuestions,
  type Paths,
  pairsOf,
  proofOf,
  remedyOf,
  type Step,
  severityOf,
  shows,
  stopsPingsOnly,
  traceCommand,
  unknown,
  untrackedBy,
  type View,
  waysOf,
} from '#rule';

const OVERLAY = [
  'flannel/device-missing-or-down',
  'flannel/vni-or-port-mismatch',
  'flannel/wrong-interface',
  'flannel/duplicate-public-ip',
  'flannel/fdb-wrong-dst',
  'flannel/missing-fdb-or-neigh',
  'flannel/network-config-mismatch',
  'flannel/subnet-env-mismatch',
  'flannel/subnet-overlap',
  'flannel/vtep-mac-mismatch',
  'calico/tunnel-down-or-no-ip',
  'calico/wrong-node-ip',
  'iptables/input-blocks-overlay',
  'link/vni-or-port-mismatch',
  'link/duplicate-mac',
] as const;

/** Faults of a node as a whole: packets are lost in many ways for them. */
const OF_NODE = [
  'kernel/conntrack-timeout-zero',
  'link/duplicate-ip',
  'link/underlay-down',
  'bridge/pod-bridge-missing-or-down',
] as const;

const ROUTES = [
  'route/missing-peer-subnet',
  'route/wrong-device-or-gateway',
  'route/subnet-overlap',
  'route/blackhole-remote-pods',
  'route/pod-cidr-twice',
  'route/pod-without-route',
  'route/policy-routing-hijack',
  'route/shadowed-or-duplicate',
  'calico/bgp-not-established',
  'calico/missing-bird-routes',
  'calico/tunnel-down-or-no-ip',
  'calico/wrong-node-ip',
  'flannel/subnet-overlap',
  'flannel/network-config-mismatch',
] as const;

/** What these find ends packets on the very node: nothing that is lost on another one is their doing. */
const DECIDES_AT_ONCE: ReadonlySet<string> = new Set([
  'route/blackhole-remote-pods',
  'route/no-default',
  'route/pod-without-route',
]);

/** Rules that know causes of a loss in such a place, beside those that show a line of the way. */
function knownCauses(loss: Loss): readonly string[] {
  const ofNode = [
    ...(loss.hook === undefined && loss.by !== 'ipsec' ? OF_NODE : []),
    ...(loss.reason.startsWith('no route to ') ? ['route/no-default'] : []),
  ];
  if (loss.paths.some((p) => p.unserved))
    return ['kube-proxy/not-programmed', 'kube-proxy/nodes-disagree', ...causesOfPlace(loss), ...ofNode];
  const translated = loss.paths.some(({ outcome }) =>
    outcome.legs.some((l) => l.direction === 'request' && l.steps.some((s) => s.translates?.side === 'dst')),
  );
  return [
    ...causesOfPlace(loss),
    ...ofNode,
    ...(loss.paths.some((p) => p.pair.src.family === 6) ? ['kernel/ipv6-forwarding-off'] : []),
    'route/asymmetric-path',
    // A source that stayed where kube-proxy ought to have replaced it.
    ...(translated ? ['kube-proxy/masquerade-broken', 'kube-proxy/cluster-cidr-mismatch'] : []),
  ];
}

function causesOfPlace(loss: Loss): readonly string[] {
  if (loss.by === 'forwarding') return ['kernel/ip-forward-off', 'kernel/forwarding-disabled'];
  if (loss.hook !== undefined || loss.by === 'ipsec') return [];
  switch (loss.step) {
    case 'wire':
    case 'route':
    case 'transmit':
      return loss.by === 'martian-source' ? OVERLAY : [...ROUTES, 'flannel/subnet-env-mismatch'];
    case 'neighbour':
      return [
        ...OVERLAY,
        ...ROUTES,
        'kernel/neigh-table-overflow',
        'neigh/peer-failed',
        'neigh/peer-mac-conflict',
        'bridge/port-not-forwarding',
        'bridge/veth-not-enslaved',
        'bridge/vlan-filtering-or-isolation',
        // A device that does not forward answers no ARP for others (arp_process, proxy_arp): the pod's gateway is silent.
        ...(loss.netns === '' ? [] : ['kernel/forwarding-disabled', 'kernel/ip-forward-off', 'calico/proxy-arp-off']),
      ];
    case 'deliver':
      return ['kernel/bridge-nf-call-iptables-off', 'iptables/unexpected-snat', ...OVERLAY, ...ROUTES];
    case 'mtu':
      return ['link/mtu-exceeds-underlay'];
    // What a bridge does with a frame hangs on its own ports.
    case 'bridge':
      return [];
    default:
      return [...OVERLAY, ...ROUTES];
  }
}

const oncePerLine = (all: readonly EvidenceDraft[]): readonly EvidenceDraft[] =>
  all.filter((e, i) => all.findIndex((other) => other.at === e.at) === i);

/** Addresses and pods change from one capture to the next, the place does not. */
const placeOf = (loss: Loss): string =>
  [
    loss.netns === '' ? '' : `${loss.netns}:`,
    loss.hook === undefined ? (loss.by ?? loss.step) : loss.hook.toUpperCase(),
    loss.device === undefined ? '' : `on ${loss.device}`,
    loss.hook === undefined ? '' : loss.reason.replace(/^[^:]*: /, ''),
  ]
    .filter((s) => s !== '')
    .join(' ');

/** The rule that keeps conntrack from knowing a connection, where packets are lost for that. */
const exceptionOf = (loss: Loss): Step | undefined =>
  loss.step === 'deliver' ||
  loss.step === 'wire' ||
  /INVALID|invalid/.test(loss.reason) ||
  // Of a flow that is not tracked no address is translated.
  loss.paths.some((p) => p.unserved)
    ? untrackedBy(loss)
    : undefined;

/** The line of a rule that keeps a neighbour's question or answer away, or a connection from conntrack: all that is lost for one line has one cause. */
const keptBy = (loss: Loss): string | undefined => {
  const exception = exceptionOf(loss);
  if (exception) return exception.at.join();
  return loss.step === 'neighbour' && /^nobody answers for \S+ on \S+ \([\w ]+\): /.test(loss.reason)
    ? loss.evidence.slice(0, 1).join()
    : undefined;
};

function byPlace(losses: readonly Loss[]): readonly NonEmpty<Loss>[] {
  const groups = new Map<string, [Loss, ...Loss[]]>();
  const lines = new Map<string, string>();
  const put = (key: string, loss: Loss): void => {
    const held = groups.get(key);
    if (held) held.push(loss);
    else groups.set(key, [loss]);
  };
  for (const loss of losses.filter((l) => keptBy(l) === undefined)) {
    const key = `${loss.node} ${placeOf(loss)}`;
    if (loss.hook !== undefined) lines.set(loss.evidence.slice(0, 1).join(), key);
    put(key, loss);
  }
  for (const loss of losses) {
    const line = keptBy(loss);
    if (line !== undefined) put(lines.get(line) ?? `line ${line}`, loss);
  }
  return [...groups.values()];
}

function consequence(loss: Loss): string {
  if (loss.answer === undefined) return 'the sender hears nothing';
  return /^E[A-Z]+$/.test(loss.answer) ? `the sender gets ${loss.answer}` : `the sender gets "${loss.answer}"`;
}

/** A network of which an address with its whole mask on a wrong device (lo) made every address the node's own. */
function ownNetwork(view: View<'route'>, loss: Loss): string {
  const step = loss.paths[0].outcome.legs
    .flatMap((l) => l.steps)
    .findLast((s) => s.kind === 'route' && s.node === loss.node && s.netns === loss.netns);
  const host = view.allHosts.find((h) => h.node === loss.node);
  const route = loss.netns === '' ? host?.facts.route.find((r) => step?.at.includes(r.at)) : undefined;
  if (route?.type !== 'local' || hostOf(route.prefix) !== undefined || /^127\./.test(route.prefix)) return '';
  return ` (all of ${route.prefix} is local to ${loss.node}: an address of ${route.nexthops[0]?.dev ?? 'lo'} has that mask)`;
}

/** What the reason alone does not tell. */
function meaning(view: View<'route'>, loss: Loss): string {
  const own = ownNetwork(view, loss);
  if (own !== '') return own;
  const exception = exceptionOf(loss);
  if (exception)
    return ` (conntrack of ${exception.node} does not see the connection as one, by ${exception.untracks})`;
  if (/ctstate INVALID|ct state (?:==? )?invalid/.test(loss.reason))
    return ' (conntrack of this node never saw how the connection began: its two directions take different ways)';
  const [{ pair }] = loss.paths;
  const astray = loss.paths.find((p) => p.astray !== undefined);
  if (astray)
    return ` (it is for pod ${astray.astray}, whose address ${astray.outcome.endpoint} ${loss.node} takes for its own)`;
  // Of the machines beside the nodes one that is captured has its own name.
  const outside = loss.paths.map((p) => p.pair.src).find((s) => s.kind === 'outside' && s.node === undefined);
  if (outside && loss.reason.split(/[ :]/).includes(outside.end))
    return ` (${outside.end} is free there, and stands for any host outside)`;
  const service = pair.dst.kind === 'service' || pair.dst.kind === 'dns' || pair.dst.kind === 'api';
  return service && loss.reason.startsWith(`${pair.trace.dst} leaves by`)
    ? ` (no rule of kube-proxy on ${loss.node} translates ${pair.dst.name})`
    : '';
}

function messageOf(view: View<'route'>, group: NonEmpty<Loss>, paths: Paths): string {
  const [first] = group;
  const where = first.netns === '' ? first.node : `pod ${first.netns} on ${first.node}`;
  const others = new Set(group.slice(1).flatMap((l) => (l.reason === first.reason ? [] : [l.reason]))).size;
  const also = others === 0 ? '' : ` (and ${others} more like it)`;
  return `${where} loses ${waysOf(group).replace(/ \(and .*/, '')}: ${first.reason}${meaning(view, first)}${also}; ${pairsOf(group).length} of ${paths.pairs.length} paths lose packets there, and ${consequence(first)}.`;
}

/** A timeout of 0, by which conntrack forgot the flow of what was lost. */
const forgottenBy = (loss: Loss): readonly EvidenceDraft[] =>
  loss.paths.slice(0, 1).flatMap(({ outcome }) => {
    const step = outcome.legs.flatMap((l) => l.steps).find(forgets);
    const [at] = step?.at ?? [];
    return step && at !== undefined ? [{ at, note: step.says }] : [];
  });

const exceptionsOf = (loss: Loss): readonly EvidenceDraft[] =>
  (exceptionOf(loss)?.at ?? []).map((at) => ({ at, note: 'conntrack does not see these packets as one connection' }));

/** Have pods or services addresses of IPv6, as their objects, their own stacks or the bridges of nodes tell? */
function hasIpv6({ cluster, podStacks, allHosts }: View<'pod' | 'service' | 'address'>): boolean {
  const isGlobal = (a: AddressFact): boolean => a.family === 6 && (a.scope ?? 'global') === 'global';
  return (
    [...cluster.pod.flatMap((p) => p.ips), ...cluster.service.flatMap((s) => s.clusterIps)].some((ip) =>
      ip.includes(':'),
    ) ||
    podStacks.some((s) => s.facts.address.some(isGlobal)) ||
    allHosts.some((h) => h.facts.address.some((a) => /^(?:cni0|cbr0|flannel-v6)/.test(a.dev) && isGlobal(a)))
  );
}

export default defineRule({
  id: 'trace/path-lost',
  since: '0.1.0',
  severity: 'error',
  title: 'Packets are lost on a way that Kubernetes promises',
  why:
    'The configuration of all nodes is walked as their kernels would: routes, rules, neighbour tables, tunnels, bridges and firewalls, there and back, between the pods and nodes, and to each ' +
    'service. Where packets end that should arrive, this finding names the place and the line that decides it. Rules that know the fault by name stand above it; where none does, it stands alone.',
  fix: 'Look at the walk with `dumplint trace`, and correct the line that decides it.',
  needs: [['address', 'link']],
  uses: ['route', 'neigh', 'iptables-table', 'pod', 'service'],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(paths);
    const isAsked = paths.pairs.some(({ src, dst }) => src.family === 6 && src.kind === 'pods' && dst.kind === 'pods');
    if (paths.pairs.length > 0 && hasIpv6(view) && !isAsked)
      yield unknown({
        input: 'IPv6 between pods',
        supply: 'pod',
        reason: 'not-captured',
        detail: "no two pods' addresses of IPv6 are known",
      });
    const lost = paths.losses.filter(
      (l) => l.node !== '' && view.node(l.node) && /^(?:fault|unserved)$/.test(natureOf(l)),
    );
    for (const group of byPlace(lost)) {
      const [first] = group;
      const [proof, ...more] = oncePerLine([
        ...group.flatMap((l) => [...forgottenBy(l), ...exceptionsOf(l), ...deadEndProof(view, l)]),
        ...group.flatMap(proofOf),
      ]);
      if (!proof) continue;
      const nodes = [...new Set(group.flatMap(nodesOf))] as [string, ...string[]];
      const skew = group.find((l) => l.skew !== undefined)?.skew;
      const dueTo = [...new Set(group.flatMap(knownCauses))].map(
        (rule): CauseDraft => ({ rule, nodes: DECIDES_AT_ONCE.has(rule) ? [first.node] : nodes }),
      );
      const answered = group.flatMap((l) => l.paths.flatMap((p) => p.pair.trace.observed.filter((o) => o.ok)));
      const [severity, exception] = [severityOf(group, paths), exceptionOf(first)];
      const soft = group.every((l) => mayPass(view, l));
      const gateway = gatewayRepair(view, first);
      yield finding({
        nodes: [first.node],
        subject: placeOf(first),
        message: messageOf(view, group, paths),
        severity: severity === 'error' && soft ? 'warning' : severity,
        confidence: skew !== undefined || soft ? 'likely' : 'certain',
        evidence: [proof, ...more.slice(0, 3), ...(skew === undefined ? [] : [{ at: proof.at, note: skew }])],
        later: answered.slice(0, 2).map((o) => shows(o, `and yet: ${o.says}`)),
        dueTo,
        restsOn: group.flatMap(linesOf),
        decided: decidedBy(group),
        breaks: pairsOf(group),
        fix: {
          summary: stopsPingsOnly(first, paths)
            ? 'only pings are refused there; nothing to repair unless somebody relies on them'
            : exception
              ? `on ${exception.node} remove the rule ${exception.untracks}`
              : (gateway?.summary ?? remedyOf(first)),
          commands: [...(gateway ? [gateway.command] : []), traceCommand(first.paths[0])],
        },
      });
    }
  },
});
