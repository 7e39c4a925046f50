import {
  type BridgeFact,
  type BridgePortFact,
  defineRule,
  finding,
  type LinkFact,
  pairsOf,
  podBridgesOf,
  podPortsOf,
  type RuleResult,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'link' | 'bridge' | 'bridge-port';
type Host = StackView<Seen>;

/** The state of a port and the line that tells it. */
function stateOf(
  host: Host,
  port: LinkFact,
): { readonly state: string; readonly fact: LinkFact | BridgePortFact } | undefined {
  const own = port.slave?.attributes['state'];
  if (own !== undefined) return { state: own, fact: port };
  const row = host.facts['bridge-port'].find((p) => p.dev === port.name);
  return row?.state === undefined ? undefined : { state: row.state, fact: row };
}

/** Without a carrier, or below a bridge that is down, each port is disabled: the cause is another. */
const isLive = (link: LinkFact): boolean => link.flags?.includes('UP') === true && !link.flags.includes('NO-CARRIER');

const WHY: Readonly<Record<string, string>> = {
  disabled: 'as BPDU guard does with a port on which somebody speaks spanning tree',
  blocking: 'as spanning tree does with a loop',
  listening: 'as spanning tree does for some seconds with a new port',
  learning: 'as spanning tree does for some seconds with a new port',
};

/** What listens or learns forwards soon. */
const isStarting = (state: string): boolean => state === 'listening' || state === 'learning';

function* judgePorts(view: View<Seen>, host: Host, bridge: LinkFact): Generator<RuleResult> {
  // That it has no carrier is because none of its ports forwards.
  if (bridge.flags?.includes('UP') === false) return;
  const hasTree = spanning(host, bridge) !== undefined && delayOf(bridge) > 0;
  for (const port of podPortsOf(host.facts.link, bridge.name)) {
    const told = stateOf(host, port);
    if (!told || !isLive(port) || !(told.state in WHY) || (hasTree && isStarting(told.state))) continue;
    const losses = view.paths.losses.filter(
      (l) => l.node === host.node && l.netns === '' && l.evidence.some((at) => at === told.fact.at || at === port.at),
    );
    yield finding({
      nodes: [host.node],
      subject: port.name,
      message: `${port.name} of ${host.node} is ${told.state} in ${bridge.name}, expected forwarding (${WHY[told.state]}): no frame of its pod passes.`,
      severity: isStarting(told.state) && losses.length === 0 ? 'warning' : 'error',
      evidence: [
        shows(told.fact, `state ${told.state}`),
        ...(told.fact.at === port.at ? [] : [shows(port, 'up, with its pod behind it')]),
      ],
      breaks: pairsOf(losses),
      fix: {
        summary: `on ${host.node} find what speaks spanning tree in ${bridge.name}, and turn it off there`,
        commands: [
          `bridge -d link show dev ${port.name}`,
          `ip link set dev ${bridge.name} type bridge stp_state 0`,
          `bridge link set dev ${port.name} guard off`,
          `ip link set dev ${port.name} down && ip link set dev ${port.name} up`,
        ],
      },
    });
  }
}

/** Seconds for which a port of the bridge says nothing after it came (br_make_forwarding: listening, then learning). */
function delayOf(bridge: LinkFact): number {
  const delay = Number(bridge.info?.attributes['forward_delay'] ?? 1500);
  return (2 * delay) / 100;
}

function spanning(host: Host, bridge: LinkFact): LinkFact | BridgeFact | undefined {
  if (bridge.info?.attributes['stp_state'] !== undefined)
    return /^[12]$/.test(bridge.info.attributes['stp_state']) ? bridge : undefined;
  return host.facts.bridge.find((b) => b.name === bridge.name && b.stp === true);
}

function* judgeTree(host: Host, bridge: LinkFact): Generator<RuleResult> {
  const fact = spanning(host, bridge);
  const seconds = delayOf(bridge);
  if (!fact || seconds === 0) return;
  const pods = podPortsOf(host.facts.link, bridge.name);
  const starting = pods.find((p) => isLive(p) && isStarting(stateOf(host, p)?.state ?? ''));
  const [other] = host.facts.link.filter((l) => l.master === bridge.name && !pods.includes(l));
  const lasts =
    bridge.info?.attributes['forward_delay'] === undefined ? 'half a minute by default' : `${seconds} seconds`;
  yield finding({
    nodes: [host.node],
    subject: `${bridge.name} STP`,
    message: `Spanning tree is on for ${bridge.name} of ${host.node}, expected off: for ${lasts} after it started a pod reaches nobody, and its first questions and probes fail.`,
    // With other networks on the bridge somebody may need it.
    severity: other === undefined && seconds >= 5 ? 'warning' : 'info',
    evidence: [
      shows(fact, 'spanning tree is on'),
      ...(starting ? [shows(stateOf(host, starting)?.fact ?? starting, `${stateOf(host, starting)?.state} now`)] : []),
      ...(other ? [shows(other, 'no port of a pod')] : []),
    ],
    fix: {
      summary: `on ${host.node} turn spanning tree off for ${bridge.name}`,
      commands: [`ip link set dev ${bridge.name} type bridge stp_state 0`],
    },
  });
}

export default defineRule({
  id: 'bridge/port-not-forwarding',
  since: '0.1.0',
  severity: 'error',
  title: "A pod's port of the bridge does not forward",
  why:
    'A bridge passes frames of ports in state forwarding alone (br_handle_frame). With spanning tree on, a new port listens and learns for twice forward_delay, 30 seconds by default, while the pod runs already: its probes and its first questions ' +
    'to DNS fail. A port that spanning tree takes for a loop is blocking, one that BPDU guard shut is disabled. The devices are up, and nothing counts as an error.',
  fix: 'Turn spanning tree off on the bridge of the pods, and set the port down and up.',
  addresses: 'none',
  needs: ['link'],
  uses: ['bridge', 'bridge-port'],
  seeAlso: ['bridge/pod-bridge-missing-or-down', 'bridge/vlan-filtering-or-isolation'],
  *check(view) {
    for (const host of view.hosts) {
      if (view.node(host.node)?.beside) continue;
      const bridges = podBridgesOf(host.facts.link);
      for (const bridge of bridges) {
        yield* judgePorts(view, host, bridge);
        yield* judgeTree(host, bridge);
      }
      const silent = bridges.find((b) =>
        podPortsOf(host.facts.link, b.name).every((p) => stateOf(host, p) === undefined),
      );
      if (silent)
        yield unknown({
          node: host.node,
          input: `states of the ports of ${silent.name}`,
          supply: 'bridge-port',
          reason: 'not-captured',
        });
    }
  },
});
