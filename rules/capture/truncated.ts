import { captureAt, defineRule, finding, type PlacedCapture, unknown } from '#rule';

/** `a line was not understood` is our own gap, and `+ 3 more...` kubectl's way of printing a whole answer: neither is a cut. */
const isCut = (c: PlacedCapture): boolean =>
  c.completeness === 'truncated' &&
  c.gaps.length === 0 &&
  !/not understood|^\+ |\d more\b/.test(c.incompleteBecause ?? '');

/** A program's complaint beside its output (`RTNETLINK answers: …` in a file that took stderr too): something is missing, and nothing broke off. */
const isMessage = (c: PlacedCapture): boolean =>
  /RTNETLINK|BusyBox v|[Uu]sage|not supported|denied|not permitted|not found|No such|unknown|failed|[Ee]rror|cannot|Cannot|invalid/.test(
    c.incompleteBecause ?? '',
  );

/** Cut by hand, and shown as such: whoever sent it knows. */
const isPlain = (c: PlacedCapture): boolean => /cut by hand/.test(c.incompleteBecause ?? '');

const nodeOf = (c: PlacedCapture): string => (c.place.kind === 'stack' ? c.place.node : 'cluster');

export default defineRule({
  id: 'capture/truncated',
  since: '0.1.0',
  severity: 'warning',
  title: 'A capture breaks off',
  why: 'A dump that ends in the middle (a full disk, a limit of the collector, an archive that was not copied to its end) proves what it shows and not that anything is missing. What lies behind the break is unknown.',
  fix: 'Capture it again, or copy the archive again.',
  addresses: 'none',
  needs: [],
  seeAlso: ['capture/filtered-output', 'capture/missing-core-input'],
  *check(view) {
    const { captures } = view.model;
    // Somebody chose what to paste, and without the command line nothing tells whether that is all of it.
    const bare = captures.find((c) => c.commandLine === undefined && c.block.includes('!'));
    if (bare)
      yield unknown({
        node: nodeOf(bare),
        input: 'command line',
        reason: 'not-captured',
        detail: 'output was pasted without its command line',
        at: captureAt(bare),
      });
    const cut = captures.filter(isCut);
    const groups = [
      {
        severity: 'warning' as const,
        subject: 'captures that break off',
        of: cut.filter((c) => !isPlain(c) && !isMessage(c)),
      },
      { severity: 'info' as const, subject: 'captures cut by hand', of: cut.filter(isPlain) },
      {
        severity: 'info' as const,
        subject: 'captures with error messages',
        of: cut.filter((c) => !isPlain(c) && isMessage(c)),
      },
    ];
    for (const { severity, subject, of } of groups) {
      const [first, ...rest] = of;
      if (!first) continue;
      const [node = 'cluster', ...others] = [...new Set(of.map(nodeOf))].sort();
      yield finding({
        nodes: [node, ...others],
        subject,
        severity,
        message: `${of.length === 1 ? 'One capture is' : `${of.length} captures are`} not whole (${first.incompleteBecause ?? 'cut'}): absence was not concluded from ${of.length === 1 ? 'it' : 'them'}.`,
        evidence: [
          { at: captureAt(first), note: first.incompleteBecause ?? 'cut' },
          ...rest.map((c) => ({ at: captureAt(c), note: c.incompleteBecause ?? 'cut' })),
        ],
      });
    }
  },
});
