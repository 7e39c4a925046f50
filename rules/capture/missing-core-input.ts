import {
  captureAt,
  defineRule,
  type EvidenceDraft,
  type FactOf,
  finding,
  isIpv6Only,
  isSnippet,
  type Node,
  type PlacedCapture,
  type StackKind,
  unknown,
} from '#rule';

/** What almost every check of a node stands on, how a person calls it, and when it is there. */
interface Core {
  readonly command: string;
  has(node: Node): boolean;
}

/** A selection by the command's own words (`show dev cni0`, `-t raw`) is a part that others may stand beside. */
const isSelected = ({ scope }: PlacedCapture, allowed: Readonly<Record<string, string>>): boolean =>
  Object.entries(scope).some(([key, value]) => allowed[key] !== value);

/** Was the kind listed for `scope`: wholly, or as far as an output reaches that was cut or filtered? Those have rules of their own. */
function listed<K extends StackKind>(
  { host }: Node,
  kind: K,
  scope: Readonly<Record<string, string>>,
  fits: (fact: FactOf<K>) => boolean,
): boolean {
  return (
    host.absence(kind, scope).known ||
    host.listings(kind).some((l) => !isSelected(l.capture, scope) && l.facts.some((f) => fits(f)))
  );
}

/** One table of the kernel's firewall; what an unnamed excerpt shows may be of any. */
const hasTable = (node: Node, family: 4 | 6, table: string): boolean =>
  listed(node, 'iptables-table', { family: String(family), table }, (t) => t.family === family && t.table === table);

/** Of the family that the node speaks. */
const coreOf = (family: 4 | 6): readonly Core[] => [
  { command: 'ip -d addr', has: (n) => listed(n, 'address', { family: String(family) }, (a) => a.family === family) },
  { command: 'ip -d link', has: (n) => listed(n, 'link', {}, () => true) },
  // The answers of `ip route get` are no table.
  {
    command: family === 4 ? 'ip route show table all' : 'ip -6 route show table all',
    has: (n) =>
      listed(
        n,
        'route',
        { family: String(family), table: 'main' },
        (r) => !r.lookup && r.family === family && r.table === 'main',
      ),
  },
  { command: 'ip neigh', has: (n) => listed(n, 'neigh', { family: String(family) }, (e) => e.family === family) },
  // Forwarding is asked of each device (`ip netconf`, `sysctl -a`); `sysctl net.ipv4.ip_forward` says nothing of any.
  {
    command: 'ip netconf',
    has: (n) =>
      n.host.absence('netconf', { family: String(family) }).known ||
      n.host.facts('netconf').some((f) => f.family === family && f.scope === 'device' && f.key === 'forwarding'),
  },
  // FORWARD drops, MASQUERADE rewrites: one without the other explains little.
  {
    command: family === 4 ? 'iptables-save -c' : 'ip6tables-save -c',
    has: (n) => hasTable(n, family, 'filter') && hasTable(n, family, 'nat'),
  },
];
const CORE = { 4: coreOf(4), 6: coreOf(6) };
/** `show dev flannel.1` tells all of a tunnel that its bridges' entries would not add to. */
const VXLAN: Core = {
  command: 'bridge fdb show',
  has: ({ host }) =>
    host.absence('fdb', {}).known ||
    host
      .listings('fdb')
      .some(({ capture: { scope } }) => /^(?:flannel|vxlan|$)/.test(scope['dev'] ?? scope['master'] ?? '')),
};

export default defineRule({
  id: 'capture/missing-core-input',
  since: '0.1.0',
  severity: 'info',
  title: 'A node lacks captures that core checks need',
  why: 'A check without its input is not made, and silence would read as health. This is the list of what was not captured on each node, with the commands that supply it.',
  fix: 'Run the commands on the nodes and lint again.',
  addresses: 'none',
  needs: [],
  seeAlso: ['capture/filtered-output'],
  *check(view) {
    if (view.nodes.length === 0)
      yield unknown({ input: 'captures of a node', reason: 'not-captured', detail: 'no capture was taken on a node' });
    const wantedOf = ({ host }: Node): readonly Core[] => {
      const core = CORE[isIpv6Only(host.facts('address')) ? 6 : 4];
      return view.model.technologies.has('flannel') ? [...core, VXLAN] : core;
    };
    const firstOf = new Map<string, PlacedCapture>();
    for (const c of view.model.captures)
      if (c.place.kind === 'stack' && c.lineCount > 0 && !firstOf.has(c.place.node)) firstOf.set(c.place.node, c);
    const evidence: EvidenceDraft[] = [];
    const nodes: string[] = [];
    const commands = new Set<string>();
    for (const node of view.nodes) {
      const missing = isSnippet(node)
        ? []
        : wantedOf(node)
            .filter((w) => !w.has(node))
            .map((w) => w.command);
      const capture = firstOf.get(node.name) ?? view.model.captures[0];
      if (missing.length === 0 || !capture) continue;
      nodes.push(node.name);
      for (const command of missing) commands.add(command);
      evidence.push({
        at: captureAt(capture),
        note: `first capture of ${node.name}, which lacks ${missing.join(', ')}`,
      });
    }
    const [node, ...others] = nodes;
    const [first, ...rest] = evidence;
    if (node === undefined || !first) return;
    yield finding({
      nodes: [node, ...others],
      subject: 'core captures',
      message: `${nodes.length === 1 ? `${node} lacks` : `${nodes.length} of ${view.nodes.length} nodes lack`} captures that core checks need: those checks were not made there.`,
      evidence: [first, ...rest],
      fix: {
        summary: nodes.length === 1 ? `run on ${node}` : `run on each of ${nodes.join(', ')} what it lacks`,
        commands: [...commands],
      },
    });
  },
});
