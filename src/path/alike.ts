import type { IptablesTableFact, StackKind } from '../facts/index.js';
import type { Device } from './device.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import { type Owners, ownersOf } from './owners.js';
import { scan } from './rule-shapes.js';
import { leaves, say } from './said.js';
import type { World } from './world.js';

/**
 * What makes nodes and pods alike for a walk: everything that it may look at, as text, with what belongs to the node itself, to the node that
 * it deals with, and to the pod written as such. Texts that are equal lead to walks that are equal but for these names. Whatever does not fit
 * (an address that two have, a rule for one machine, a route by a third) stays in the text as it is, and makes its owner like no other.
 */
export interface Likeness {
  node(name: string): string;
  /** What one node knows of another: routes, neighbours, forwarding entries. */
  toward(from: string): (to: string) => string;
  /** A service by its address, as the rules of a node have it; undefined: no rule of iptables speaks of it. */
  service(node: string | undefined, address: string): Service | undefined;
  /** What an address is of: a pod, a device of a node. */
  end(address: string): string;
  nodeOf(address: string): string | undefined;
  /** The address that stands on the other node where this one stands on its own; the text itself for any other. */
  same(address: string, on: (node: string) => string): string;
  /** A pod by its address; undefined: it cannot be told apart from its node. */
  pod(address: string): string | undefined;
}

export interface Service {
  /** Equal for services whose chains are the same but for names and addresses. */
  readonly shape: string;
  /** Addresses in its chains, in their order. */
  readonly below: readonly string[];
}

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
  ['socket', 'loose'],
  ['wireguard-interface', 'loose'],
  ['wireguard-peer', 'loose'],
  ['ipset', 'loose'],
  ['ipvs-service', 'kept'],
  ['ebtables-table', 'kept'],
  ['iptables-dump', 'kept'],
  ['iptables-table', 'kept'],
  ['legacy-tables', 'kept'],
  ['nft-table', 'kept'],
  ['nft-chain', 'kept'],
  ['nft-set', 'kept'],
  ['subnet-env', 'kept'],
  ['ping', 'kept'],
  ['dns-query', 'kept'],
  ['packet', 'kept'],
];

/** Begins a text whose place among the others means nothing. */
const LOOSE = '~';

/** Texts as one: in their order, but for those that have none. */
const joined = (texts: readonly string[]): string =>
  [...texts.filter((t) => !t.startsWith(LOOSE)), ...texts.filter((t) => t.startsWith(LOOSE)).sort()].join('\n');

/** The kinds above, for the test that holds them against what walks read. */
export const WALKED_KINDS: readonly StackKind[] = KINDS.map(([kind]) => kind);

/** Keys of settings that a walk asks for beside those of devices, which are facts of kind netconf. */
const SETTINGS =
  /^net\.(?:bridge\.bridge-nf|ipv[46]\.(?:icmp|ip_default_ttl|tcp_ecn|vs\.conntrack)|netfilter\.nf_conntrack_tcp_loose)/;

interface Texts {
  readonly base: string[];
  readonly toward: Map<string, string[]>;
  readonly pods: Map<string, string[]>;
}

function addTo(map: Map<string, string[]>, key: string, text: string): void {
  const list = map.get(key);
  if (list) list.push(text);
  else map.set(key, [text]);
}

/** Sorts one fact to whom it speaks of. */
function sort(
  owners: Owners,
  node: string,
  [kind, order]: (typeof KINDS)[number],
  fact: unknown,
  into: Texts,
  base: string[],
): void {
  const parts: string[] = [];
  leaves(fact, kind, parts);
  const { text: said, peers, pods, self } = say(owners, node, parts);
  const text = order === 'loose' ? `${LOOSE}${said}` : said;
  const ofNode = [...pods].filter((p) => owners.nodeOf(p) === node);
  if (peers.size === 0 && pods.size === 0) base.push(text);
  else if (peers.size === 1 && pods.size === 0) addTo(into.toward, [...peers][0] ?? '', text);
  else if (peers.size === 0 && pods.size === 1 && ofNode.length === 1) addTo(into.pods, ofNode[0] ?? '', text);
  else {
    // Of several: as it stands, and each of them is one that somebody speaks of.
    base.push(parts.join(' '));
    for (const leaf of parts)
      owners.replace(leaf, (owner) => {
        const whole = kind === 'ipset' ? owners.blank(leaf, owner) : `${owner.token} ${parts.length}`;
        owners.mention(owner, `${kind} ${kind === 'ipset' ? parts[1] : (owner.pod ?? owner.node)} ${whole}`);
        return undefined;
      });
    for (const pod of ofNode) owners.mention({ node, token: 'port', pod }, `${kind} ${pod}`);
    if (self) owners.mention({ node, token: 'self' }, `${kind} ${parts.length}`);
  }
}

