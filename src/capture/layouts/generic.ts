import { momentOf } from '../../kit/index.js';
import { flatNames } from './flat.js';

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
const TOPICS = new Set(
  (
    'network networking net system systeminfo sysctl sysctls kernel logs log journal journald commands host sos_commands etc proc var run flannel firewall iptables ' +
    'firewall_tables routes routing ip cni kubelet docker containerd output outputs data files collected dump dumps nodes hosts bundle ' +
    'config configs conf configuration test tests ping pings pcap pcaps tcpdump captures backup backups misc other notes manifests yaml scripts cluster kubectl screenshots'
  ).split(' '),
);

const DATE =
  /[-_.]?(?:19|20)\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?:[T_-]?[0-2]\d[-_:]?[0-5]\d(?:[-_:]?[0-5]\d)?)?Z?(?!\d)/g;
const ARCHIVE = /\.(tar\.(gz|xz|bz2|zst)|tgz|txz|tbz2?|tzst|tar|zip|gz|xz|zst|bz2)$/i;

/** Deeper folders than any collector makes say nothing more of the node. */
const MAX_DEPTH = 24;

/** `node-1-2024-05-01.tar.gz` → `node-1`. */
export function nodeNameOf(segment: string): string {
  const bare = segment.replace(ARCHIVE, '');
  const undated = bare.replace(DATE, '').replace(/^[-_.]+|[-_.]+$/g, '');
  return undated === '' ? bare : undated;
}

/** A candidate with the folders above it. */
interface Placed extends Candidate {
  readonly folders: readonly string[];
}

/** The tree of a machine's own files: what stands above it is the machine, and below it `conf/eth0` is none. */
const OWN_FILES: ReadonlySet<string> = new Set(['proc', 'sys', 'etc', 'usr', 'lib']);

function placed(c: Candidate): Placed {
  const folders = c.inner
    .split('/', MAX_DEPTH + 1)
    .slice(0, -1)
    .map((s) => s.replace(/!$/, ''));
  const tree = folders.findIndex((folder) => OWN_FILES.has(folder));
  return { ...c, folders: tree === -1 ? folders : folders.slice(0, tree) };
}

export interface Grouping {
  /** Node name per inner path; '' where only the input's own name can say it. */
  readonly nodeOf: ReadonlyMap<string, string>;
  /** Namespace of a pod on that node, for what stands in a folder of its own in the node's. */
  readonly netnsOf: ReadonlyMap<string, string>;
}

/** `ip_netns_exec_NAME_ip_addr.txt`: a name made of a command line that runs another one in a namespace. */
const NETNS_EXEC =
  /^ip[_-]netns[_-]exec[_-](.+?)[_-](?:ip|bridge|ip6?tables|nft|ss|sysctl|cat|ethtool|netstat|route|arp|ifconfig|conntrack|ipset|tc|ping6?)(?:[_.-]|$)/;

/** Decides which folder level names the node. */
export function groupByFolder(candidates: readonly Candidate[]): Grouping {
  const nodeOf = new Map<string, string>();
  const netnsOf = new Map<string, string>();
  descend(candidates.map(placed), { depth: 0, name: '', fixed: false }, { nodeOf, netnsOf });
  for (const { inner } of candidates) {
    const netns = NETNS_EXEC.exec(inner.slice(inner.lastIndexOf('/') + 1))?.[1];
    if (netns !== undefined) netnsOf.set(inner, netns);
  }
  return { nodeOf, netnsOf };
}

/** What shows one network stack. */
const OF_A_STACK = new Set([
  'ip-addr',
  'ip-addr-json',
  'ip-addr-brief',
  'ip-link',
  'ip-route',
  'ip-neigh',
  'ip-rule',
  'ifconfig',
  'route-n',
]);
/** Folders of one node at several moments. */
const isMoment = (folder: string): boolean => momentOf(folder) !== undefined || /^(?:run[-_]?\d+|\d+)$/i.test(folder);

/**
 * Folders below a node's own captures in which the commands that show a stack stand once more: each is a namespace of that node
 * (`node-1/ip-addr.txt`, `node-1/pods/web-1/ip-addr.txt`). By inner path, the namespace.
 */
