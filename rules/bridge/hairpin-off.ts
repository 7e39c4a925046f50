import {
  defineRule,
  type EvidenceDraft,
  finding,
  type Loss,
  type NonEmpty,
  natureOf,
  openQuestions,
  pairsOf,
  type RuleResult,
  sendsNothingBack,
  severityOf,
  shows,
  traceCommand,
  unknown,
  type View,
} from '#rule';

type Seen = 'link' | 'bridge-port' | 'cni-config';

const portOf = ({ reason }: Loss): string => reason.replace(/ .*/, '');

const some = (all: readonly string[]): string => {
  const each = [...new Set(all)];
  return each.length <= 3 ? each.join(', ') : `${each.slice(0, 3).join(', ')} and ${each.length - 3} more`;
};

/** Losses of one bridge, where pods ask themselves by their services. */
function byBridge(view: View<Seen>): readonly NonEmpty<Loss>[] {
  const groups = new Map<string, [Loss, ...Loss[]]>();
  for (const loss of view.paths.losses) {
    if (!sendsNothingBack(loss) || loss.netns !== '' || !view.node(loss.node) || natureOf(loss) !== 'fault') continue;
    // What comes in by a card and would have to leave by it has another cause.
    if (!loss.paths.some(({ pair }) => pair.src.kind === 'pods')) continue;
    const key = `${loss.node} ${loss.device}`;
    const held = groups.get(key);
    if (held) held.push(loss);
    else groups.set(key, [loss]);
  }
  return [...groups.values()];
}

function* resultsOf(view: View<Seen>, losses: NonEmpty<Loss>): Generator<RuleResult> {
  const [first] = losses;
  const { node } = first;
  const [at] = first.evidence;
  if (at === undefined) return;
  const skew = losses.find((l) => l.skew !== undefined)?.skew;
  if (skew !== undefined) {
    yield unknown({ node, input: `hairpin of ${portOf(first)} then`, reason: 'not-comparable', detail: skew, at });
    return;
  }
  const ports = some(losses.map(portOf));
  const pairs = pairsOf(losses);
  const whole = pairs.filter((p) => p.trace.verdict === 'dropped');
  const services = some((whole.length > 0 ? whole : pairs).map((p) => p.dst.name));
  const many = losses.length > 1;
  const host = view.allHosts.find((h) => h.node === node);
  const meant = host?.facts['cni-config'].find((c) =>
    c.plugins.some((p) => [p, ...(p.delegates ?? [])].some((d) => d.hairpinMode === true)),
  );
  const evidence: NonEmpty<EvidenceDraft> = [
    { at, note: `hairpin is off for ${portOf(first)}` },
    ...losses.slice(1, 3).flatMap((l) => l.evidence.slice(0, 1).map((line) => ({ at: line }))),
    ...(meant ? [shows(meant, 'and ought to be on')] : []),
  ];
  yield finding({
    nodes: [node],
    subject: `${first.device ?? 'bridge'} hairpin`,
    message: `Hairpin mode of ${ports} in ${first.device ?? 'the bridge'} of ${node} is off, expected on: ${many ? 'the pods behind these ports do' : 'the pod behind it does'} not reach ${many ? 'themselves' : 'itself'} by ${services}${whole.length > 0 ? '' : ', whenever the choice falls on the pod that asks'}.`,
    severity: severityOf(losses, view.paths),
    evidence,
    breaks: pairs,
    fix: {
      summary: `on ${node} turn hairpin mode on for ${ports}, and in the configuration of the CNI (hairpinMode) for pods to come`,
      commands: [
        ...[...new Set(losses.map(portOf))].slice(0, 3).map((port) => `bridge link set dev ${port} hairpin on`),
        traceCommand(first.paths[0]),
      ],
    },
  });
}

export default defineRule({
  id: 'bridge/hairpin-off',
  since: '0.1.0',
  severity: 'error',
  title: 'A pod does not reach itself by its service',
  why:
    "A bridge sends no frame back by the port it came from (should_deliver), unless the port's hairpin mode is on. A pod that asks a service of which it is an endpoint is at times given its own address: its packet comes to the " +
    'bridge by the port that it has to leave by. With hairpin mode off it is lost, and the pod hears nothing. Where it is the only endpoint it never reaches its service; among others one connection out of as many as there are endpoints hangs, ' +
    'from that pod alone. Everybody else is served.',
  fix: "Turn hairpin mode on for the ports of pods: `hairpinMode` in the CNI's configuration, and `bridge link set dev … hairpin on` for those that are there.",
  needs: [['link', 'bridge-port']],
  uses: ['link', 'bridge-port', 'cni-config'],
  seeAlso: ['bridge/port-not-forwarding', 'kube-proxy/masquerade-broken'],
  *check(view) {
    yield* openQuestions(view.paths, (m) => m.input.startsWith('hairpin of '));
    for (const losses of byBridge(view)) yield* resultsOf(view, losses);
  },
});
