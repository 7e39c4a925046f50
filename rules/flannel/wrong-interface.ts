import {
  type AddressFact,
  type At,
  contains,
  defineRule,
  deviceOfAddress,
  type EvidenceDraft,
  finding,
  isEngineBridge,
  isFlannelVxlan,
  isLater,
  isPlaceholder,
  isVirtualBoxNat,
  knownAddresses,
  longestPrefix,
  mainTable,
  nodeAddresses,
  parseAddress,
  parsePrefix,
  type StackView,
  shows,
  type View,
} from '#rule';

type Seen = 'flannel-log' | 'flannel-lease' | 'link' | 'address' | 'route' | 'node' | 'pod' | 'ping';

/** The address that flannel chose on one host, and all lines that say so. */
interface Choice {
  readonly address: string;
  readonly dev?: string;
  readonly evidence: readonly [EvidenceDraft, ...EvidenceDraft[]];
}

function choiceOf(view: View<Seen>, host: StackView<Seen>): Choice | undefined {
  const log = host.facts['flannel-log'].findLast((l) => l.event.kind === 'interface');
  const link = host.facts.link.find((l) => isFlannelVxlan(l.name) && l.vxlan?.local !== undefined);
  const names = view.node(host.node);
  const leases = view.cluster['flannel-lease'].filter(
    (l) => l.source === 'annotation' && l.node !== undefined && l.node === names?.kubernetesName,
  );
  // A node of two families has a lease of each; flannel.N sends from the address of the IPv4 one.
  const lease = leases.findLast((l) => !l.subnet.includes(':')) ?? leases.at(-1);
  const local = host.facts.address.some((a) => a.address === lease?.publicIp);
  const address =
    link?.vxlan?.local ??
    (log?.event.kind === 'interface' ? log.event.address : undefined) ??
    (local && lease?.publicIpOverwrite === undefined ? lease?.publicIp : undefined);
  if (address === undefined) return undefined;
  const evidence = [log, link, lease?.publicIp === address ? lease : undefined]
    .filter((f) => f !== undefined)
    .map((f) => shows(f));
  const [first, ...rest] = evidence;
  const dev = log?.event.kind === 'interface' && log.event.address === address ? log.event.dev : undefined;
  const device = dev ?? link?.vxlan?.dev ?? deviceOfAddress(host.facts, address)?.dev;
  return first && { address, evidence: [first, ...rest], ...(device !== undefined && { dev: device }) };
}

const inSubnet = (a: AddressFact, text: string): boolean => {
  const subnet = parsePrefix(`${a.address}/${a.prefixLength}`);
  const address = parseAddress(text);
  return subnet !== undefined && address !== undefined && contains(subnet, address);
};

/** Other nodes' addresses: what a shared subnet is judged by. */
const peerAddresses = (view: View<Seen>, node: string): readonly string[] => [
  ...view.allHosts.filter((h) => h.node !== node).flatMap((h) => nodeAddresses(h.facts.address).map((a) => a.address)),
  ...view.cluster.node.filter((n) => view.node(n.name)?.name !== node).flatMap((n) => n.internalIps),
];

/** (a) of the catalogue: nobody else is in the chosen subnet, and somebody is in another one. */
function sharedElsewhere(view: View<Seen>, host: StackView<Seen>, chosen: string): AddressFact | undefined {
  const peers = peerAddresses(view, host.node);
  const own = nodeAddresses(host.facts.address).filter((a) => a.family === 4);
  const mine = own.find((a) => a.address === chosen);
  if (!mine || peers.some((p) => p !== chosen && inSubnet(mine, p))) return undefined;
  return own.find(
    (a) => a.address !== chosen && !isVirtualBoxNat(a.address) && peers.some((p) => p !== a.address && inSubnet(a, p)),
  );
}

/** Peers are in the chosen subnet too, or registered addresses of it: a second network of all nodes, chosen on purpose. */
function sharedHere(view: View<Seen>, host: StackView<Seen>, chosen: string): boolean {
  const mine = host.facts.address.find((a) => a.address === chosen);
  if (!mine) return false;
  const registered = view.cluster['flannel-lease'].flatMap((l) => l.publicIp ?? []);
  return [...peerAddresses(view, host.node), ...registered].some((p) => p !== chosen && inSubnet(mine, p));
}

