import { captureAt, defineRule, finding, type Node, type StackKind, unknown } from '#rule';

/** What almost every check of a node stands on, and how a person calls it. Each entry is satisfied by one of its kinds. */
const CORE: readonly { readonly kinds: readonly StackKind[]; readonly command: string }[] = [
  { kinds: ['address'], command: 'ip -d addr' },
  { kinds: ['link'], command: 'ip -d link' },
  { kinds: ['route'], command: 'ip route show table all' },
  { kinds: ['neigh'], command: 'ip neigh' },
  { kinds: ['netconf'], command: 'ip netconf' },
  { kinds: ['iptables-rule', 'iptables-chain'], command: 'iptables-save -c' },
];
const VXLAN = { kinds: ['fdb'] as readonly StackKind[], command: 'bridge fdb show' };

const lacks = (node: Node, kinds: readonly StackKind[]): boolean => !kinds.some((k) => node.host.has(k));

export default defineRule({
  id: 'capture/missing-core-input',
  since: '0.1.0',
  severity: 'info',
  title: 'A node lacks captures that core checks need',
  why: 'A check without its input is not made, and silence would read as health. This is the list of what was not captured on each node, with the command that supplies it.',
  fix: 'Run the commands on the node and lint again.',
  needs: [],
  seeAlso: ['capture/filtered-output'],
  *check(view) {
    if (view.nodes.length === 0)
      yield unknown({ input: 'captures of a node', reason: 'not-captured', detail: 'no capture was taken on a node' });
    for (const node of view.nodes) {
      // A snippet that nothing places is no node that somebody could capture again.
      if (/^unknown-\d+$/.test(node.name) && !node.host.has('route') && !node.host.has('address')) continue;
      const wanted = view.model.technologies.has('flannel') ? [...CORE, VXLAN] : CORE;
      const missing = wanted.filter((w) => lacks(node, w.kinds));
      const capture =
        view.model.captures.find((c) => c.place.kind === 'stack' && c.place.node === node.name) ??
        view.model.captures[0];
      if (missing.length === 0 || !capture) continue;
      const commands = [...new Set(missing.map((m) => m.command))];
      yield finding({
        nodes: [node.name],
        subject: 'core captures',
        message: `${node.name} was captured without ${commands.join(', ')}: checks that need ${commands.length === 1 ? 'it' : 'them'} were not made there.`,
        evidence: [{ at: captureAt(capture), note: `first capture of ${node.name}` }],
        fix: { summary: `run on ${node.name}`, commands },
      });
    }
  },
});
