import {
  type ClusterEnd,
  clusterEnds,
  defineRule,
  type EndKind,
  type EvidenceDraft,
  finding,
  type Loss,
  linesOf,
  type Paths,
  type PingFact,
  shows,
  type View,
} from '#rule';

type Seen = 'ping' | EndKind;

interface Failed {
  readonly src: string;
  readonly end: ClusterEnd;
  readonly target: string;
  readonly ping: PingFact;
}

interface Matrix {
  readonly failed: readonly Failed[];
  readonly answered: readonly Failed[];
}

/** All pings between ends of the cluster. A later ping of the same target by the same stack counts. */
function matrixOf(view: View<Seen>): Matrix {
  const endOf = clusterEnds({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts, pods: view.podStacks });
  const last = new Map<string, Failed>();
  for (const stack of [...view.allHosts, ...view.podStacks])
    for (const ping of stack.facts.ping) {
      const target = ping.address ?? ping.target;
      const end = endOf(target);
      // One packet may be lost to ARP, and a size or DF asks for something else.
      if (!end || end.kind === 'service' || ping.dontFragment || (ping.size ?? 56) > 1000) continue;
      if (ping.received === 0 && !(ping.complete && (ping.transmitted ?? 0) > 1)) continue;
      last.set(`${stack.node} ${stack.netns} ${target}`, { src: stack.node, end, target, ping });
    }
  const all = [...last.values()];
  return { failed: all.filter((f) => f.ping.received === 0), answered: all.filter((f) => f.ping.received > 0) };
}

interface Pattern {
  readonly subject: string;
  readonly says: string;
  readonly nodes: [string, ...string[]];
  readonly of: [Failed, ...Failed[]];
}

/** A row is a node that reaches nobody, a column one that nobody reaches. */
function patternsOf(failed: readonly Failed[]): readonly Pattern[] {
  const sources = new Set(failed.map((f) => f.src));
  const targets = new Set(failed.map((f) => f.end.node ?? f.target));
  const row = sources.size === 1 && targets.size > 1;
  const groups = new Map<string, [Failed, ...Failed[]]>();
  for (const f of failed) {
    const key = row ? f.src : (f.end.node ?? f.target);
    const held = groups.get(key);
    if (held) held.push(f);
    else groups.set(key, [f]);
  }
  return [...groups].map(([key, of]) => {
    const who = [...new Set(of.map((f) => (row ? (f.end.node ?? f.target) : f.src)))].join(', ');
    const whom = [...new Set(of.map((f) => `${f.target} (${f.end.name})`))].slice(0, 3).join(', ');
    return {
      subject: row ? `from ${key}` : `to ${key}`,
      says: row ? `Pings of ${key} to ${who} get no answer: ${whom}` : `Pings to ${whom} get no answer from ${who}`,
      nodes: [row ? key : (of[0].end.node ?? of[0].src)],
      of,
    };
  });
}

/** What the walk says of the same pings. */
function predicted(paths: Paths, of: readonly Failed[]): readonly Loss[] {
  const places = of.flatMap(({ src, target }) => {
    const asked = paths.trace({ src: `node:${src}`, dst: target, proto: 'icmp' });
    return asked.kind === 'trace' && asked.trace.because ? [asked.trace.because] : [];
  });
  return paths.losses.filter((l) =>
    places.some((b) => b.node === l.node && b.step === l.step && b.device === l.device && b.by === l.by),
  );
}

export default defineRule({
  id: 'trace/ping-matrix',
  since: '0.1.0',
  severity: 'warning',
  title: 'Pings inside the cluster get no answer',
  why:
    'Pings that somebody sent between nodes and pods are a map of the fault: one node that reaches nobody has trouble with what it sends, one that nobody reaches with what it receives or answers, a single pair with ' +
    "its forwarding entry or MAC. Addresses of the node itself (cni0, flannel.1) answer without forwarding, so that they answer while pods do not points at forwarding on the target's side.",
  fix: 'Follow the walk of the same packet: it names the place where it is lost.',
  needs: ['ping'],
  uses: ['address', 'link', 'route', 'subnet-env', 'flannel-log', 'flannel-lease', 'node', 'pod', 'service'],
  onMissing: 'skip',
  *check(view) {
    const { failed, answered } = matrixOf(view);
    for (const { subject, says, nodes, of } of patternsOf(failed)) {
      const losses = predicted(view.paths, of);
      const place = losses[0];
      const own = answered.filter((a) => a.end.kind === 'node' && a.end.node === of[0].end.node);
      const telling = own.length > 0 && of.every((f) => f.end.kind === 'pod') ? own[0] : undefined;
      const [first, ...more] = of.map(({ ping }): EvidenceDraft => shows(ping, 'no answer'));
      if (!first) continue;
      yield finding({
        nodes,
        subject,
        message: `${says}${telling ? `, while ${telling.target} (${telling.end.name}) answers: the node is reached, its pods are not` : ''}${place ? `; the walk says so too: ${place.reason} on ${place.node}` : ''}.`,
        confidence: place ? 'certain' : 'likely',
        evidence: [first, ...more.slice(0, 2), ...(telling ? [shows(telling.ping, 'answered')] : [])],
        restsOn: losses.flatMap(linesOf),
        dueTo: losses.map((l) => ({ rule: 'trace/path-lost', nodes: [l.node] as const })),
        fix: {
          summary: place
            ? `see what is said of ${place.node}`
            : 'the cause is not in these captures; look at the walk, and at the network between the nodes',
          commands: [`dumplint trace BUNDLE node:${of[0].src} ${of[0].target}`],
        },
      });
    }
  },
});
