import {
  type BridgePortFact,
  type BridgeVlanFact,
  captureAt,
  defineRule,
  type EvidenceDraft,
  finding,
  type LinkFact,
  type NonEmpty,
  type Pair,
  pairsOf,
  podBridgesOf,
  podPortsOf,
  type RuleResult,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'link' | 'bridge-port' | 'bridge-vlan';
type Host = StackView<Seen>;

/** The line that says `isolated` of a port, and what it says. */
function isolation(
  host: Host,
  port: LinkFact,
): { readonly on: boolean; readonly fact: LinkFact | BridgePortFact } | undefined {
  const own = port.slave?.attributes['isolated'];
  if (own !== undefined) return { on: own === 'on', fact: port };
  const row = host.facts['bridge-port'].find((p) => p.dev === port.name);
  const on = row?.switches?.['isolated'];
  return row && on !== undefined ? { on, fact: row } : undefined;
}

const brokenBy = (view: View<Seen>, host: Host, evidence: readonly EvidenceDraft[]): readonly Pair[] =>
  pairsOf(
    view.paths.losses.filter(
      (l) => l.node === host.node && l.step === 'bridge' && l.evidence.some((at) => evidence.some((e) => e.at === at)),
    ),
  );

function* judgeIsolation(view: View<Seen>, host: Host, bridge: LinkFact): Generator<RuleResult> {
  const ports = podPortsOf(host.facts.link, bridge.name);
  const told = ports.flatMap((p) => isolation(host, p) ?? []);
  const [first, second, ...more] = told.filter((t) => t.on);
  if (!first || !second) return;
  const evidence: NonEmpty<EvidenceDraft> = [
    shows(first.fact, 'isolated on'),
    shows(second.fact, 'isolated on'),
    // So that what is lost between the others is its effect too.
    ...more.slice(0, 6).map((t) => shows(t.fact)),
  ];
  const breaks = brokenBy(view, host, evidence);
  // The plugin's portIsolation isolates all, on every node.
  const isMeant = told.every((t) => t.on) && told.length === ports.length;
  yield finding({
    nodes: [host.node],
    subject: bridge.name,
    message: `${told.filter((t) => t.on).length} of ${ports.length} pods' ports of ${bridge.name} on ${host.node} are isolated, expected none: ${bridge.name} passes nothing between two of them, and these pods of one node do not reach each other${isMeant ? ' (all are, as portIsolation of the CNI plugin does it)' : ''}.`,
    severity: 'warning',
    evidence,
    breaks,
    fix: {
      summary: `on ${host.node} take the isolation away, unless it is wanted (portIsolation in the CNI's configuration)`,
      commands: [
        'grep -rn portIsolation /etc/cni/net.d',
        ...ports.slice(0, 2).map((p) => `bridge link set dev ${p.name} isolated off`),
      ],
    },
  });
}

const vlansOf = (host: Host, dev: string): readonly BridgeVlanFact[] =>
  host.facts['bridge-vlan'].filter((v) => v.dev === dev);

/** What comes in untagged has the port's PVID; without one it is dropped (__allowed_ingress). */
function* judgeVlans(view: View<Seen>, host: Host, bridge: LinkFact): Generator<RuleResult> {
  if (bridge.info?.attributes['vlan_filtering'] !== '1') return;
  const listed = host.absence('bridge-vlan');
  if (!listed.known) {
    yield unknown({
      node: host.node,
      input: `VLANs of the ports of ${bridge.name}`,
      supply: 'bridge-vlan',
      reason: listed.reason,
      ...(listed.detail !== undefined && { detail: listed.detail }),
    });
    return;
  }
  for (const port of podPortsOf(host.facts.link, bridge.name)) {
    const own = vlansOf(host, port.name);
    if (own.some((v) => v.pvid)) continue;
    const [first] = own;
    const line = first
      ? shows(first, 'no PVID')
      : { at: captureAt(listed.capture), note: `${port.name} is in no VLAN here` };
    const evidence: NonEmpty<EvidenceDraft> = [line, shows(bridge, 'vlan_filtering 1'), shows(port, 'its port')];
    yield finding({
      nodes: [host.node],
      subject: port.name,
      message: `${port.name} of ${host.node} has no PVID, expected one, as ${bridge.name} filters VLANs: all that its pod sends untagged is dropped there.`,
      severity: 'error',
      evidence,
      breaks: brokenBy(view, host, evidence),
      fix: {
        summary: `on ${host.node} turn the filtering off, or put the port into the VLAN of its pod`,
        commands: [
          `bridge vlan show dev ${port.name}`,
          `ip link set dev ${bridge.name} type bridge vlan_filtering 0`,
          `bridge vlan add dev ${port.name} vid 1 pvid untagged`,
        ],
      },
    });
  }
}

export default defineRule({
  id: 'bridge/vlan-filtering-or-isolation',
  since: '0.1.0',
  severity: 'error',
  title: 'The bridge of the pods keeps them apart, by isolated ports or by VLANs',
  why:
    'Between two ports that are isolated a bridge passes nothing (should_deliver): pods of one node reach all but each other, and a service works or not by the node that its endpoint is on. With vlan_filtering a frame without a tag belongs to the PVID of ' +
    "its port, and without one it is dropped (__allowed_ingress): the pod has no network at all, though its devices are up. The CNI plugin's options portIsolation and vlan set these on purpose; scripts for virtual machines do by accident.",
  fix: 'Set isolated off for the ports, vlan_filtering 0 for the bridge or a PVID for the port.',
  addresses: 'none',
  needs: ['link'],
  uses: ['bridge-port', 'bridge-vlan'],
  seeAlso: ['bridge/port-not-forwarding'],
  *check(view) {
    for (const host of view.hosts) {
      if (view.node(host.node)?.beside) continue;
      const bridges = podBridgesOf(host.facts.link);
      for (const bridge of bridges) {
        yield* judgeIsolation(view, host, bridge);
        yield* judgeVlans(view, host, bridge);
      }
      const silent = bridges.find(
        (b) =>
          b.info === undefined && podPortsOf(host.facts.link, b.name).every((p) => isolation(host, p) === undefined),
      );
      if (silent)
        yield unknown({
          node: host.node,
          input: `switches of ${silent.name} and its ports`,
          supply: 'bridge-port',
          reason: 'not-captured',
        });
    }
  },
});
