import {
  type AddressFact,
  type At,
  capturedName,
  defineRule,
  finding,
  flannelDevice,
  formatPrefix,
  isFlannelVxlan,
  lineIn,
  overlapping,
  parsePrefix,
  podAddressesOn,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'subnet-env' | 'address' | 'link' | 'flannel-lease' | 'node' | 'flannel-log' | 'pod' | 'route';

interface Said {
  readonly prefix: string;
  readonly by: string;
  readonly at: At;
}

const network = (text: string): string => {
  const prefix = parsePrefix(text);
  return prefix ? formatPrefix(prefix) : text;
};

const familyOf = (prefix: string): 4 | 6 => (prefix.includes(':') ? 6 : 4);

/** The subnets that lease, node object and flannel's own log give this node. */
function granted(view: View<Seen>, host: StackView<Seen>): Said[] {
  const out: Said[] = [];
  for (const l of view.cluster['flannel-lease'])
    if (l.source !== 'log' && l.node !== undefined && capturedName(view.nodes, l.node) === host.node)
      out.push({ prefix: l.subnet, by: 'its lease', at: l.at });
  if (out.length === 0)
    for (const n of view.cluster.node)
      if (capturedName(view.nodes, n.name) === host.node)
        for (const p of n.podCidrs) out.push({ prefix: p, by: 'its podCIDR', at: n.at });
  for (const family of [4, 6] as const) {
    const log = host.facts['flannel-log'].findLast(
      (l) => l.event.kind === 'lease-acquired' && familyOf(l.event.subnet) === family,
    );
    if (log?.event.kind === 'lease-acquired') out.push({ prefix: log.event.subnet, by: "flannel's log", at: log.at });
  }
  return out;
}

const onBridge = (host: StackView<Seen>, family: 4 | 6) =>
  host.facts.address.filter((a) => (a.dev === 'cni0' || a.dev === 'cbr0') && a.family === family);

/**
 * The bridge plugin looks at the bridge's addresses in their order and is content with the right one before it comes to another
 * (plugins/main/bridge ensureAddr). A further address behind it harms nobody unless pods live there.
 */
function isSpare(view: View<Seen>, host: StackView<Seen>, off: AddressFact, right: string): boolean {
  const all = onBridge(host, 4).filter((a) => a.dev === off.dev);
  const first = all.findIndex((a) => overlapping(`${a.address}/${a.prefixLength}`, right));
  const pods = podAddressesOn(view, host.node).filter((ip) => !ip.includes(':'));
  return (
    first >= 0 &&
    first < all.indexOf(off) &&
    pods.length > 0 &&
    !pods.some((ip) => overlapping(`${ip}/32`, `${off.address}/${off.prefixLength}`))
  );
}

/**
 * Without subnet.env flannel.N tells the subnet too: its address is the first of it (flannel backend/vxlan), and the bridge of a bridge CNI
 * has the second.
 */
function* bridgeAgainstVtep(view: View<Seen>, host: StackView<Seen>) {
  const vtep = host.facts.address.find((a) => a.family === 4 && isFlannelVxlan(a.dev));
  const bridges = onBridge(host, 4);
  const right = `${vtep?.address}/32`;
  const off = bridges.find(
    (a) => vtep && !overlapping(`${a.address}/${a.prefixLength}`, right) && !isSpare(view, host, a, right),
  );
  if (!vtep || !off || view.notComparable(vtep.at, off.at) !== undefined) return;
  yield finding({
    nodes: [host.node],
    subject: off.dev,
    severity: bridges.length > 1 ? 'warning' : 'error',
    message: `${off.dev} of ${host.node} has ${off.address}/${off.prefixLength}, but ${vtep.dev} has ${vtep.address}, the first address of another subnet: new pods cannot be made there and old ones are unreachable from other nodes.`,
    evidence: [shows(off), shows(vtep, "flannel's present subnet begins here")],
    fix: removeBridge(host.node, off.dev),
  });
}

const removeBridge = (node: string, dev: string) => ({
  summary: `on ${node} remove the bridge; the next pod makes it anew`,
  commands: [`ip link delete ${dev}`],
});

export default defineRule({
  id: 'flannel/subnet-env-mismatch',
  since: '0.1.0',
  severity: 'error',
  title: 'subnet.env, the lease and the bridge disagree about the pod subnet',
  why:
    "flannel writes the node's subnet into subnet.env, the CNI plugin makes cni0 and pod addresses from it. After a new lease an old cni0 keeps its address, and the plugin refuses new pods " +
    '("cni0" already has an IP address different from …); an old subnet.env gives pods addresses that no peer has a route for.',
  fix: 'Restart flannel so that it writes subnet.env, then delete cni0 and recreate the pods of the node.',
  needs: [
    ['subnet-env', 'address'],
    ['address', 'flannel-lease', 'node', 'flannel-log', 'link'],
  ],
  uses: ['link', 'pod', 'node', 'route'],
  technology: 'flannel',
  causedBy: ['flannel/lease-lost-or-reacquired', 'cni/multiple-cni-leftovers', 'flannel/subnet-overlap'],
  seeAlso: ['flannel/subnet-overlap'],
  *check(view) {
    for (const host of view.hosts) {
      const env = host.facts['subnet-env'].at(-1);
      if (env?.subnet === undefined) {
        yield* bridgeAgainstVtep(view, host);
        const absence = host.absence('subnet-env');
        yield unknown({
          node: host.node,
          input: 'subnet-env',
          reason: absence.known ? 'empty' : absence.reason,
          ...(!absence.known && absence.detail !== undefined && { detail: absence.detail }),
        });
        continue;
      }
      const subnet = network(env.subnet);
      const bridge = onBridge(host, 4);
      const off = bridge.find(
        (a) => !overlapping(`${a.address}/${a.prefixLength}`, subnet) && !isSpare(view, host, a, subnet),
      );
      // Where lease or podCIDR has the bridge's subnet, subnet.env is the odd one out: removing cni0 would break what works.
      const bridgeIsRight =
        off !== undefined &&
        granted(view, host).some(
          (g) =>
            overlapping(g.prefix, `${off.address}/${off.prefixLength}`) &&
            view.notComparable(g.at, off.at) === undefined,
        );
      if (off && !bridgeIsRight) {
        const why = view.notComparable(env.at, off.at);
        if (why !== undefined)
          yield unknown({
            node: host.node,
            input: `address of ${off.dev}`,
            reason: 'not-comparable',
            detail: why,
            at: off.at,
          });
        // Two addresses, the old and the new one: pods of both work until the old one goes.
        else
          yield finding({
            nodes: [host.node],
            subject: off.dev,
            severity: bridge.length > 1 ? 'warning' : 'error',
            message: `${off.dev} of ${host.node} has ${off.address}/${off.prefixLength}, but subnet.env says ${subnet}: new pods cannot be made there and old ones are unreachable from other nodes.`,
            evidence: [shows(off), { at: lineIn(env, env.lines['FLANNEL_SUBNET']) }],
            fix: removeBridge(host.node, off.dev),
          });
      }
      for (const said of granted(view, host)) {
        // A node of two families has a lease of each, and a line of subnet.env for each.
        const key = familyOf(said.prefix) === 6 ? 'FLANNEL_IPV6_SUBNET' : 'FLANNEL_SUBNET';
        const own = familyOf(said.prefix) === 6 ? env.ipv6Subnet : env.subnet;
        if (own === undefined || overlapping(said.prefix, network(own))) continue;
        const bridgeStays =
          familyOf(said.prefix) === 4
            ? bridgeIsRight
            : onBridge(host, 6).some((a) => overlapping(said.prefix, `${a.address}/128`));
        const why = view.notComparable(env.at, said.at);
        if (why !== undefined)
          yield unknown({
            node: host.node,
            input: `subnet-env against ${said.by}`,
            reason: 'not-comparable',
            detail: why,
            at: said.at,
          });
        else
          yield finding({
            nodes: [host.node],
            subject: 'subnet.env',
            message: `subnet.env of ${host.node} says ${network(own)}, but ${said.by} says ${said.prefix}: ${bridgeStays ? 'new pods cannot be made there' : 'its pods get addresses that peers route elsewhere'}.`,
            evidence: [{ at: lineIn(env, env.lines[key]) }, { at: said.at, note: `${said.by} says ${said.prefix}` }],
            fix: {
              summary: bridgeStays
                ? `restart flannel on ${host.node}; cni0 has the right subnet and stays`
                : `restart flannel on ${host.node}, then delete cni0 and recreate its pods`,
              commands: [
                `kubectl -n kube-flannel delete pod -l app=flannel --field-selector spec.nodeName=${host.node}`,
                ...(bridgeStays ? [] : ['ip link delete cni0']),
              ],
            },
          });
      }
      const device = flannelDevice(host.facts.link);
      if (
        device?.mtu !== undefined &&
        env.mtu !== undefined &&
        device.mtu !== env.mtu &&
        view.notComparable(env.at, device.at) === undefined
      )
        yield finding({
          nodes: [host.node],
          subject: `${device.name} mtu`,
          severity: env.mtu > device.mtu ? 'warning' : 'info',
          message: `FLANNEL_MTU of ${host.node} is ${env.mtu}, but ${device.name} has MTU ${device.mtu}: pods are made with the wrong MTU.`,
          evidence: [{ at: lineIn(env, env.lines['FLANNEL_MTU']) }, shows(device)],
          fix: {
            summary: `restart flannel on ${host.node} and recreate its pods: the MTU of a pod is fixed when it is made`,
            commands: [],
          },
        });
    }
  },
});
