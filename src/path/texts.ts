import type { FactOf, FdbFact, IptablesTableFact, NeighbourFact, StackKind } from '../facts/index.js';
import type { Machine } from './machine.js';
import { AS_ENDPOINT } from './mentions.js';
import { AFFINITY } from './netfilter/iptables-recent.js';
import type { Owner, Owners } from './owners.js';
import { COMMENT, scan } from './rule-shapes.js';
import { leaves, type Said, sayer } from './said.js';
import type { World } from './world.js';

/*
 * What a walk may look at of one stack, as text, sorted by whom it speaks of: of the stack itself, of another node, of a pod behind a port.
 */

/** Every kind that a walk reads of a stack. `loose`: the order of the facts means nothing. */
const KINDS: readonly (readonly [kind: StackKind, order: 'loose' | 'kept'])[] = [
  ['address', 'kept'],
  ['link', 'loose'],
  ['route', 'kept'],
  ['policy-rule', 'kept'],
  ['nexthop', 'loose'],
  ['neigh', 'loose'],
  ['fdb', 'loose'],
  ['bridge-port', 'loose'],
  ['bridge-vlan', 'loose'],
  ['netconf', 'loose'],
  ['sysctl', 'loose'],
  ['qdisc', 'loose'],
  ['tc-filter', 'loose'],
  ['socket', 'loose'],
  ['wireguard-interface', 'loose'],
  ['wireguard-peer', 'loose'],
  ['ipset', 'loose'],
  ['ipvs-service', 'kept'],
  ['ebtables-table', 'kept'],
  ['iptables-dump', 'kept'],
  ['iptables-table', 'kept'],
  ['nf-queue', 'loose'],
  ['recent-list', 'loose'],
  ['legacy-tables', 'kept'],
  ['nft-table', 'kept'],
  ['nft-chain', 'kept'],
  ['nft-set', 'kept'],
  ['xfrm-policy', 'kept'],
  ['xfrm-default', 'loose'],
  ['subnet-env', 'kept'],
  ['ping', 'kept'],
  ['dns-query', 'kept'],
  ['packet', 'kept'],
];

/** Begins a text whose place among the others means nothing. */
const LOOSE = '~';
const LOOSE_CODE = LOOSE.charCodeAt(0);

/** Texts as one: in their order, but for those that have none. */
export function joined(texts: readonly string[]): string {
  if (texts.length < 2) return texts[0] ?? '';
  const kept: string[] = [];
  const loose: string[] = [];
  for (const text of texts) (text.charCodeAt(0) === LOOSE_CODE ? loose : kept).push(text);
  return [...kept, ...loose.sort()].join('\n');
}

/** The kinds above, for the test that holds them against what walks read. */
export const WALKED_KINDS: readonly StackKind[] = KINDS.map(([kind]) => kind);

/** Keys of settings that a walk asks for beside those of devices, which are facts of kind netconf. */
const SETTINGS =
  /^net\.(?:ipv[46]\.neigh\..{1,20}\.(?:mcast|app)_solicit|bridge\.bridge-nf|ipv[46]\.(?:icmp|ip_default_ttl|tcp_ecn|vs\.conntrack)|netfilter\.nf_conntrack_(?:tcp_loose|frag6_high_thresh|(?:tcp|udp|icmpv?6?)_timeout)|ipv4\.(?:ipfrag_high_thresh|fib_multipath_use_neigh)|ipv6\.ip6frag_high_thresh)/;

export interface Texts {
  readonly base: string[];
  readonly toward: Map<string, string[]>;
  readonly pods: Map<string, string[]>;
  /** Of all these what healthy pods do not differ in: how each is attached, and how a pod's own stack is made. */
  readonly attached: { readonly own?: string[]; readonly pods: Map<string, string[]> };
}

function attach({ attached }: Texts, pod: string | undefined, text: string): void {
  if (pod === undefined) attached.own?.push(text);
  else addTo(attached.pods, pod, text);
}

/** Kinds that tell what somebody did or asked, and not how a stack is made. */
const PASSING: ReadonlySet<StackKind> = new Set(['socket', 'ping', 'dns-query', 'packet']);

/** A chain that sends what is for a service to an endpoint: nft's own, and as nft lists one of iptables, whose target it may not read. */
const OF_ENDPOINT = / dnat to |saddr \S+ jump .* xt target /;

const deviceOf = ({ token }: Owner): string => token.replace(/\.\d+(?: brd)?$| lladdr$/, '');