function stacksBelow(here: readonly Placed[], below: readonly Placed[], depth: number): ReadonlyMap<string, string> {
  const own = new Set(here.flatMap((c) => c.commands).filter((c) => OF_A_STACK.has(c)));
  const byFolder = new Map<string, Placed[]>();
  for (const c of below) {
    const folder = c.folders.slice(depth).join('/');
    const held = byFolder.get(folder);
    if (held) held.push(c);
    else byFolder.set(folder, [c]);
  }
  const found = new Map<string, string>();
  for (const inside of byFolder.values()) {
    const name = inside[0]?.folders.at(-1) ?? '';
    const repeated = new Set(inside.flatMap((c) => c.commands).filter((c) => own.has(c)));
    if (repeated.size < 2 || isTopic(name) || isMoment(name) || nodeNameOf(name) !== name) continue;
    for (const c of inside) found.set(c.inner, name);
  }
  return found;
}

interface Level {
  readonly depth: number;
  /** Name of the node so far. */
  readonly name: string;
  /** The name told one folder of several from another; a lone folder below it is packing. */
  readonly fixed: boolean;
}

const isTopic = (folder: string): boolean => TOPICS.has(folder.toLowerCase());

function foldersBelow(candidates: readonly Placed[], depth: number): ReadonlyMap<string, readonly Placed[]> {
  const below = new Map<string, Placed[]>();
  for (const c of candidates) {
    const folder = c.folders[depth];
    if (folder === undefined) continue;
    const held = below.get(folder);
    if (held) held.push(c);
    else below.set(folder, [c]);
  }
  return below;
}

/** Is some command's output in two of the folders? Nodes repeat each other's commands, topics do not. */
function repeatCommands(folders: Iterable<readonly Placed[]>): boolean {
  const seen = new Set<string>();
  for (const inside of folders) {
    const mine = new Set(inside.flatMap((c) => c.commands));
    for (const command of mine) if (seen.has(command)) return true;
    for (const command of mine) seen.add(command);
  }
  return false;
}

/** Folder names without archive endings and dates, as long as they stay different. */
function namesOf(folders: readonly string[]): ReadonlyMap<string, string> {
  const short = folders.map(nodeNameOf);
  const clear = new Set(short).size === folders.length;
  return new Map(folders.map((f, i) => [f, (clear ? short[i] : f.replace(ARCHIVE, '')) ?? f]));
}

/** `old` beside `node-1` and `node-2`, with folders of such names in it: another collection of the same nodes. */
function isRound(inside: readonly Placed[], beside: ReadonlySet<string>, depth: number): boolean {
  const folder = inside[0]?.folders[depth] ?? '';
  return momentOf(folder) !== undefined && inside.every((c) => beside.has(nodeNameOf(c.folders[depth + 1] ?? '')));
}

interface Grouped {
  readonly nodeOf: Map<string, string>;
  readonly netnsOf: Map<string, string>;
}

function descend(all: readonly Placed[], level: Level, into: Grouped): void {
  const { nodeOf, netnsOf } = into;
  const { depth, name, fixed } = level;
  const here = all.filter((c) => c.folders.length <= depth);
  const deeper = all.filter((c) => c.folders.length > depth);
  const stacks = name === '' ? new Map<string, string>() : stacksBelow(here, deeper, depth);
  for (const [inner, netns] of stacks) {
    nodeOf.set(inner, name);
    netnsOf.set(inner, netns);
  }
  const candidates = stacks.size === 0 ? all : all.filter((c) => !stacks.has(c.inner));
  const below = foldersBelow(candidates, depth);
  const folders = [...below].filter(([folder]) => !isTopic(folder));
  const beside = new Set(folders.map(([folder]) => nodeNameOf(folder)));
  const nodes = folders.filter(([, inside]) => !isRound(inside, beside, depth));
  // `node-1/ip-route.txt` beside `node-1/before/` and `node-1/after/`: the same node at several moments.
  const areMoments = here.length > 0 && nodes.every(([folder]) => momentOf(folder) !== undefined);
  const areNodes = nodes.length > 1 && !areMoments && repeatCommands(nodes.map(([, inside]) => inside));
  const sorted = below.size > 1 && (nodes.length === 0 || (fixed && !areNodes));
  if (below.size === 0 || sorted || (here.length > 0 && !areNodes)) {
    // Captures lie in this folder itself, so it is the node and folders below it sort its files; unless they are flat with a prefix.
    const flat = below.size === 0 ? flatNames(here) : undefined;
    for (const c of candidates) nodeOf.set(c.inner, flat?.get(c.inner) ?? name);
    return;
  }
  for (const c of here) nodeOf.set(c.inner, name);
  const names = namesOf(nodes.map(([folder]) => folder));
  for (const [folder, inside] of below) {
    const own = names.get(folder);
    const next =
      own === undefined || (fixed && nodes.length === 1) ? { name, fixed } : { name: own, fixed: nodes.length > 1 };
    descend(inside, { depth: depth + 1, ...next }, into);
  }
}
