/**
 * The layout without a collector: one folder (or archive) per node, whatever the files are called. Works on the paths of captures
 * that belong to a stack and carry no host name of their own.
 */
export interface Candidate {
  readonly inner: string;
  /** Parser names of the captures in that file. */
  readonly commands: readonly string[];
}

/** Folders that sort a node's files by topic and are no nodes. */
const TOPICS = new Set([
  'network',
  'networking',
  'net',
  'system',
  'systeminfo',
  'sysctl',
  'sysctls',
  'kernel',
  'logs',
  'log',
  'journal',
  'journald',
  'commands',
  'host',
  'sos_commands',
  'etc',
  'proc',
  'var',
  'run',
  'flannel',
  'firewall',
  'iptables',
  'firewall_tables',
  'routes',
  'routing',
  'ip',
  'cni',
  'kubelet',
  'docker',
  'containerd',
  'output',
  'outputs',
  'data',
  'files',
  'collected',
  'dump',
  'dumps',
  'nodes',
  'hosts',
  'bundle',
]);

const DATE = /[-_.]?\d{4}-?\d\d-?\d\d(?:[T_-]?\d{2}[-_:]?\d{2}(?:[-_:]?\d{2})?)?Z?/g;
const ARCHIVE = /\.(tar\.(gz|xz|bz2|zst)|tgz|txz|tbz2?|tar|zip|gz|xz|zst|bz2)$/i;

/** `node-1-2024-05-01.tar.gz` → `node-1`. */
export function nodeNameOf(segment: string): string {
  const bare = segment.replace(ARCHIVE, '');
  const undated = bare.replace(DATE, '').replace(/^[-_.]+|[-_.]+$/g, '');
  return undated === '' ? bare : undated;
}

const segmentsOf = (inner: string): string[] =>
  inner
    .split('/')
    .slice(0, -1)
    .map((s) => s.replace(/!$/, ''));

/** Prefix of a flat file name before the part that names a command: `node-1_ip-route.txt` → `node-1`. */
const FLAT =
  /^(.+?)[-_.](?:ip6?tables|ip6?[-_]|bridge|brctl|sysctl|route|neigh|dmesg|journal|uname|hostname|flannel|subnet|birdc|calico|ifconfig|netstat|arp|kubelet|ss[-_.])/i;

export interface Grouping {
  /** Node name per inner path; '' where only the input's own name can say it. */
  readonly nodeOf: ReadonlyMap<string, string>;
}

/** Decides which folder level names the node. */
export function groupByFolder(candidates: readonly Candidate[]): Grouping {
  const nodeOf = new Map<string, string>();
  descend(candidates, 0, '', nodeOf);
  return { nodeOf };
}

function descend(candidates: readonly Candidate[], depth: number, name: string, nodeOf: Map<string, string>): void {
  const here = candidates.filter((c) => segmentsOf(c.inner).length <= depth);
  const below = new Map<string, Candidate[]>();
  for (const c of candidates) {
    const segment = segmentsOf(c.inner)[depth];
    if (segment !== undefined) below.set(segment, [...(below.get(segment) ?? []), c]);
  }
  const names = [...below.keys()];
  const topics = names.length > 0 && names.every((n) => TOPICS.has(n.toLowerCase()));
  if (here.length > 0 || (topics && names.length > 1)) {
    // Captures lie in this folder itself, so it is the node and folders below it sort its files; unless they are flat with a prefix.
    if (names.length === 0 && assignFlat(here, nodeOf)) return;
    for (const c of candidates) nodeOf.set(c.inner, name);
    return;
  }
  for (const [segment, inside] of below)
    descend(inside, depth + 1, TOPICS.has(segment.toLowerCase()) ? name : nodeNameOf(segment), nodeOf);
}

/** Several files of one command in one folder: the file names carry the node. */
function assignFlat(candidates: readonly Candidate[], nodeOf: Map<string, string>): boolean {
  const commands = candidates.flatMap((c) => c.commands);
  if (new Set(commands).size === commands.length && candidates.length > 1) return false;
  const byPrefix = new Map<string, string>();
  for (const c of candidates) {
    const base = c.inner.slice(c.inner.lastIndexOf('/') + 1);
    const prefix =
      FLAT.exec(base)?.[1] ?? (c.commands.length > 1 ? nodeNameOf(base.replace(/\.[a-z]{2,4}$/i, '')) : undefined);
    if (prefix === undefined) return false;
    byPrefix.set(c.inner, prefix);
  }
  if (new Set(byPrefix.values()).size < 2) return false;
  for (const [inner, prefix] of byPrefix) nodeOf.set(inner, prefix);
  return true;
}