/** The same machine, and the same device where nobody answered for it: a kernel answers for all its addresses on each (arp_ignore 0). */
const isSame = (a: Owner | undefined, b: Owner | undefined, isAnswer: boolean): boolean =>
  a?.node === b?.node && a?.pod === b?.pod && (isAnswer || !a || !b || deviceOf(a) === deviceOf(b));

/** An entry that says what is so: neighbours come and go, and one pod has them where the next has not. */
function isPlainEntry(owners: Owners, node: string, fact: NeighbourFact | FdbFact): boolean {
  const owner = fact.lladdr === undefined ? undefined : owners.ownerOf(fact.lladdr);
  if (fact.kind === 'fdb') return !fact.flags.includes('permanent') && owner?.pod === owners.port(node, fact.dev);
  if (fact.lladdr === undefined || /^(?:FAILED|INCOMPLETE)$/.test(fact.state ?? '')) return false;
  const isAnswer = !/^(?:PERMANENT|NOARP)$/.test(fact.state ?? '');
  return owner ? isSame(owners.ownerOf(fact.address), owner, isAnswer) : isAnswer;
}

/** What healthy pods differ in: who was asked, which neighbours are known, of which service a pod is an endpoint, who was its client. */
function isPassing(owners: Owners, node: string, fact: FactOf<StackKind>, text: string): boolean {
  if (fact.kind === 'neigh' || fact.kind === 'fdb') return isPlainEntry(owners, node, fact);
  if (fact.kind === 'nft-chain') return OF_ENDPOINT.test(text);
  return fact.kind === 'nft-set' ? fact.flags.includes('dynamic') : PASSING.has(fact.kind);
}

function addTo(map: Map<string, string[]>, key: string, text: string): void {
  const list = map.get(key);
  if (list) list.push(text);
  else map.set(key, [text]);
}

const NONE: readonly string[] = [];

/** On whose behalf facts are told. */
interface Teller {
  readonly owners: Owners;
  readonly node: string;
  readonly say: (leavesOfFact: readonly string[]) => Said;
}

/** Sorts one fact to whom it speaks of. */
function sort(
  { owners, node, say }: Teller,
  [kind, order]: (typeof KINDS)[number],
  fact: FactOf<StackKind>,
  into: Texts,
  base: string[],
): void {
  const parts: string[] = [];
  leaves(fact, kind, parts);
  const { text: said, peers, pods, self } = say(parts);
  const text = order === 'loose' ? `${LOOSE}${said}` : said;
  const ofNode = pods.size === 0 ? NONE : [...pods].filter((p) => owners.nodeOf(p) === node);
  const passes = isPassing(owners, node, fact, said);
  const ofPod = peers.size === 0 && pods.size === 1 && ofNode.length === 1 ? ofNode[0] : undefined;
  if (!passes) attach(into, ofPod, text);
  if (peers.size === 0 && pods.size === 0) base.push(text);
  else if (peers.size === 1 && pods.size === 0) addTo(into.toward, [...peers][0] ?? '', text);
  else if (ofPod !== undefined) addTo(into.pods, ofPod, text);
  else {
    // Of several: as it stands, and each of them is one that somebody speaks of.
    base.push(parts.join(' '));
    mentionAll(owners, node, fact, { parts, ports: ofNode, self });
  }
}

/** Notes whom a fact speaks of: of a set what its elements say of each, of anything else that it does. */
function mentionAll(
  owners: Owners,
  node: string,
  fact: FactOf<StackKind>,
  {
    parts,
    ports,
    self,
  }: { readonly parts: readonly string[]; readonly ports: readonly string[]; readonly self: boolean },
): void {
  const { kind } = fact;
  const set = fact.kind === 'ipset' ? fact.name : fact.kind === 'nft-set' ? fact.set : undefined;
  const as = kind === 'nft-chain' && OF_ENDPOINT.test(parts.join(' ')) ? `${AS_ENDPOINT}${kind}` : kind;
  for (const leaf of parts)
    owners.replace(leaf, (owner) => {
      const says =
        set === undefined
          ? `${owner.pod ?? owner.node} ${owner.token} ${parts.length}`
          : `${set} ${owners.blank(leaf, owner)}`;
      owners.mention(owner, `${as} ${says}`);
      return undefined;
    });
  // Ports are in sets by their names.
  const named = set === undefined ? ports : ports.filter((pod) => parts.some((p) => owners.portIn(node, p) === pod));
  for (const pod of named) owners.mention({ node, token: 'port', pod }, `${as} ${pod}`);
  if (self) owners.mention({ node, token: 'self' }, `${as} ${parts.length}`);
}

