import {
  captureAt,
  defineRule,
  type EvidenceDraft,
  finding,
  isSnippet,
  type Node,
  type PlacedCapture,
  type StackKind,
  unknown,
} from '#rule';

/** What almost every check of a node stands on, and how a person calls it. Each entry is satisfied by one of its kinds. */
const CORE: readonly { readonly kinds: readonly StackKind[]; readonly command: string }[] = [
  { kinds: ['address'], command: 'ip -d addr' },
  { kinds: ['link'], command: 'ip -d link' },
  { kinds: ['route'], command: 'ip route show table all' },
  { kinds: ['neigh'], command: 'ip neigh' },
  { kinds: ['netconf'], command: 'ip netconf' },
  { kinds: ['iptables-table'], command: 'iptables-save -c' },
];
const VXLAN = { kinds: ['fdb'] as readonly StackKind[], command: 'bridge fdb show' };

const lacks = (node: Node, kinds: readonly StackKind[]): boolean => !kinds.some((k) => node.host.has(k));

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
    const wanted = view.model.technologies.has('flannel') ? [...CORE, VXLAN] : CORE;
    const firstOf = new Map<string, PlacedCapture>();
    for (const c of view.model.captures)
      if (c.place.kind === 'stack' && !firstOf.has(c.place.node)) firstOf.set(c.place.node, c);
    const evidence: EvidenceDraft[] = [];
    const nodes: string[] = [];
    const commands = new Set<string>();
    for (const node of view.nodes) {
      const missing = isSnippet(node) ? [] : wanted.filter((w) => lacks(node, w.kinds)).map((w) => w.command);
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