/** A table of iptables: kube-proxy's rules are alike on all nodes, word by word, and stay as they are. */
function sortTable(owners: Owners, node: string, fact: IptablesTableFact, into: Texts): void {
  const { chains, rules } = fact;
  const lines = [`${fact.family} ${fact.table} ${fact.backend ?? ''} ${fact.form ?? ''} ${(fact.lacks ?? []).join()}`];
  for (const [i, name] of chains.name.entries())
    if (owners.portIn(node, name) === undefined) lines.push(`:${name} ${chains.policy[i] ?? ''}`);
  const kept: number[] = [];
  for (const [i, text] of rules.text.entries()) {
    const chain = chains.name[rules.chain[i] ?? -1] ?? '';
    const unread = rules.unread?.[i]?.join() ?? '';
    const pod = owners.portIn(node, text) ?? owners.portIn(node, chain);
    const own = owners.withOwn(node, text);
    if (pod !== undefined)
      addTo(into.pods, pod, `${owners.withoutPort(node, chain)} ${owners.withoutPort(node, own)} ${unread}`);
    else {
      lines.push(`${chain} ${own} ${unread}`);
      kept.push(i);
    }
  }
  // The time of a dump counts where a rule asks for the time of day.
  if (rules.text.some((text) => text.includes('-m time '))) into.base.push(`of ${fact.at}`);
  into.base.push(owners.table(node, lines.join('\n'), fact, kept));
}

function textsOf(owners: Owners, world: World, machine: Machine): Texts {
  const into: Texts = { base: [], toward: new Map(), pods: new Map() };
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
        continue;
      }
      if (fact.kind === 'sysctl' && !SETTINGS.test(fact.key)) continue;
      sort(owners, machine.node, [kind, order], fact, into, base);
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

/** Long texts by numbers: equal texts have equal ones. */
function numbering(): (text: string) => string {
  const numbers = new Map<string, number>();
  return (text) => {
    const known = numbers.get(text) ?? numbers.size;
    numbers.set(text, known);
    return String(known);
  };
}

const memo = <V>(make: (key: string) => V): ((key: string) => V) => {
  const known = new Map<string, V>();
  return (key) => {
    const held = known.get(key);
    if (held !== undefined || known.has(key)) return held as V;
    const made = make(key);
    known.set(key, made);
    return made;
  };
};

const isHost = ({ netns }: Machine): boolean => netns === '';

/** Reads all facts once. */
export function likenessOf(world: World): Likeness {
  const owners = ownersOf(world);
  const number = numbering();
  const texts = new Map<string, Texts>();
  const namespaces = new Map<string, string>();
  for (const machine of world.machines) {
    const made = textsOf(owners, world, machine);
    if (isHost(machine)) {
      texts.set(machine.node, made);
      continue;
    }
    const rest = [...made.toward, ...made.pods].flatMap(([, lines]) => lines);
    const pod = [...machine.devices.values()].map((d: Device) => owners.podOf(d)).find((p) => p !== undefined);
    // A namespace that no port leads to belongs to its node.
    if (pod === undefined) texts.get(machine.node)?.base.push(...made.base, ...rest);
    else namespaces.set(pod, joined([...made.base, ...rest]));
  }
  const nodes = new Map<string, string>();
  for (const [name, { base }] of texts) nodes.set(name, number([...base, ...owners.mentionsOf(name)].join('\n')));
  const services = memo((node: string) =>
    memo((address: string): Service | undefined => {
      const found = owners.serviceAt(node, address);
      return found && { shape: number(found.shape), below: found.below };
    }),
  );
  const like: Likeness = {
    node: (name) => nodes.get(name) ?? `? ${name}`,
    toward: memo((from) => {
      const all = texts.get(from)?.toward;
      return memo((to) => number(joined(all?.get(to) ?? [])));
    }),
    service: (node, address) => (node === undefined ? undefined : services(node)(address)),
    end: memo((address) => {
      const owner = owners.ownerOf(address);
      if (!owner) return address;
      return owner.pod === undefined
        ? `${like.node(owner.node)} ${owner.token}`
        : `${like.node(owner.node)} pod ${like.pod(address)}`;
    }),
    nodeOf: (address) => owners.ownerOf(address)?.node,
    same: (address, on) => {
      const owner = owners.ownerOf(address);
      if (!owner || owner.pod !== undefined) return address;
      const [, dev = '', i] = /^(.*)\.(\d+)$/.exec(owner.token) ?? [];
      return world.host(on(owner.node))?.devices.get(dev)?.addresses[Number(i)]?.ip.text ?? address;
    },
    pod: memo((address) => {
      const ip = ipOf(address);
      const pod = ip && owners.podWith(ip.text);
      if (pod === undefined) return undefined;
      const own = texts.get(owners.nodeOf(pod))?.pods.get(pod) ?? [];
      return number([joined(own), namespaces.get(pod) ?? '', ...owners.mentionsOf(pod)].join('\n'));
    }),
  };
  return like;
}
