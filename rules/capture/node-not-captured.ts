import { defineRule, finding, unknown } from '#rule';

export default defineRule({
  id: 'capture/node-not-captured',
  since: '0.1.0',
  severity: 'info',
  title: 'Kubernetes knows a node of which nothing was captured',
  why: 'What two nodes must agree on (VTEP addresses, forwarding entries, routes to pod subnets) is judged from one side only when the other one was not captured.',
  fix: 'Capture that node too.',
  addresses: 'none',
  needs: ['node'],
  seeAlso: ['capture/missing-core-input'],
  *check(view) {
    const hosts = view.nodes.filter((n) => !/^unknown-/.test(n.name));
    if (hosts.length === 0) {
      yield unknown({ input: 'captures of a node', reason: 'not-captured', detail: 'no capture was taken on a node' });
      return;
    }
    const captured = new Set(view.nodes.flatMap((n) => [n.name, ...n.aliases, n.kubernetesName ?? n.name]));
    const absent = view.cluster.node.filter((n) => !captured.has(n.name));
    const nameless = view.nodes.filter((n) => n.kubernetesName === undefined);
    // A host that no evidence joins to a Kubernetes node may be one of those that seem to be absent.
    if (absent.length > 0 && nameless.length > 0) {
      yield unknown({
        input: 'identity of nodes',
        reason: 'not-captured',
        detail: `${nameless.map((n) => n.name).join(', ')} may be one of ${absent.map((n) => n.name).join(', ')}`,
      });
      return;
    }
    const [first, ...rest] = absent;
    if (!first) return;
    yield finding({
      nodes: [first.name, ...rest.map((n) => n.name)],
      subject: 'nodes without captures',
      message: `${absent.length === 1 ? `${first.name} was` : `${absent.length} of ${view.cluster.node.length} nodes were`} not captured: checks between two nodes were made from one side only.`,
      evidence: [{ at: first.at }, ...rest.map((n) => ({ at: n.at }))],
      fix: {
        summary: `capture ${absent.map((n) => n.name).join(', ')}: run the collector there as root`,
        commands: ['dumplint collect > collect.sh', 'sh collect.sh'],
      },
    });
  },
});
