import {
  defineRule,
  type EvidenceDraft,
  finding,
  type Pair,
  type Paths,
  type Trace,
  traceCommand,
  type View,
} from '#rule';

type Walked = Trace['outcomes'][number];
type Because = NonNullable<Walked['because']>;

/** More nodes than these are asked in a ring. */
const FEW = 8;
/** No card takes more; what the sender's own device takes says the first answer. */
const LARGEST = 9216;

interface Lost {
  readonly pair: Pair;
  readonly size: number;
  readonly outcome: Walked;
}

/** Is UDP of that size lost there as well? A rule against large pings harms nobody. */
function isForAll(paths: Paths, { trace }: Pair, size: number, { reason }: Pick<Because, 'reason'>): boolean {
  const asked = paths.trace({ src: trace.src, dst: trace.dst, proto: 'udp', port: 53, size, df: true });
  return asked.kind === 'trace' && asked.trace.outcomes[0]?.because?.reason === reason;
}

/** What the walk says of packets as large as the sender itself sends them; undefined: nothing is lost without a word, or that is not known. */
function lostOf(paths: Paths, pair: Pair): Lost | undefined {
  let size = LARGEST;
  // Its own device, then the one below, may say how much they take; what they say is heard.
  for (let round = 0; round < 3; round++) {
    const asked = paths.trace({ src: pair.trace.src, dst: pair.trace.dst, proto: 'icmp', size, df: true });
    if (asked.kind === 'error' || asked.trace.verdict !== 'dropped') return undefined;
    const [outcome] = asked.trace.outcomes;
    const because = outcome?.because;
    if (!outcome || !because || because.direction !== 'request') return undefined;
    const isTold = because.answer !== undefined && because.heard?.verdict !== 'lost';
    if (!isTold)
      return /\boctets\b/.test(because.reason) || isForAll(paths, pair, size, because)
        ? { pair, size, outcome }
        : undefined;
    const [, mtu] = / the MTU (\d+) /.exec(because.reason) ?? [];
    if (mtu === undefined || Number(mtu) >= size) return undefined;
    size = Number(mtu);
  }
  return undefined;
}

/** Pods and nodes of different nodes whose small packets arrive: of few nodes each with each, of many each with the next. */
function asked({ paths, allHosts }: View<never>): readonly Pair[] {
  const names = allHosts.map((h) => h.node);
  const isNext = (a: string, b: string): boolean => names[(names.indexOf(a) + 1) % names.length] === b;
  return paths.pairs.filter(({ src, dst, trace }) => {
    const [a, b] = [src.node, dst.node];
    const isEnds =
      (src.kind === 'pods' || src.kind === 'node') &&
      dst.kind === src.kind &&
      dst.port === undefined &&
      !src.odd &&
      !dst.odd;
    if (!isEnds || a === undefined || b === undefined || a === b || trace.verdict !== 'delivered') return false;
    return names.length <= FEW || isNext(a, b);
  });
}

/** Where the error that would tell the sender ends. */
function silencedBy({ legs }: Walked): readonly EvidenceDraft[] {
  const step = legs.find((l) => l.direction === 'error')?.steps.findLast((s) => s.at.length > 0);
  const [at] = step?.at ?? [];
  return step && at !== undefined ? [{ at, note: `here "fragmentation needed" ends: ${step.says}` }] : [];
}

export default defineRule({
  id: 'trace/full-size-lost',
  since: '0.1.0',
  severity: 'error',
  title: 'Full-sized packets are lost and the sender is not told',
  why:
    'TCP sends segments as large as its own device takes, with "don\'t fragment" set. Where a device further on takes less, its node must say so with ICMP "fragmentation needed" (of IPv6 "packet too big"), and the sender then ' +
    'sends less. Where that message is dropped, or nobody can send it, small packets pass and large ones vanish (a black hole of path MTU discovery): pings and handshakes work, and transfers hang.',
  fix: 'Let ICMP "fragmentation needed" pass, and give all devices on the way, pods included, an MTU that it carries.',
  needs: ['link', 'address'],
  seeAlso: ['link/mtu-exceeds-underlay', 'link/mtu-mismatch-across-nodes', 'trace/large-packets-stall'],
  *check(view) {
    const groups = new Map<string, [Lost, ...Lost[]]>();
    for (const pair of asked(view)) {
      const lost = lostOf(view.paths, pair);
      const because = lost?.outcome.because;
      if (!lost || !because || !view.node(because.node)) continue;
      const key = `${because.node} ${because.netns} ${because.device ?? ''}`;
      const held = groups.get(key);
      if (held) held.push(lost);
      else groups.set(key, [lost]);
    }
    for (const group of groups.values()) {
      const [{ pair, size, outcome }] = group;
      const { because } = outcome;
      const [at] = because?.evidence ?? [];
      if (!because || at === undefined) continue;
      const others = group.length === 1 ? '' : ` (and on ${group.length - 1} more ways)`;
      yield finding({
        nodes: [because.node],
        subject: because.device ?? because.node,
        message: `Packets of ${size} octets from ${pair.src.name} to ${pair.dst.name} are lost on ${because.node}${others}, and the sender is not told, while small ones arrive: ${because.reason}.`,
        evidence: [{ at }, ...silencedBy(outcome)],
        restsOn: because.evidence,
        breaks: group.map((l) => l.pair),
        fix: {
          summary:
            because.hook === undefined
              ? `give the senders an MTU that ${because.device ?? 'the device'} of ${because.node} takes, and let ICMP errors pass`
              : `take that rule of ${because.node} away, or let it pass what the devices take`,
          commands: [
            traceCommand({ probe: { src: pair.trace.src, dst: pair.trace.dst, proto: 'icmp', size, df: true } }),
            `ping -M do -s ${size - (pair.src.family === 6 ? 48 : 28)} ${pair.trace.dst.replace(/^\w+:/, '')}`,
          ],
        },
      });
    }
  },
});
