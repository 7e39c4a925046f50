import { defineRule, finding, type Missing, type NonEmpty, type Pair, type View } from '#rule';

type Loses = NonNullable<Missing['loses']>;

/** One rule of a firewall, and the ways of which nobody can tell for it. */
interface Group {
  readonly loses: Loses;
  readonly about: Missing;
  readonly pairs: NonEmpty<Pair>;
}

function groupsOf({ paths }: View<never>): readonly Group[] {
  const groups = new Map<
    number,
    { readonly loses: Loses; readonly about: Missing; readonly pairs: [Pair, ...Pair[]] }
  >();
  for (const pair of paths.pairs)
    for (const about of pair.trace.verdict === 'unknown' ? pair.trace.missing : []) {
      const { loses } = about;
      if (!loses) continue;
      const held = groups.get(loses.at);
      if (!held) groups.set(loses.at, { loses, about, pairs: [pair] });
      else if (!held.pairs.includes(pair)) held.pairs.push(pair);
    }
  return [...groups.values()];
}

export default defineRule({
  id: 'neigh/answer-dropped',
  since: '0.1.0',
  severity: 'warning',
  title: 'A firewall drops questions for a neighbour or their answers',
  why:
    'Before a packet leaves for a neighbour its lladdr is asked for (ARP, neighbour discovery of IPv6). Rules of arptables, ebtables, nftables and ip6tables can drop the question or the answer. Who was heard asking itself is known ' +
    'for a while all the same, so that connections work and fail by turns, each time an entry has aged.',
  fix: 'Remove the rule, or let ARP and neighbour discovery pass it.',
  needs: ['address'],
  seeAlso: ['neigh/peer-failed'],
  *check(view) {
    for (const { loses, about, pairs } of groupsOf(view)) {
      const { node, says, at } = loses;
      yield finding({
        nodes: [node],
        subject: says,
        confidence: 'likely',
        message: `${node} drops what a neighbour needs before it can send: ${says}. Nobody can tell ${about.input}; ${pairs.length} of ${view.paths.pairs.length} paths hang on it.`,
        evidence: [{ at, note: 'this line decides it' }],
        fix: { summary: `on ${node} remove the rule, or let ARP and neighbour discovery pass before it`, commands: [] },
      });
    }
  },
});
