import { captureAt, defineRule, finding, type PlacedCapture, unknown } from '#rule';

const nodeOf = (capture: PlacedCapture): string => (capture.place.kind === 'stack' ? capture.place.node : 'cluster');

/** Tools that show one device and no more: to name it chooses nothing. */
const ONE_AT_A_TIME = /^(?:ethtool|brctl-show(?:macs|stp))/;

/** `| grep` and its like; a selection that the command itself made (`show dev cni0`) is told too, because others are missing. */
const isExcerpt = (capture: PlacedCapture): boolean =>
  capture.completeness === 'filtered' ||
  (!ONE_AT_A_TIME.test(capture.command) &&
    Object.keys(capture.scope).some((k) => k === 'dev' || k === 'address') &&
    capture.facts.length > 0);

const excerpt = (capture: PlacedCapture): string =>
  capture.incompleteBecause ??
  Object.entries(capture.scope)
    .map(([k, v]) => `${k} ${v}`)
    .join(', ');

export default defineRule({
  id: 'capture/filtered-output',
  since: '0.1.0',
  severity: 'info',
  title: 'A capture is an excerpt: what it does not show may still exist',
  why: 'Output behind grep, head or a selection such as "show dev cni0" proves what it shows and nothing else. Checks that need to know that an entry is missing are not made from it.',
  fix: 'Capture the command again without the filter.',
  addresses: 'none',
  needs: [],
  seeAlso: ['capture/missing-core-input'],
  *check(view) {
    const excerpts = view.model.captures.filter((c) => isExcerpt(c) && !c.failure);
    // Output that was pasted without its command line may have gone through a filter that nobody sees.
    const bare = view.model.captures.find(
      (c) => c.commandLine === undefined && c.block.includes('!') && c.completeness === 'full',
    );
    if (bare)
      yield unknown({
        node: nodeOf(bare),
        input: 'command line',
        reason: 'not-captured',
        detail: 'output was pasted without its command line',
        at: captureAt(bare),
      });
    const [first, ...rest] = excerpts;
    if (!first) return;
    const [node = 'cluster', ...others] = [...new Set(excerpts.map(nodeOf))].sort();
    yield finding({
      nodes: [node, ...others],
      subject: 'excerpts',
      message: `${excerpts.length === 1 ? 'One capture is an excerpt' : `${excerpts.length} captures are excerpts`}: absence was not concluded from ${excerpts.length === 1 ? 'it' : 'them'}.`,
      evidence: [
        { at: captureAt(first), note: excerpt(first) },
        ...rest.map((c) => ({ at: captureAt(c), note: excerpt(c) })),
      ],
    });
  },
});
