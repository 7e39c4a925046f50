import { between, clusterEnds, defineRule, finding, type PacketFact, shows } from '#rule';

/** The first question may be lost; a third one means that nobody answers (ucast and mcast probes: 3 by default). */
const OFTEN = 3;

export default defineRule({
  id: 'trace/arp-unanswered',
  since: '0.1.0',
  severity: 'warning',
  title: 'ARP questions for an address of the cluster get no answer',
  why:
    'Before a packet goes to an address on the same network, ARP asks for its MAC. Questions that repeat without an answer mean that nobody there has the address: on the bridge of pods the pod is gone or its veth is not ' +
    'attached, on the NIC the peer is down, in another VLAN, or told not to answer (arp_ignore).',
  fix: 'Find who should own the address, and what stands between.',
  needs: ['packet'],
  uses: ['address', 'link', 'route', 'subnet-env', 'flannel-log', 'flannel-lease', 'node', 'pod', 'service'],
  onMissing: 'skip',
  causedBy: [
    'flannel/subnet-overlap',
    'route/subnet-overlap',
    'kernel/forwarding-disabled',
    'neigh/peer-failed',
    'trace/path-lost',
  ],
  *check(view) {
    const endOf = clusterEnds({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts, pods: view.podStacks });
    for (const stack of [...view.hosts, ...view.podStacks]) {
      const arp = stack.facts.packet.filter((p) => p.arp !== undefined);
      const asked = new Map<string, PacketFact[]>();
      for (const p of arp)
        if (p.arp?.operation === 'request' && p.destination !== undefined && p.destination !== p.source) {
          const key = `${p.dev ?? ''} ${p.destination}`;
          asked.set(key, [...(asked.get(key) ?? []), p]);
        }
      for (const questions of asked.values()) {
        const [first] = questions;
        const last = questions.at(-1);
        const end = first?.destination === undefined ? undefined : endOf(first.destination);
        if (
          !first ||
          !last ||
          !end ||
          end.kind === 'service' ||
          questions.length < OFTEN ||
          (between(first, last) ?? 0) < 1.5
        )
          continue;
        if (arp.some((p) => p.arp?.operation === 'reply' && p.source === first.destination)) continue;
        yield finding({
          nodes: [stack.node],
          subject: `${first.destination} on ${first.dev ?? 'an unnamed device'}`,
          message: `${first.source ?? 'Somebody'} asks ${questions.length} times who has ${first.destination} (${end.name})${first.dev === undefined ? '' : ` on ${first.dev} of ${stack.node}`}, and nobody answers.`,
          evidence: [
            shows(first, 'the first question'),
            shows(last, 'and still no answer'),
            { at: end.at, note: `${first.destination} is ${end.name}` },
          ],
          fix: {
            summary: `find out why ${end.name} does not answer`,
            commands: [`ip -d addr show   # on ${end.node ?? 'the owner'}: is the address there, is the device up`],
          },
        });
      }
    }
  },
});
