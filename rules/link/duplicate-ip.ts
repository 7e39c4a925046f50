import {
  type AddressFact,
  defineRule,
  type EvidenceDraft,
  type FactChange,
  finding,
  hostOf,
  isVirtualBoxNat,
  isVirtualDevice,
  type NonEmpty,
  type PodFact,
  podsByAddress,
  type RouteFact,
  type RuleResult,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'address' | 'link' | 'route' | 'node' | 'flannel-lease' | 'pod';

/** Who says that an address is a node's: its object, its lease, its tunnel. Others send there. */
function claimsOf(view: View<Seen>): ReadonlyMap<string, ReadonlyMap<string, EvidenceDraft>> {
  const out = new Map<string, Map<string, EvidenceDraft>>();
  const claim = (address: string, name: string | undefined, evidence: EvidenceDraft): void => {
    const node = name === undefined ? undefined : view.node(name)?.name;
    if (node === undefined || isVirtualBoxNat(address)) return;
    const held = out.get(address) ?? new Map<string, EvidenceDraft>();
    out.set(address, held);
    if (!held.has(node)) held.set(node, evidence);
  };
  for (const n of view.cluster.node)
    for (const ip of n.internalIps) claim(ip, n.name, shows(n, `${ip} is the InternalIP of ${n.name}`));
  for (const l of view.cluster['flannel-lease'])
    if (l.source !== 'log' && l.publicIp !== undefined && l.node !== undefined)
      claim(l.publicIp, l.node, shows(l, `${l.node} is registered with ${l.publicIp}`));
  for (const host of view.allHosts)
    for (const l of host.facts.link)
      if (l.vxlan?.local !== undefined)
        claim(l.vxlan.local, host.node, shows(l, `${l.name} of ${host.node} sends from ${l.vxlan.local}`));
  return out;
}

interface Holder {
  readonly host: StackView<Seen>;
  readonly address: AddressFact;
}

const isOnCard = ({ address: { dev } }: Holder): boolean => dev !== 'lo';

/** Nodes that have an address, those first that have it on a card. What is on IPVS' device or a bridge of an engine is nobody's to reach. */
function holdersOf(view: View<Seen>, ip: string): readonly Holder[] {
  const all = view.allHosts.flatMap((host): readonly Holder[] => {
    const has = host.facts.address.filter(
      (a) => a.address === ip && !a.flags.includes('dadfailed') && (a.dev === 'lo' || !isVirtualDevice(a.dev)),
    );
    const own = has.map((address) => ({ host, address }));
    return [...own.filter(isOnCard), ...own].slice(0, 1);
  });
  return [...all.filter(isOnCard), ...all.filter((h) => !isOnCard(h))];
}

/** One machine under two names has its lladdr too. */
const lladdrOf = ({ host, address }: Holder): string | undefined =>
  host.facts.link.find((l) => l.name === address.dev)?.lladdr;

/** The address goes, with what the kernel wrote into the table `local` for it. */
function removal({ host, address }: Holder): NonEmpty<FactChange> {
  const change = (at: FactChange & { kind: 'remove' }): FactChange => at;
  const own = host.facts.route.filter((r) => r.type === 'local' && hostOf(r.prefix) === address.address);
  return [
    change({ node: host.node, kind: 'remove', at: address.at }),
    ...own.map((r) => change({ node: host.node, kind: 'remove', at: r.at })),
  ];
}

/** Addresses of pods: those that objects and tables tell, of which these show the first of each alone, and the others of stacks that have one of them. */
function podAddresses(view: View<Seen>): ReadonlyMap<string, PodFact> {
  const told = podsByAddress(view.cluster.pod, view.cluster.node);
  const all = new Map(told);
  for (const { facts } of view.podStacks) {
    const own = facts.address.filter((a) => a.dev !== 'lo' && a.scope === 'global');
    const pod = own.flatMap((a) => told.get(a.address) ?? [])[0];
    if (pod) for (const { address } of own) if (!all.has(address)) all.set(address, pod);
  }
  return all;
}

/** An address that a stack takes for its own: it is on a device, or a route of the table `local` says so. */
interface Held {
  readonly ip: string;
  readonly dev: string;
  readonly fact: AddressFact | RouteFact;
  readonly remove: string;
}

const heldBy = ({ facts }: StackView<Seen>): readonly Held[] => {
  const onDevices = facts.address.map((fact) => ({
    ...{ ip: fact.address, dev: fact.dev, fact },
    remove: `ip address delete ${fact.address}/${fact.prefixLength} dev ${fact.dev}`,
  }));
  const has = new Set(onDevices.map((h) => h.ip));
  const byRoutes = facts.route.flatMap((fact): readonly Held[] => {
    const ip = fact.type === 'local' ? hostOf(fact.prefix) : undefined;
    const dev = fact.nexthops[0]?.dev ?? 'lo';
    return ip === undefined || has.has(ip)
      ? []
      : [{ ip, dev, fact, remove: `ip route delete local ${ip} dev ${dev} table local` }];
  });
  return [...onDevices, ...byRoutes];
};

/**
 * Pods that have another pod's address beside their own. Containers that are no pods have addresses of their own networks, which may be equal on
 * all nodes, and a virtual address that several answer for is no pod's.
 */
function* podsWithTwo(view: View<Seen>): Generator<RuleResult> {
  const pods = podAddresses(view);
  const nameOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
    `${namespace}/${name}`;
  for (const stack of view.podStacks) {
    const known = heldBy(stack).flatMap((held) => {
      const pod = pods.get(held.ip);
      return pod ? [{ held, pod }] : [];
    });
    const own = known.find((k) => k.held.dev !== 'lo' && view.node(k.pod.node ?? '')?.name === stack.node);
    for (const { held, pod } of own ? known : []) {
      if (!own || nameOf(pod) === nameOf(own.pod) || view.notComparable(held.fact.at, pod.at) !== undefined) continue;
      const { ip } = held;
      yield finding({
        nodes: [stack.node],
        subject: `${ip} in ${nameOf(own.pod)}`,
        message: `${ip}, the address of pod ${nameOf(pod)}, is on ${held.dev} of pod ${nameOf(own.pod)} on ${stack.node} too: ${nameOf(own.pod)} sends to itself what is for ${nameOf(pod)}, and drops what comes from there as martian.`,
        evidence: [
          shows(held.fact, `in ${nameOf(own.pod)}`),
          shows(own.held.fact, `its own address`),
          shows(pod, `${ip} is the address of ${nameOf(pod)}`),
        ],
        fix: {
          summary: `take ${ip} away from ${nameOf(own.pod)}, and find what set it there`,
          commands: [`${held.remove}   # in the pod's network namespace on ${stack.node}`],
        },
      });
    }
  }
}

/** Is the address surely the pod's own, and not that of its node (hostNetwork, which tables do not tell)? */
const isPodsOwn = (view: View<Seen>, ip: string, on: string | undefined): boolean =>
  view.podStacks.some((s) => s.facts.address.some((a) => a.address === ip)) ||
  view.cluster.node.some((n) => n.internalIps.length > 0 && on !== undefined && view.node(n.name)?.name === on);

/** Nodes whose own stack has the address of a pod. */
function* podsOnNodes(view: View<Seen>): Generator<RuleResult> {
  const pods = podAddresses(view);
  for (const host of view.allHosts)
    for (const address of host.facts.address) {
      const ip = address.address;
      const pod = pods.get(ip);
      const home = view.node(pod?.node ?? '')?.name;
      if (!pod || !isPodsOwn(view, ip, home) || view.notComparable(address.at, pod.at) !== undefined) continue;
      const name = `${pod.namespace}/${pod.name}`;
      yield finding({
        nodes: [host.node],
        subject: `${ip} on ${address.dev}`,
        message: `${ip}, the address of pod ${name}${home === undefined || home === host.node ? '' : ` of ${home}`}, is on ${address.dev} of ${host.node} itself too: ${host.node} answers in its place, and drops what comes from there as martian.`,
        evidence: [shows(address, `on ${host.node}`), shows(pod, `${ip} is the address of ${name}`)],
        repair: removal({ host, address }),
        fix: {
          summary: `take ${ip} away from ${host.node}, and find what set it there`,
          commands: [`ip address delete ${ip}/${address.prefixLength} dev ${address.dev}   # on ${host.node}`],
        },
      });
    }
}

/** Addresses of IPv6 that the kernel does not use, because somebody answered for them when they were new (RFC 4862). */
function* refusedOnes(view: View<Seen>): Generator<RuleResult> {
  for (const stack of [...view.allHosts, ...view.podStacks])
    for (const address of stack.facts.address) {
      if (!address.flags.includes('dadfailed')) continue;
      const where = stack.netns === '' ? stack.node : `namespace ${stack.netns} on ${stack.node}`;
      yield finding({
        nodes: [stack.node],
        subject: `${address.address} on ${address.dev}${stack.netns === '' ? '' : ` in ${stack.netns}`}`,
        message: `${address.address} on ${address.dev} of ${where} is not used: another machine on its network answered for it when it was new (dadfailed).`,
        evidence: [shows(address, 'duplicate address detection failed')],
        fix: {
          summary: `find who else has ${address.address} on the network of ${address.dev}, and take it away there`,
          commands: [`ip -6 neigh show ${address.address}   # on its neighbours`],
        },
      });
    }
}

export default defineRule({
  id: 'link/duplicate-ip',
  since: '0.1.0',
  severity: 'error',
  title: 'Two nodes or pods have one address',
  why:
    "Whoever asks for the address gets the node that answers first, and it changes with each entry that ages: connections work and hang by turns. The node that took the other's address reaches that one no longer: it sends to itself, " +
    'drops what comes from there as martian, and its tunnels end on its own. A restored image, a fixed address inside a DHCP range, or a leftover of a failover address do this. A pod that has the address of another one beside its own is cut off from it in the same way.',
  fix: 'Take the address away from the node or pod that it does not belong to.',
  addresses: 'equal',
  needs: ['address', ['node', 'flannel-lease', 'link']],
  uses: ['link', 'route', 'node', 'flannel-lease', 'pod'],
  causedBy: ['capture/same-node-twice'],
  seeAlso: ['flannel/duplicate-public-ip'],
  *check(view) {
    yield* podsWithTwo(view);
    yield* podsOnNodes(view);
    yield* refusedOnes(view);
    for (const [ip, owners] of claimsOf(view)) {
      const holders = holdersOf(view, ip);
      const [owner] = holders.filter((h) => owners.has(h.host.node) && isOnCard(h));
      const [other] = holders.filter((h) => h !== owner);
      if (!owner || !other || (lladdrOf(owner) !== undefined && lladdrOf(owner) === lladdrOf(other))) continue;
      const why = view.notComparable(owner.address.at, other.address.at);
      if (why !== undefined) {
        yield unknown({
          node: other.host.node,
          input: `whether ${ip} is on two nodes at once`,
          reason: 'not-comparable',
          detail: why,
        });
        continue;
      }
      const said = owners.get(owner.host.node);
      const isBoth = owners.has(other.host.node);
      const [a, b] = [owner.host.node, other.host.node];
      yield finding({
        nodes: [b, a],
        subject: ip,
        message: isBoth
          ? `${ip} is an address of both ${a} and ${b}, and both are known by it: whoever sends there gets one of them.`
          : `${ip}, the address of ${a}, is on ${other.address.dev} of ${b} too: ${b} no longer reaches ${a}${isOnCard(other) ? ', and whoever else sends there gets one of them' : ''}.`,
        evidence: [shows(other.address, `on ${b}`), shows(owner.address, `on ${a}`), ...(said ? [said] : [])],
        ...(!isBoth && { repair: removal(other) }),
        fix: {
          summary: isBoth
            ? `give ${a} or ${b} another address`
            : `take ${ip} away from ${b}, and find what set it there`,
          commands: isBoth
            ? []
            : [`ip address delete ${ip}/${other.address.prefixLength} dev ${other.address.dev}   # on ${b}`],
        },
      });
    }
  },
});