/** A table of iptables: kube-proxy's rules are alike on all nodes, word by word, and stay as they are. */
function sortTable(owners: Owners, node: string, fact: IptablesTableFact, into: Texts): void {
  const { chains, rules } = fact;
  // Long tables are told by numbers of their words, which is what most of them have in common.
  let says = `${fact.family} ${fact.table} ${fact.backend ?? ''} ${fact.form ?? ''} ${(fact.lacks ?? []).join()}`;
  const ofChains = chains.name.map((name, i) => {
    const pod = owners.portIn(node, name);
    if (pod === undefined) says += `\n:${name} ${chains.policy[i] ?? ''}`;
    return { name, number: owners.rule(name).number, pod };
  });
  const kept: number[] = [];
  let asksTime = false;
  for (const [i, text] of rules.text.entries()) {
    const about = owners.rule(text);
    asksTime ||= about.asksTime;
    const unread = `${rules.unread?.[i]?.join() ?? ''}${about.counts ? ` ${rules.packets?.[i]} ${rules.octets?.[i]}` : ''}`;
    const chain = ofChains[rules.chain[i] ?? -1];
    const pod = (about.ports.length === 0 ? undefined : owners.portIn(node, text)) ?? chain?.pod;
    const own = about.hosts.includes(node) ? owners.withOwn(node, text) : text;
    if (pod !== undefined) {
      const rule = own.replace(COMMENT, '');
      const ofPod = `${owners.withoutPort(node, chain?.name ?? '')} ${owners.withoutPort(node, rule)} ${unread}`;
      addTo(into.pods, pod, ofPod);
      attach(into, pod, ofPod);
    } else {
      says += `\n${chain?.number} ${own === text ? about.number : owners.rule(own).number} ${unread}`;
      kept.push(i);
    }
  }
  // The time of a dump counts where a rule asks for the time of day.
  if (asksTime) into.base.push(`of ${fact.at}`);
  const table = owners.table(node, says, fact, kept);
  into.base.push(table);
  attach(into, undefined, table);
}

const isMulticast = (lladdr: string): boolean => (Number.parseInt(lladdr.slice(0, 2), 16) & 1) === 1;

export function textsOf(owners: Owners, world: World, machine: Machine): Texts {
  const into: Texts = {
    base: [],
    toward: new Map(),
    pods: new Map(),
    attached: { pods: new Map(), ...(machine.netns !== '' && { own: [] }) },
  };
  const teller = { owners, node: machine.node, say: sayer(owners, machine.node) };
  for (const [kind, order] of KINDS) {
    if (kind === 'iptables-table') {
      for (const fact of machine.facts('iptables-table')) sortTable(owners, machine.node, fact, into);
      continue;
    }
    const base: string[] = [];
    for (const fact of machine.facts(kind)) {
      if (fact.kind === 'netconf') {
        // There are ten for each device: no need to look for addresses.
        const pod = owners.port(machine.node, fact.dev);
        const text = `${fact.family} ${fact.scope} ${fact.key} ${fact.value}`;
        if (pod === undefined) base.push(`${fact.dev} ${text}`);
        else addTo(into.pods, pod, `${LOOSE}${text}`);
        attach(into, pod, pod === undefined ? `${LOOSE}${fact.dev} ${text}` : `${LOOSE}${text}`);
        continue;
      }
      if (fact.kind === 'recent-list' && AFFINITY.test(fact.list)) continue;
      if (fact.kind === 'sysctl' && !SETTINGS.test(fact.key)) continue;
      // Each IPv6 address adds one to its device; unicast packets never ask for them.
      if (fact.kind === 'fdb' && isMulticast(fact.lladdr)) continue;
      sort(teller, [kind, order], fact, into, base);
    }
    if (order === 'loose') base.sort();
    into.base.push(kind, ...base);
  }
  for (const kind of WALKED_KINDS) {
    const missing = machine.missing(kind);
    into.base.push(`${kind}: ${missing ? `${missing.reason} ${missing.detail ?? ''}` : 'known'}`);
  }
  const captures = world.model.captures.filter(
    ({ place }) => place.kind !== 'cluster' && place.node === machine.node && place.netns === machine.netns,
  );
  into.base.push(
    ...new Set(captures.map((c) => scan(`${c.command} ${c.commandLine ?? ''} ${c.completeness}`).blank).sort()),
  );
  return into;
}
