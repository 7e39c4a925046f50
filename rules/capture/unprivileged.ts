import { captureAt, defineRule, finding, type PlacedCapture, unknown } from '#rule';

const DENIED =
  /permission denied|not permitted|(?:must|have to) be (?:run as )?root|not be identified|are you root|superuser/i;

/** Commands that print nothing, or a message on stderr that the collector dropped, to a user without rights. */
const ROOT_ONLY: ReadonlySet<string> = new Set([
  'iptables-save',
  'iptables-list',
  'nft',
  'ipset-list',
  'ipset-save',
  'conntrack',
  'dmesg',
]);

/** Output that a user without rights got: a refusal, or a listing with holes. */
const isDenied = (c: PlacedCapture): boolean =>
  c.failure?.reason === 'permission-denied' ||
  DENIED.test(c.incompleteBecause ?? '') ||
  DENIED.test(c.failure?.detail ?? '');

const nodeOf = (c: PlacedCapture): string => (c.place.kind === 'stack' ? c.place.node : 'cluster');

/** Who took it, as far as it tells: on one node, with sudo or without. */
const takerOf = (c: PlacedCapture): string => `${/^sudo\b/.test(c.commandLine ?? '')} ${nodeOf(c)}`;

/** Rules, sets or connections that only root is shown: what the same hand found empty is empty. Some kernels show dmesg to everybody. */
const isOfRoot = (c: PlacedCapture): boolean =>
  ROOT_ONLY.has(c.command) && c.command !== 'dmesg' && !c.failure && !isDenied(c) && c.facts.length > 0;

export default defineRule({
  id: 'capture/unprivileged',
  since: '0.1.0',
  severity: 'info',
  title: 'A capture was taken without root',
  why: 'Without root the kernel hides rules, settings and the owners of sockets: the output is empty or has holes, and an empty table is then no empty table.',
  fix: 'Capture it again with sudo.',
  addresses: 'none',
  needs: [],
  seeAlso: ['capture/missing-core-input'],
  *check(view) {
    const { captures } = view.model;
    const shown = new Set(captures.filter(isOfRoot).map(takerOf));
    for (const c of captures)
      if (c.failure?.reason === 'empty' && ROOT_ONLY.has(c.command) && !shown.has(takerOf(c)))
        yield unknown({
          node: nodeOf(c),
          input: c.command,
          reason: 'empty',
          detail: 'no rules at all, or a user who may not see them',
          at: captureAt(c),
        });
    const denied = captures.filter(isDenied);
    const [first, ...rest] = denied;
    if (!first) return;
    const [node = 'cluster', ...others] = [...new Set(denied.map(nodeOf))].sort();
    const commands = [...new Set(denied.flatMap((c) => c.commandLine ?? []))];
    const why = (c: PlacedCapture): string => c.failure?.detail ?? c.incompleteBecause ?? 'refused';
    yield finding({
      nodes: [node, ...others],
      subject: 'captures without root',
      message: `${denied.length === 1 ? 'One capture was' : `${denied.length} captures were`} taken without root (${why(first)}): what is missing in ${denied.length === 1 ? 'it' : 'them'} may exist.`,
      evidence: [{ at: captureAt(first), note: why(first) }, ...rest.map((c) => ({ at: captureAt(c), note: why(c) }))],
      fix: {
        summary: 'run as root',
        commands: commands.slice(0, 5).map((c) => (c.startsWith('sudo ') ? c : `sudo ${c}`)),
      },
    });
  },
});
