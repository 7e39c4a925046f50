import {
  type AddressFact,
  contains,
  defineRule,
  type EvidenceDraft,
  finding,
  type NodeFact,
  parseAddress,
  parsePrefix,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'address' | 'netconf' | 'node' | 'pod';

const isGlobal = (a: AddressFact): boolean => a.dev !== 'lo' && (a.scope ?? 'global') === 'global';

const first = (stack: StackView<Seen>, family: 4 | 6): AddressFact | undefined =>
  stack.facts.address.find((a) => a.family === family && isGlobal(a));

const nodeObject = (view: View<Seen>, name: string): NodeFact | undefined =>
  view.cluster.node.find((n) => view.node(n.name)?.name === name);

const isIn = (prefixes: readonly string[], { address }: AddressFact): boolean => {
  const ip = parseAddress(address);
  return prefixes.some((text) => {
    const prefix = parsePrefix(text);
    return ip !== undefined && prefix !== undefined && contains(prefix, ip);
  });
};

/** Stacks of Kubernetes' own pods, by the address that the lists or the node's subnet have: a container of docker has no part in the pods' IPv6. */
function podsOf(
  view: View<Seen>,
  node: string,
): readonly { readonly stack: StackView<Seen>; readonly own: AddressFact }[] {
  const subnets = nodeObject(view, node)?.podCidrs ?? [];
  return view.podStacks.flatMap((stack) => {
    const own = stack.node === node ? first(stack, 4) : undefined;
    const listed = own && (isIn(subnets, own) || view.cluster.pod.some((p) => p.ips.includes(own.address)));
    return listed && stack.absence('address', { family: '6' }).known ? [{ stack, own }] : [];
  });
}

/** What says that pods of the node have IPv6: one that has, else the node's subnet. */
function expectation(view: View<Seen>, node: string): EvidenceDraft | undefined {
  const sibling = podsOf(view, node).flatMap(({ stack }) => first(stack, 6) ?? [])[0];
  if (sibling) return shows(sibling, `another pod of ${node} has IPv6`);
  const object = nodeObject(view, node);
  return object?.podCidrs.some((c) => parsePrefix(c)?.family === 6)
    ? shows(object, `the pods of ${node} have a subnet of IPv6`)
    : undefined;
}

const switchedOff = (stack: StackView<Seen>, dev: string) =>
  stack.facts.netconf.find(
    (n) => n.family === 6 && n.key === 'disable_ipv6' && n.value === 1 && (n.scope === 'all' || n.dev === dev),
  );

export default defineRule({
  id: 'link/pod-without-ipv6',
  since: '0.1.0',
  severity: 'warning',
  title: 'A pod has no address of IPv6, and the other pods of its node have',
  why:
    'In a cluster of both families each pod gets an address of each. One that has IPv4 alone (disable_ipv6 was set in its namespace, the address was removed, or the pod is older than the second family) does ' +
    'not answer where its siblings do, and every program in it that gets an AAAA record first waits or fails with "Network is unreachable", while pings by IPv4 are fine.',
  fix: 'Recreate the pod; the CNI sets both addresses when it makes the namespace. Look for what sets disable_ipv6 in it (a sysctl of the pod, an image).',
  needs: ['address'],
  uses: ['netconf', 'node', 'pod'],
  seeAlso: ['kernel/ipv6-forwarding-off'],
  *check(view) {
    for (const { node } of view.hosts) {
      const because = expectation(view, node);
      if (!because) continue;
      const pods = podsOf(view, node);
      if (pods.length === 0)
        yield unknown({ node, input: "addresses of its pods' own stacks", supply: 'address', reason: 'not-captured' });
      for (const { stack, own } of pods.filter((p) => !first(p.stack, 6))) {
        const pod = view.cluster.pod.find((p) => p.ips.includes(own.address));
        const off = switchedOff(stack, own.dev);
        yield finding({
          nodes: [node],
          subject: pod ? `${pod.namespace}/${pod.name}` : stack.netns,
          message: `${pod ? `Pod ${pod.namespace}/${pod.name}` : `The pod in ${stack.netns}`} on ${node} has no address of IPv6${off ? ', which is disabled in it' : ''}, expected one beside ${own.address}.`,
          evidence: [shows(own, 'its only address'), ...(off ? [shows(off)] : []), because],
          fix: {
            summary: pod ? `recreate ${pod.namespace}/${pod.name}` : `recreate the pod with ${own.address}`,
            commands: [
              ...(pod ? [`kubectl -n ${pod.namespace} delete pod ${pod.name}`] : []),
              `sysctl net.ipv6.conf.${own.dev}.disable_ipv6   # in its namespace`,
            ],
          },
        });
      }
    }
  },
});