interface Expected {
  readonly dev?: string;
  readonly address: string;
  readonly evidence: readonly EvidenceDraft[];
}

/** (b): Kubernetes knows the node by another address, which lies on another device of this host. */
function knownElsewhere(view: View<Seen>, host: StackView<Seen>, choice: Choice): Expected | undefined {
  // Pods come and go, but a host-network pod that is gone still told the node's address.
  const pod = view.clusterListings('pod').flatMap((l) => l.facts);
  const known = knownAddresses(view.nodes, { node: view.cluster.node, pod }, host.node);
  if (known.length === 0 || known.some((k) => k.address === choice.address)) return undefined;
  for (const k of known) {
    const device = deviceOfAddress(host.facts, k.address);
    if (device && device.dev !== choice.dev)
      return {
        dev: device.dev,
        address: k.address,
        evidence: [
          { at: k.at, note: k.source },
          { at: device.at, note: `${k.address} is on ${device.dev}` },
        ],
      };
  }
  return undefined;
}

const usedByAnother = (view: View<Seen>, host: StackView<Seen>, choice: Choice): StackView<Seen> | undefined =>
  isPlaceholder(host.node)
    ? undefined
    : view.allHosts.find(
        (h) => h.node !== host.node && !isPlaceholder(h.node) && choiceOf(view, h)?.address === choice.address,
      );

