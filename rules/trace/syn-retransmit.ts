import { between, clusterEnds, defineRule, finding, type Sighting, shows, sightingsOf } from '#rule';

export default defineRule({
  id: 'trace/syn-retransmit',
  since: '0.1.0',
  severity: 'warning',
  title: 'A TCP connection inside the cluster is asked for again and again',
  why:
    'A SYN that gets no SYN-ACK is sent again after 1, 3 and 7 seconds. If none comes, the SYN or its answer is dropped on the way, without a word (a firewall that rejects would answer). If SYN-ACKs are seen and ' +
    'the client goes on asking or resets them, the answers come from an address or by a way that it does not accept: not translated back, or refused by its conntrack.',
  fix: 'Follow the walk of the same connection, and capture at the other end: does the SYN arrive?',
  needs: ['packet'],
  uses: ['address', 'link', 'route', 'subnet-env', 'flannel-log', 'flannel-lease', 'node', 'pod', 'service'],
  onMissing: 'skip',
  causedBy: [
    'kernel/tcp-tw-recycle',
    'kernel/forwarding-disabled',
    'kernel/ip-forward-off',
    'kernel/rp-filter-drop',
    'kernel/bridge-nf-call-iptables-off',
    'iptables/forward-drop',
    'iptables/input-blocks-overlay',
    'route/missing-peer-subnet',
    'trace/path-lost',
  ],
  *check(view) {
    const endOf = clusterEnds({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts, pods: view.podStacks });
    for (const stack of [...view.hosts, ...view.podStacks]) {
      const all = sightingsOf(stack.facts.packet).filter((s) => s.ids.startsWith('tcp '));
      const byFlow = new Map<string, Sighting[]>();
      for (const s of all)
        if (s.role === 'request') {
          const key = `${s.packet.dev ?? ''} ${s.from} ${s.to} ${s.ids}`;
          byFlow.set(key, [...(byFlow.get(key) ?? []), s]);
        }
      const told = new Set<string>();
      for (const syns of byFlow.values()) {
        const [first] = syns;
        const last = syns.at(-1);
        const end = first && endOf(first.to);
        if (!first || !last || !end || syns.length < 3 || (between(first.packet, last.packet) ?? 0) < 2) continue;
        const port = first.layer.destinationPort;
        const subject = `${first.to}:${port ?? '?'} on ${first.packet.dev ?? 'an unnamed device'}`;
        if (told.has(subject)) continue;
        told.add(subject);
        const answer = all.find(
          (s) =>
            s.role === 'reply' &&
            s.packet.dev === first.packet.dev &&
            s.from === first.from &&
            s.to === first.to &&
            s.ids === first.ids,
        );
        yield finding({
          nodes: [stack.node],
          subject,
          message: answer
            ? `${first.from} asks ${first.to}:${port} (${end.name}) ${syns.length} times for a connection although SYN-ACKs come: it does not accept them.`
            : `${first.from} asks ${first.to}:${port} (${end.name}) ${syns.length} times for a connection, and no SYN-ACK comes: the SYN or its answer is dropped on the way.`,
          evidence: [
            shows(first.packet, 'the first SYN'),
            shows(last.packet, 'and again'),
            ...(answer ? [shows(answer.packet, 'a SYN-ACK')] : []),
          ],
          fix: {
            summary: 'follow the walk of the same connection',
            commands: [`dumplint trace BUNDLE ${first.from} ${first.to} --proto tcp --port ${port ?? 'PORT'}`],
          },
        });
      }
    }
  },
});
