import type { Capture, Fact, Located, ToldElsewhere } from '../kit/index.js';

interface Part {
  readonly capture: Capture;
  readonly where: Located | undefined;
}

const NOTHING = { facts: 0, noise: 0, gaps: 0 };

/** Another part of a capture: its lines are counted once, with the first part. */
const further = (capture: Capture): Capture => ({ ...capture, gaps: [], tally: NOTHING, bytes: NOTHING });

/** Journals of several machines in one file: a part for each host that the lines name. */
function byHost(capture: Capture, by: string): readonly Part[] {
  const hosts = new Map<string, Fact[]>();
  for (const fact of capture.facts) {
    const { host, name, source } = fact as Fact & { host?: string; name?: string; source?: string };
    const owner = fact.kind === 'hostname' && source === 'log' ? name : host;
    if (owner === undefined) continue;
    const list = hosts.get(owner);
    if (list) list.push(fact);
    else hosts.set(owner, [fact]);
  }
  return [...hosts].map(([node, facts], n) => ({
    capture: n > 0 ? { ...further(capture), facts } : { ...capture, facts },
    where: { kind: 'node', node, by },
  }));
}

/** What a capture tells of another namespace of its node stays with the node, whatever names that; another node has its own name. */
function partOf(capture: Capture, { where, facts, kinds }: ToldElsewhere, located: Located | undefined): Part {
  const { elsewhere: _, ...rest } = further(capture);
  const netns = where.netns ?? '';
  if (where.node !== undefined)
    return {
      capture: { ...rest, hint: {}, facts, kinds },
      where: { kind: 'node', node: where.node, by: `${capture.command} of ${where.node}`, netns },
    };
  const { pod: _pod, ...hint } = capture.hint;
  const placed = located?.kind === 'node' || located?.kind === 'unnamed' ? { ...located, netns } : located;
  return { capture: { ...rest, hint: { ...hint, netns }, facts, kinds }, where: placed };
}

/** One capture for each place that a capture tells of. Facts keep their lines; only the first part answers for them in the ledger. */
export function splitByPlace(
  captures: readonly Capture[],
  located: readonly (Located | undefined)[],
): { readonly captures: readonly Capture[]; readonly located: readonly (Located | undefined)[] } {
  if (!located.some((l) => l?.kind === 'by-host') && !captures.some((c) => c.elsewhere)) return { captures, located };
  const parts = captures.flatMap((capture, i): readonly Part[] => {
    const where = located[i];
    const own = where?.kind === 'by-host' ? byHost(capture, where.by) : [{ capture, where }];
    return capture.elsewhere ? [...own, ...capture.elsewhere.map((e) => partOf(capture, e, where))] : own;
  });
  return { captures: parts.map((p, id) => ({ ...p.capture, id })), located: parts.map((p) => p.where) };
}