/** Pings that work further down, and flannel pods that were replaced: the fault may have been repaired since. */
function laterEvidence(view: View<Seen>, host: StackView<Seen>, since: At): EvidenceDraft[] {
  const capture = view.captureOf(since);
  const out: EvidenceDraft[] = [];
  const own = new Set(
    view.cluster.pod.filter((p) => view.node(p.node ?? '')?.name === host.node).flatMap((p) => p.ips),
  );
  for (const stack of [host, ...view.podStacks.filter((s) => s.node === host.node)])
    for (const ping of stack.facts.ping)
      if (ping.received > 0 && !own.has(ping.address ?? ping.target) && isLater(capture, view.captureOf(ping.at)))
        out.push(shows(ping, `a later ping to ${ping.target} is answered`));
  const logged = capture?.scope['pod']?.replace(/^.*\//, '');
  if (logged !== undefined)
    for (const { capture: listing, facts } of view.clusterListings('pod')) {
      const flannel = facts.filter((p) => /^(kube-flannel|canal)/.test(p.name));
      const [first] = flannel;
      if (first && isLater(capture, listing) && !flannel.some((p) => p.name === logged))
        out.push(shows(first, `later the flannel pods are others; ${logged} is gone`));
    }
  return out;
}

interface Verdict {
  readonly host: StackView<Seen>;
  readonly choice: Choice;
  readonly better?: Expected;
  readonly twin?: string;
  readonly severity: 'error' | 'warning';
  readonly confidence: 'certain' | 'likely' | 'possible';
  /** All nodes use that network: chosen, not taken by accident. */
  readonly onPurpose: boolean;
}

/** The four signs of the catalogue; one alone proves little. */
function judge(view: View<Seen>, host: StackView<Seen>): Verdict | undefined {
  const choice = choiceOf(view, host);
  if (!choice) return undefined;
  const a = sharedElsewhere(view, host, choice.address);
  const b = knownElsewhere(view, host, choice);
  const c = usedByAnother(view, host, choice);
  const d = isVirtualBoxNat(choice.address) || (choice.dev !== undefined && isEngineBridge(choice.dev));
  if (!a && !b && !c && !d) return undefined;
  const better = b ?? (a && { dev: a.dev, address: a.address, evidence: [shows(a, 'peers are in this subnet')] });
  const certain = c !== undefined || (d && (a !== undefined || b !== undefined));
  const onPurpose = !certain && !a && sharedHere(view, host, choice.address);
  return {
    host,
    choice,
    severity: certain || (a && b) ? 'error' : 'warning',
    confidence: certain ? 'certain' : onPurpose ? 'possible' : a || b ? 'likely' : 'possible',
    onPurpose,
    ...(better && { better }),
    ...(c && { twin: c.node }),
  };
}

function evidenceOf({ host, choice, better }: Verdict): readonly [EvidenceDraft, ...EvidenceDraft[]] {
  const route = longestPrefix(mainTable(host.facts.route), '203.0.113.1');
  const defaulted = route?.prefix === '0.0.0.0/0' && route.nexthops.some((n) => n.dev === choice.dev);
  return [
    ...choice.evidence,
    ...(better?.evidence ?? []),
    ...(route && defaulted ? [shows(route, 'flannel defaults to the device of the default route')] : []),
  ] as [EvidenceDraft, ...EvidenceDraft[]];
}

function sentence(group: readonly [Verdict, ...Verdict[]]): string {
  const [{ choice, better, twin, onPurpose }] = group;
  const on = choice.dev === undefined ? choice.address : onPurpose ? choice.dev : `${choice.dev} (${choice.address})`;
  const who = `flannel on ${group.map((v) => v.host.node).join(', ')} uses ${on}`;
  if (onPurpose)
    return `${who} and not ${better?.dev ?? 'the interface'} that has the InternalIP; its peers are on that network too, so it seems chosen.`;
  if (better)
    return `${who}, expected ${better.dev ?? 'the node network'} (${group.map((v) => v.better?.address).join(', ')}): peers cannot reach it there.`;
  return twin === undefined
    ? `${who}, an address that other machines usually cannot reach.`
    : `${who}, which is also ${twin}'s address: their tunnels point at themselves.`;
}

function toFinding(view: View<Seen>, group: readonly [Verdict, ...Verdict[]]) {
  const [first, ...rest] = group;
  const { choice, better } = first;
  return finding({
    nodes: [first.host.node, ...rest.map((v) => v.host.node)],
    subject: choice.dev ?? choice.address,
    message: sentence(group),
    severity: first.severity,
    confidence: first.confidence,
    evidence: [...evidenceOf(first), ...rest.flatMap((v) => [...v.choice.evidence])] as [
      EvidenceDraft,
      ...EvidenceDraft[],
    ],
    later: group.flatMap((v) => laterEvidence(view, v.host, v.choice.evidence[0].at)),
    fix: first.onPurpose
      ? { summary: 'nothing to do if the storage or overlay network was meant; else set --iface', commands: [] }
      : {
          summary: `start flannel with the interface of the node network${better?.dev === undefined ? '' : `, ${better.dev}`}, on every node, and restart it`,
          commands: [
            `kubectl -n kube-flannel edit daemonset kube-flannel-ds   # args: --iface=${better?.dev ?? '<interface>'}`,
            'kubectl -n kube-flannel rollout restart daemonset kube-flannel-ds',
          ],
        },
  });
}

export default defineRule({
  id: 'flannel/wrong-interface',
  since: '0.1.0',
  severity: 'error',
  title: 'flannel uses an interface that the other nodes are not on',
  why:
    'flannel takes the device of the default route unless it is told otherwise. On machines with a NAT interface (VirtualBox, Vagrant: 10.0.2.15 in every VM) or a storage network that is the wrong one: ' +
    'the node registers an address that peers cannot reach, or that every peer has as its own, and overlay packets loop inside the sender.',
  fix: 'Start flanneld with --iface=<interface of the node network> (k3s: --flannel-iface), on all nodes, and restart it.',
  needs: [['flannel-log', 'link', 'flannel-lease']],
  uses: ['address', 'route', 'node', 'pod', 'ping'],
  technology: 'flannel',
  likelyMayBeError: true,
  causedBy: ['k8s/internal-ip-wrong', 'link/underlay-down'],
  seeAlso: ['flannel/duplicate-public-ip', 'flannel/fdb-wrong-dst'],
  *check(view) {
    const groups = new Map<string, [Verdict, ...Verdict[]]>();
    for (const host of view.allHosts) {
      const verdict = judge(view, host);
      if (!verdict) continue;
      // One story told by several nodes (each took its NAT device) is one finding.
      const key = verdict.onPurpose
        ? `${verdict.choice.dev}`
        : `${verdict.choice.dev} ${verdict.choice.address} ${verdict.better?.dev} ${verdict.severity} ${verdict.confidence}`;
      const group = groups.get(key);
      if (group) group.push(verdict);
      else groups.set(key, [verdict]);
    }
    for (const group of groups.values()) yield toFinding(view, group);
  },
});
