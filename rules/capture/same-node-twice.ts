import {
  defineRule,
  finding,
  isVirtualBoxNat,
  isVirtualDevice,
  type LinkFact,
  nodeAddresses,
  type StackView,
  unknown,
} from '#rule';

type Host = StackView<'link' | 'address'>;

/** Index, name and lladdr of each device with a lladdr of its own: two machines may share a NIC's (cloned images do), never all of them. */
const devicesOf = (links: readonly LinkFact[]): ReadonlyMap<string, LinkFact> =>
  new Map(
    links.flatMap((l) =>
      l.lladdr === undefined || l.index === undefined || /^00(:00){5}$/.test(l.lladdr)
        ? []
        : [[`${l.index} ${l.name} ${l.lladdr}`, l] as const],
    ),
  );

/** Devices that both have, when they are enough to tell one machine from a clone of it. */
function shared(a: Host, b: Host): readonly [LinkFact, LinkFact] | undefined {
  const [mine, theirs] = [devicesOf(a.facts.link), devicesOf(b.facts.link)];
  const common = [...mine].filter(([key]) => theirs.has(key));
  const [first] = common;
  if (!first || common.length < Math.min(mine.size, theirs.size)) return undefined;
  // The NAT card of a VirtualBox VM has the same lladdr in each copy of an image; a device that the node made itself (a bridge, a veth) has not.
  const own = common.some(([, l]) => isVirtualDevice(l.name)) || common.length > 1;
  const other = theirs.get(first[0]);
  return own && other ? [first[1], other] : undefined;
}

/** Addresses that tell the two apart. */
function differentAddresses(a: Host, b: Host): boolean {
  const of = (h: Host) => nodeAddresses(h.facts.address).filter((x) => x.family === 4 && !isVirtualBoxNat(x.address));
  const theirs = new Set(of(b).map((x) => x.address));
  const mine = of(a);
  return mine.length > 0 && theirs.size > 0 && !mine.some((x) => theirs.has(x.address));
}

export default defineRule({
  id: 'capture/same-node-twice',
  since: '0.1.0',
  severity: 'warning',
  title: 'Two nodes of the input are one machine',
  why: 'Two sets of captures under different names with the same devices, indexes and lladdrs come from one machine (captured twice, or a folder that was copied and renamed). Comparing them finds duplicates that do not exist, and hides the node that is missing.',
  fix: 'Remove one of them, or give the right captures the right name.',
  addresses: 'equal',
  needs: ['link'],
  uses: ['address'],
  onMissing: 'skip',
  seeAlso: ['capture/mixed-clusters'],
  *check(view) {
    if (view.hosts.length < 2) {
      yield unknown({ input: 'link', reason: 'not-captured', detail: 'devices of two nodes are needed' });
      return;
    }
    const byDevice = new Map<string, Host[]>();
    for (const host of view.hosts)
      for (const key of devicesOf(host.facts.link).keys()) byDevice.set(key, [...(byDevice.get(key) ?? []), host]);
    const told = new Set<string>();
    for (const hosts of byDevice.values())
      for (const [i, a] of hosts.entries())
        for (const b of hosts.slice(i + 1, 8)) {
          const pair = [a.node, b.node].sort().join('\n');
          if (a.node === b.node || told.has(pair)) continue;
          told.add(pair);
          const lines = shared(a, b);
          if (!lines || differentAddresses(a, b)) continue;
          const [mine, theirs] = lines;
          yield finding({
            nodes: [a.node, b.node],
            subject: 'the same machine',
            message: `${a.node} and ${b.node} are the same machine: all their devices have the same index and lladdr, ${mine.name} ${mine.lladdr ?? ''} among them.`,
            evidence: [
              { at: mine.at, note: a.node },
              { at: theirs.at, note: b.node },
            ],
          });
        }
  },
});
