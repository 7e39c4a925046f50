import type { Capture, Text } from '../kit/index.js';
import { blank } from './pieces.js';
import { baseOf } from './recognise.js';
import type { Segment } from './transcript.js';

/*
 * An empty file is what a command leaves that has nothing to list, and what is left of one that failed, where nobody kept its errors or its exit
 * status. It is the former where the same program, found and allowed to, listed something nearby. In a terminal errors are printed: between two
 * prompts nothing is an answer, unless whoever pasted them left outputs out.
 */

/** What a command needs: the right to see the firewall's rules, or none. */
type Sort = 'rules' | 'iproute2';

/** Commands that print nothing at all where there is nothing. */
const QUIET: Readonly<Record<string, Sort>> = {
  'iptables-save': 'rules',
  'nft-list': 'rules',
  'ipset-list': 'rules',
  'ipset-save': 'rules',
  ebtables: 'rules',
  'ip-route': 'iproute2',
  'ip-rule': 'iproute2',
  'ip-neigh': 'iproute2',
  'bridge-fdb': 'iproute2',
};

/** What a capture is of. */
interface Asked {
  readonly command: string;
  readonly scope?: Capture['scope'];
}

/** Every stack has routes and rules of IPv4: an empty listing of them has failed. */
const isNeverEmpty = ({ command, scope = {} }: Asked): boolean =>
  (command === 'ip-route' || command === 'ip-rule') &&
  Object.entries(scope).every(([key, value]) =>
    key === 'family' ? value !== '6' : key === 'table' && /^(?:main|local|all)$/.test(value),
  );

/** Whose listing shows that its folder's collector may see the firewall: sets can be there without any rule having been read. */
const SHOWS_RIGHTS = new Set(['iptables-save', 'nft-list', 'ip-route', 'ip-rule', 'ip-neigh', 'bridge-fdb']);

/** Who sees flows, or settings that the kernel shows to root alone (mode 0600), may see the rules too. */
const showsRoot = ({ command, facts }: Capture): boolean =>
  command === 'conntrack' || (command === 'sysctl' && facts.some((f) => 'key' in f && f.key === SECRET));

const SECRET = 'net.ipv4.tcp_fastopen_key';

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** The folder and all above it. */
function* foldersAbove(path: string): Generator<string> {
  for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder.slice(0, -1))) yield folder;
}

const isListing = ({ facts, failure }: Capture): boolean => facts.length > 0 && failure === undefined;

/** Files that are empty because there was nothing to list: the captures by file, those changed alone. */
export function emptyListings(
  captures: ReadonlyMap<number, readonly Capture[]>,
): ReadonlyMap<number, readonly Capture[]> {
  /** By the name of files that listed something, of whatever node, what they need: the program is there. A name alone may mean another form. */
  const programs = new Map<string, Sort>();
  /** Folders in which something of the sort was listed: whoever ran it was allowed to. */
  const allowed = { rules: new Set<string>(), iproute2: new Set<string>() };
  const empty: [file: number, capture: Capture][] = [];
  for (const [file, [only, more]] of captures) {
    if (only === undefined || more !== undefined) continue;
    const sort = QUIET[only.command];
    if (isListing(only) && showsRoot(only)) allowed.rules.add(folderOf(only.path));
    if (sort && isListing(only)) {
      programs.set(baseOf(only.path), sort);
      if (SHOWS_RIGHTS.has(only.command)) allowed[sort].add(folderOf(only.path));
    } else if (
      only.failure?.reason === 'empty' &&
      only.lineCount === 0 &&
      !isNeverEmpty(only) &&
      only.commandLine === undefined
    )
      empty.push([file, only]);
  }
  const changed = new Map<number, readonly Capture[]>();
  for (const [file, capture] of empty) {
    const sort = programs.get(baseOf(capture.path));
    if (!sort || ![...foldersAbove(capture.path)].some((folder) => allowed[sort].has(folder))) continue;
    const { failure: _, ...listing } = capture;
    changed.set(file, [listing]);
  }
  return changed;
}

/** Beside those of files: they need rights too, and say so where they have none. */
const QUIET_IN_TERMINALS = new Set([
  ...Object.keys(QUIET),
  'arptables',
  'bridge-link',
  'bridge-mdb',
  'ip-netns',
  'ip-nexthop',
  'ip-xfrm-policy',
  'ip-xfrm-state',
  'ipvsadm-save',
  'proc-net-nfnetlink-queue',
  'wg-show',
]);

/** Commands that print something wherever they run: without it, their output was left out. */
const NEVER_QUIET = new Set([
  'ifconfig',
  'ip-addr',
  'ip-addr-brief',
  'ip-link',
  'ip-link-brief',
  'ip-netconf',
  'iptables-list',
  'kubectl-get',
  'kubectl-object',
  'netstat',
  'ps',
  'route-n',
  'ss',
  'sysctl',
  'systemctl',
  'uname',
]);

/** Whose errors went elsewhere, or that another command of the line could have kept from running. */
const isMute = ({ commandLine = '', command }: Segment): boolean =>
  command === undefined ||
  command.redirected ||
  command.filters.length > 0 ||
  command.others.length > 0 ||
  /\d?>(?!&)|&&|\|\|/.test(commandLine);

/** Does `ip addr` show addresses, and none of IPv4 but that of loopback? */
function isWithoutIpv4(text: Text, { from, to }: Segment): boolean {
  let six = false;
  for (let i = from; i < to; i++) {
    const line = text.line(i);
    if (/^\s+inet (?!127\.)/.test(line)) return false;
    if (/^\s+inet6 /.test(line)) six = true;
  }
  return six;
}

/**
 * Outputs of a paste that are nothing because there was nothing to list: in a session of one shell that shows what commands printed, none of those
 * that always print something without anything. `askedBy` tells what a command's words ask for.
 */
export function silentOutputs(
  segments: readonly Segment[],
  text: Text,
  askedBy: (argv: readonly string[]) => Asked | undefined,
): ReadonlySet<Segment> {
  const silent: Segment[] = [];
  const showing = new Set<number>();
  const leavingOut = new Set<number>();
  /** A stack without addresses of IPv4 has no routes of it. */
  const sixOnly = new Set<number>();
  const withoutRoutes = new Set<number>();
  for (const segment of segments) {
    if (segment.commandLine === undefined || segment.loose) continue;
    const asked = askedBy(segment.command?.argv ?? []);
    if (asked === undefined || isMute(segment)) continue;
    if (!blank(text, segment.from, segment.to)) {
      showing.add(segment.block);
      if (asked.command === 'ip-addr' && isWithoutIpv4(text, segment)) sixOnly.add(segment.block);
    } else if (asked.command === 'ip-route' && isNeverEmpty(asked)) withoutRoutes.add(segment.block);
    else if (NEVER_QUIET.has(asked.command) || isNeverEmpty(asked)) leavingOut.add(segment.block);
    else if (segment.prompted && QUIET_IN_TERMINALS.has(asked.command)) silent.push(segment);
  }
  for (const block of withoutRoutes) if (!sixOnly.has(block)) leavingOut.add(block);
  return new Set(silent.filter(({ block }) => showing.has(block) && !leavingOut.has(block)));
}
