import {
  type At,
  defineRule,
  finding,
  type Loss,
  type LostPath,
  type NonEmpty,
  type RuleResult,
  type StackView,
  traceCommand,
  unknown,
  unreadRulesOf,
  type View,
} from '#rule';

type Seen = 'iptables-table' | 'service' | 'endpoints' | 'kube-proxy-config';

/** The lines that send what is for some of the node's addresses, and no other, to the NodePorts. */
interface Chosen {
  readonly addresses: readonly string[];
  readonly at: At;
}

/** By default all addresses of the node are asked (`--dst-type LOCAL`); with nodePortAddresses there is a rule for each. */
function chosenOf({ facts }: StackView<Seen>, family: 4 | 6): Chosen | undefined {
  const tables = facts['iptables-table'].filter((t) => t.table === 'nat' && t.family === family);
  const jumps = tables
    .flatMap((t) => unreadRulesOf(t, 'KUBE-SERVICES'))
    .filter((r) => / ?-j KUBE-NODEPORTS\b/.test(r.text));
  const named = jumps.flatMap((r) => {
    const [, address] = /(?:^| )-d (\S+?)(?:\/(?:32|128))?(?: |$)/.exec(r.text) ?? [];
    return address === undefined ? [] : [{ address, at: r.at }];
  });
  const [first] = named;
  return first && named.length === jumps.length ? { addresses: named.map((n) => n.address), at: first.at } : undefined;
}

interface Refused {
  readonly loss: Loss;
  readonly path: LostPath;
}

const nodePortOf = ({ pair: { dst } }: LostPath): string => `NodePort ${dst.port} (${/\((.+)\)$/.exec(dst.name)?.[1]})`;

/** What is asked at a node's address, is no endpoint's and refused by the node itself, though the service has endpoints. */
function refusedBy(view: View<Seen>): ReadonlyMap<string, readonly [Refused, ...Refused[]]> {
  const groups = new Map<string, [Refused, ...Refused[]]>();
  for (const loss of view.paths.losses)
    for (const path of loss.by === 'closed-port' && loss.netns === '' ? loss.paths : []) {
      const { dst } = path.pair;
      if (dst.kind !== 'node-port' || !path.unserved || dst.node !== loss.node) continue;
      const key = `${loss.node} ${dst.family}`;
      const held = groups.get(key);
      if (held) held.push({ loss, path });
      else groups.set(key, [{ loss, path }]);
    }
  return groups;
}

/** Does another node answer for one of these NodePorts? */
const isServedElsewhere = (view: View<Seen>, node: string, port: number | undefined): boolean =>
  view.paths.pairs.some(
    (p) => p.dst.kind === 'node-port' && p.dst.port === port && p.dst.node !== node && p.trace.verdict === 'delivered',
  );

function* resultsOf(view: View<Seen>, refused: NonEmpty<Refused>): Generator<RuleResult> {
  const [{ loss, path }] = refused;
  const { node } = loss;
  const host = view.allHosts.find((h) => h.node === node);
  const chosen = host && chosenOf(host, path.pair.dst.family);
  if (!chosen) return;
  if (loss.skew !== undefined) {
    yield unknown({
      node,
      input: 'which addresses took NodePorts then',
      reason: 'not-comparable',
      detail: loss.skew,
      at: chosen.at,
    });
    return;
  }
  const names = [...new Set(refused.map((r) => nodePortOf(r.path)))];
  const several = names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(' and ');
  const asked = path.outcome.endpoint;
  const differs = refused.some((r) => isServedElsewhere(view, node, r.path.pair.dst.port));
  yield finding({
    nodes: [node],
    subject: 'NodePorts',
    message: `kube-proxy of ${node} takes NodePorts at ${chosen.addresses.join(', ')} alone: ${several} ${names.length === 1 ? 'is' : 'are'} refused at ${asked}, the address of the node${differs ? ', while other nodes answer there' : ''}; no captured configuration says so.`,
    severity: differs ? 'warning' : 'info',
    evidence: [{ at: chosen.at, note: 'the rest of the node has no NodePorts' }],
    breaks: [...new Set(refused.map((r) => r.path.pair))],
    fix: {
      summary: `see --nodeport-addresses (nodePortAddresses) of kube-proxy on ${node}, and let it hold the network in which clients ask`,
      commands: ['kubectl -n kube-system get configmap kube-proxy -o yaml', traceCommand(path)],
    },
  });
}

export default defineRule({
  id: 'kube-proxy/node-port-addresses',
  since: '0.1.0',
  severity: 'warning',
  title: 'A node takes NodePorts at some of its addresses only',
  why:
    'kube-proxy opens NodePorts at every address of its node, unless nodePortAddresses names networks: then each address inside them has a rule, and all others refuse. That is meant where a node has a network for clients and another ' +
    'for itself. Where one node has other networks in there than the rest (a card that came later, an old flag), clients and load balancers that ask its usual address are refused by that node alone.',
  fix: 'Let nodePortAddresses be the same on all nodes and hold the network in which clients ask, and restart kube-proxy.',
  needs: ['iptables-table', 'service'],
  uses: ['endpoints', 'kube-proxy-config'],
  onMissing: 'skip',
  seeAlso: ['kube-proxy/not-programmed'],
  *check(view) {
    if (view.cluster['kube-proxy-config'].some((c) => c.nodePortAddresses.length > 0)) return;
    for (const refused of refusedBy(view).values()) yield* resultsOf(view, refused);
  },
});
