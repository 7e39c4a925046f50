import type { Candidate } from './generic.js';

const COMMAND =
  '(?:ip6?tables|ip6?[-_](?:[a-z]|\\d[-_])|iproute|ipaddr|bridge|brctl|sysctl|routes?|neigh|fdb|dmesg|journal|uname|hostname|flannel|subnet|birdc|calico|ifconfig|netstat|arp|kubelet|netconf|ss[-_.])';
/** `node-1_ip-route.txt` → `node-1` */
const BEFORE = new RegExp(`^(.+?)[-_.]${COMMAND}`, 'i');
/** `ip-route_node-1.txt` → `node-1`: what stands behind the last word of the command. */
const AFTER = new RegExp(
  `^${COMMAND}[a-z]*(?:[-_](?:show|save|table|all|route|addr|address|link|neigh|neighbou?r|rule|netconf|fdb|env|a|c|d|n))*[-_.](.+)$`,
  'i',
);
const ENDING = /\.[a-z]{2,4}$/i;

const baseOf = (inner: string): string => inner.slice(inner.lastIndexOf('/') + 1);

/** Names by file, when one reading of the file names gives several, each for at least so many files. */
function namesBy(
  candidates: readonly Candidate[],
  nameOf: (c: Candidate) => string | undefined,
  files: number,
): ReadonlyMap<string, string> | undefined {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const c of candidates) {
    const name = nameOf(c);
    if (name === undefined || name === '') return undefined;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    names.set(c.inner, name);
  }
  return counts.size > 1 && [...counts.values()].every((n) => n >= files) ? names : undefined;
}

/** Several files of one command in one folder: the file names carry the node. */
export function flatNames(candidates: readonly Candidate[]): ReadonlyMap<string, string> | undefined {
  const commands = candidates.flatMap((c) => c.commands);
  if (candidates.length < 2 || new Set(commands).size === commands.length) return undefined;
  const whole = (c: Candidate) => (c.commands.length > 1 ? baseOf(c.inner).replace(ENDING, '') : undefined);
  // `iptables-nat`, `iptables-filter`: a suffix that only one command has is no node's name.
  return (
    namesBy(candidates, (c) => BEFORE.exec(baseOf(c.inner))?.[1] ?? whole(c), 1) ??
    namesBy(candidates, (c) => AFTER.exec(baseOf(c.inner).replace(ENDING, ''))?.[1] ?? whole(c), 2)
  );
}
