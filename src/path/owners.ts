import type { IptablesTableFact } from '../facts/index.js';
import { contains, formatIpv4, type Prefix, parsePrefix } from '../kit/index.js';
import type { Device } from './device.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import type { World } from './world.js';

/** To whom an address or an lladdr belongs: a device of a node, or a pod. */
export interface Owner {
  readonly node: string;
  /** What of the node: `eth0.0`. */
  readonly token: string;
  /** The pod's own name here: its port, or its address. */
  readonly pod?: string;
}

/** Who owns what is written in facts and rules. */
export interface Owners {
  /** The text with what each owner is called; undefined leaves it as it is. */
  replace(text: string, call: (owner: Owner) => string | undefined): string;
  /** The text with one owner's addresses as `<it>`, and all others blank. */
  blank(text: string, owner: Owner): string;
  /** The pod behind a device of a node, when the text is its name. */
  port(node: string, text: string): string | undefined;
  /** The same for a name somewhere in a text. */
  portIn(node: string, text: string): string | undefined;
  withoutPort(node: string, text: string): string;
  podOf(device: Device): string | undefined;
  ownerOf(address: string): Owner | undefined;
  podWith(address: string): string | undefined;
  nodeOf(pod: string): string;
  /** Notes that a text which stands as it is speaks of somebody. */
  mention(owner: Owner, text: string): void;
  mentionRule(fact: IptablesTableFact, chain: string, text: string): void;
  /** What the rules say of a service's address: their shape, and the addresses in its chains. */
  serviceAt(address: string): { readonly shape: string; readonly below: readonly string[] } | undefined;
  /** By node or pod, sorted. */
  mentionsOf(name: string): readonly string[];
}

const ADDRESS =
  /(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?|\b[\da-f]{2}(?::[\da-f]{2}){5}\b|(?:[\da-f]{1,4}:){1,7}:?[\da-f:]*(?:\/\d{1,3})?|::(?:[\da-f:]+)?(?:\/\d{1,3})?/gi;

interface Scanned {
  /** Text between the addresses: one more than there are addresses. */
  readonly parts: readonly string[];
  readonly addresses: readonly string[];
  readonly blank: string;
  /** Words that may be names of devices. */
  readonly words: readonly string[];
}

const scanned = new Map<string, Scanned>();
const MOST = 200_000;

/** The addresses in a text. Rules are alike on all nodes, so each text is read once. */
export function scan(text: string): Scanned {
  const known = scanned.get(text);
  if (known) return known;
  const parts: string[] = [];
  const addresses: string[] = [];
  let from = 0;
  for (const m of text.matchAll(ADDRESS)) {
    parts.push(text.slice(from, m.index));
    addresses.push(m[0]);
    from = m.index + m[0].length;
  }
  parts.push(text.slice(from));
  const words = text.match(/[\w.]+/g)?.filter((word) => /\d/.test(word)) ?? [];
  const made = { parts, addresses, blank: parts.join('@'), words };
  if (scanned.size >= MOST) scanned.clear();
  scanned.set(text, made);
  return made;
}

const SEVERAL = 'several';

/** `-m comment --comment "default/web:http"` names a service, and decides nothing. */
const COMMENT = /-m comment --comment (?:"[^"]*"|\S+) ?/g;

export function ownersOf(world: World): Owners {
  const byText = new Map<string, Owner | typeof SEVERAL>();
  const ports = new Map<string, Map<string, string>>();
  const nodes = new Map<string, string>();
  const own = (text: string, owner: Owner): void => {
    const held = byText.get(text);
    const same =
      held && held !== SEVERAL && held.node === owner.node && held.pod === owner.pod && held.token === owner.token;
    if (!same) byText.set(text, held ? SEVERAL : owner);
  };
  const ownPod = (text: string, node: string, pod: string): void => own(text, { node, token: 'pod', pod });
  for (const machine of world.machines)
    if (machine.netns === '') hostThings(world, machine, { own, ownPod, ports, nodes });
  for (const pod of world.model.facts('pod')) {
    const node = pod.node === undefined ? undefined : world.model.node(pod.node)?.name;
    if (pod.hostNetwork || node === undefined) continue;
    for (const ip of pod.ips)
      if (!byText.has(ip)) {
        nodes.set(`${node} ${ip}`, node);
        ownPod(ip, node, `${node} ${ip}`);
      }
  }
  return {
    ...texts(byText),
    ...portNames(ports),
    ...mentions(byText, servicesOf(world)),
    nodeOf: (pod) => nodes.get(pod) ?? '',
  };
}

const servicesOf = ({ model }: World): ReadonlySet<string> =>
  new Set(model.facts('service').flatMap((s) => s.clusterIps));

interface Take {
  readonly own: (text: string, owner: Owner) => void;
  readonly ownPod: (text: string, node: string, pod: string) => void;
  readonly ports: Map<string, Map<string, string>>;
  readonly nodes: Map<string, string>;
}

/** Of a subnet that the node has for itself; that of a shared network is several nodes' and nobody's. */
const broadcastOf = ({ family, words, length }: Prefix): string | undefined =>
  family === 4 && length < 31 ? formatIpv4(((words[0] ?? 0) | (0xffffffff >>> length)) >>> 0) : undefined;

/** What belongs to a node, and what to the pods behind its ports: by entries, routes and captured namespaces. */
function hostThings(world: World, machine: Machine, { own, ownPod, ports, nodes }: Take): void {
  const { node } = machine;
  const cards = new Set(world.cards);
  const ofPorts = new Map<string, string>();
  ports.set(node, ofPorts);
  const lladdrs = new Map<string, string>();
  for (const device of machine.devices.values()) {
    if (device.kind === 'veth' && !cards.has(device)) {
      const pod = `${node} ${device.name}`;
      ofPorts.set(device.name, pod);
      nodes.set(pod, node);
      if (device.lladdr !== undefined) ownPod(device.lladdr, node, pod);
      for (const a of device.addresses) ownPod(a.ip.text, node, pod);
      const peer = world.peer(device);
      if (peer && peer.machine !== machine)
        for (const d of peer.machine.devices.values()) {
          if (d.lladdr !== undefined && d.kind !== 'loopback') lladdrs.set(d.lladdr, pod);
          if (d.kind !== 'loopback') for (const a of d.addresses) ownPod(a.ip.text, node, pod);
        }
    } else if (device.kind !== 'loopback') {
      if (device.lladdr !== undefined) own(device.lladdr, { node, token: `${device.name} lladdr` });
      for (const [i, a] of device.addresses.entries()) {
        own(a.ip.text, { node, token: `${device.name}.${i}` });
        const brd = broadcastOf(a.prefix);
        if (brd !== undefined) own(brd, { node, token: `${device.name}.${i} brd` });
      }
    }
  }
  for (const f of machine.facts('fdb')) {
    const pod = ofPorts.get(f.dev);
    if (pod !== undefined && f.master !== undefined && !f.flags.includes('permanent'))
      lladdrs.set(f.lladdr.toLowerCase(), pod);
  }
  for (const [lladdr, pod] of lladdrs) ownPod(lladdr, node, pod);
  for (const n of machine.facts('neigh')) {
    const pod = ofPorts.get(n.dev) ?? (n.lladdr === undefined ? undefined : lladdrs.get(n.lladdr.toLowerCase()));
    if (pod !== undefined) ownPod(n.address, node, pod);
  }
  for (const r of machine.facts('route')) {
    const pod = ofPorts.get(r.nexthops[0]?.dev ?? '');
    const host = /^(.*)\/(?:32|128)$/.exec(r.prefix)?.[1];
    if (pod !== undefined && host !== undefined && r.type === 'unicast') ownPod(host, node, pod);
  }
}

type ByText = ReadonlyMap<string, Owner | typeof SEVERAL>;

/** Whose a prefix is: of the one node that has addresses in it. */
function prefixOwner(byText: ByText): (text: string) => Owner | undefined {
  const known = new Map<string, Owner | undefined>();
  const v4: { readonly n: number; readonly node: string }[] = [];
  for (const [text, owner] of byText) {
    const ip = text.includes(':') ? undefined : ipOf(text);
    if (ip) v4.push({ n: ip.words[0] ?? 0, node: owner === SEVERAL ? SEVERAL : owner.node });
  }
  v4.sort((a, b) => a.n - b.n);
  const find = (text: string): Owner | undefined => {
    const prefix = parsePrefix(text);
    if (!prefix || prefix.family === 6) return undefined;
    let low = 0;
    for (let high = v4.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((v4[middle]?.n ?? 0) < (prefix.words[0] ?? 0)) low = middle + 1;
      else high = middle;
    }
    const first = v4[low];
    if (!first || first.node === SEVERAL) return undefined;
    for (let i = low; i < v4.length; i++) {
      const at = v4[i] as (typeof v4)[number];
      if (!contains(prefix, { family: 4, words: [at.n] })) break;
      if (at.node !== first.node) return undefined;
      if (i === low) known.set(text, { node: first.node, token: `net/${prefix.length}` });
    }
    return known.get(text);
  };
  return (text) => {
    if (!known.has(text)) known.set(text, find(text));
    return known.get(text);
  };
}

function texts(byText: ByText): Pick<Owners, 'replace' | 'blank' | 'ownerOf' | 'podWith'> {
  const ofPrefix = prefixOwner(byText);
  const ownerOf = (text: string): Owner | undefined => {
    const bare = text.replace(/\/(?:32|128)$/, '').toLowerCase();
    const owner = bare.includes('/') ? ofPrefix(bare) : byText.get(bare);
    return owner === SEVERAL ? undefined : owner;
  };
  const replace: Owners['replace'] = (text, call) => {
    const { parts, addresses } = scan(text);
    if (addresses.length === 0) return text;
    let out = parts[0] ?? '';
    for (const [i, address] of addresses.entries()) {
      const owner = ownerOf(address);
      out += `${(owner && call(owner)) ?? address}${parts[i + 1] ?? ''}`;
    }
    return out;
  };
  return {
    replace,
    blank: (text, { node, pod }) => {
      const { parts, addresses } = scan(text);
      const isIt = (a: string): boolean => {
        const owner = ownerOf(a);
        return owner?.node === node && owner.pod === pod;
      };
      return parts
        .map((part, i) => `${part}${i < addresses.length ? (isIt(addresses[i] ?? '') ? '<it>' : '@') : ''}`)
        .join('');
    },
    ownerOf,
    podWith: (address) => ownerOf(address)?.pod,
  };
}

function portNames(
  ports: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Pick<Owners, 'port' | 'portIn' | 'withoutPort' | 'podOf'> {
  const port: Owners['port'] = (node, text) => ports.get(node)?.get(text);
  /** `cali-tw-cali1234` holds the name at its end. */
  const nameIn = (node: string, text: string): string | undefined =>
    scan(text).words.find((word) => port(node, word) !== undefined);
  return {
    port,
    portIn: (node, text) => {
      const name = nameIn(node, text);
      return name === undefined ? undefined : port(node, name);
    },
    withoutPort: (node, text) => text.replaceAll(nameIn(node, text) ?? '\n', '<port>'),
    podOf: ({ machine, name }) => ports.get(machine.node)?.get(name),
  };
}

function mentions(
  byText: ByText,
  isService: ReadonlySet<string>,
): Pick<Owners, 'mention' | 'mentionRule' | 'mentionsOf' | 'serviceAt'> {
  const said = new Map<string, Set<string>>();
  const { replace, blank } = texts(byText);
  const mention: Owners['mention'] = (owner, text) => {
    const name = owner.pod ?? owner.node;
    const list = said.get(name);
    if (list) list.add(text);
    else said.set(name, new Set([text]));
  };
  const rulesSeen = new Set<string>();
  const services = new Map<string, { readonly rules: string[]; readonly below: string[] }>();
  const known = new WeakMap<IptablesTableFact, Shapes>();
  return {
    mention,
    mentionRule: (fact, chain, text) => {
      if (scan(text).addresses.length === 0) return;
      const key = `${chain} ${text}`;
      if (rulesSeen.has(key)) return;
      rulesSeen.add(key);
      const bare = text.replace(COMMENT, '');
      const service = scan(bare)
        .addresses.map((a) => a.replace(/\/32$/, ''))
        .find((a) => isService.has(a));
      if (service !== undefined) {
        const shapes = known.get(fact) ?? shapesOf(fact);
        known.set(fact, shapes);
        const held = services.get(service) ?? { rules: [], below: [] };
        services.set(service, held);
        held.rules.push(`${shapes.around(chain)} ${shapes.withTarget(scan(bare).blank)}`);
        held.below.push(...shapes.below(text));
      }
      replace(bare, (owner) => {
        const shapes = known.get(fact) ?? shapesOf(fact);
        known.set(fact, shapes);
        mention(owner, `${shapes.around(chain)} ${shapes.withTarget(blank(bare, owner))}`);
        return undefined;
      });
    },
    serviceAt: (address) => {
      const found = services.get(address);
      return found && { shape: [...found.rules].sort().join('\n'), below: [...new Set(found.below)] };
    },
    mentionsOf: (name) => [...(said.get(name) ?? [])].sort(),
  };
}

/** A rule without what names a service, and without addresses. */
const bareRule = (text: string): string => scan(text.replace(COMMENT, '')).blank;

/** Chains without their names and without addresses: what a chain does, and which rules lead to it. */
interface Shapes {
  /** A text with the name of the chain that it leads to replaced by what that chain does. */
  withTarget(text: string): string;
  around(chain: string): string;
  /** Addresses in the chains that a rule leads to, in their order. */
  below(text: string): readonly string[];
}

const DEEP = 6;

function shapesOf({ chains, rules, table }: IptablesTableFact): Shapes {
  const own = new Map<string, string[]>(chains.name.map((name) => [name, []]));
  const leading = new Map<string, { readonly from: string; readonly text: string }[]>();
  const targetOf = (text: string): string | undefined => {
    const target = /-[jg] (\S+)/.exec(text)?.[1];
    return target !== undefined && own.has(target) ? target : undefined;
  };
  for (const [i, text] of rules.text.entries()) {
    const chain = chains.name[rules.chain[i] ?? -1] ?? '';
    own.get(chain)?.push(text);
    const target = targetOf(text);
    if (target === undefined) continue;
    const bare = bareRule(text).replace(target, '');
    const by = leading.get(target);
    if (by) by.push({ from: chain, text: bare });
    else leading.set(target, [{ from: chain, text: bare }]);
  }
  const numbers = new Map<string, string>();
  const short = (text: string): string => {
    const number = numbers.get(text) ?? `${table} ${text.length} ${numbers.size}`;
    numbers.set(text, number);
    return number;
  };
  const downs = new Map<string, string>();
  const withTarget = (text: string, depth: number): string => {
    const target = targetOf(text);
    return target === undefined ? text : text.replace(target, `<${down(target, depth + 1)}>`);
  };
  const down = (chain: string, depth: number): string => {
    if (depth > DEEP) return chain;
    const held = downs.get(chain);
    if (held !== undefined) return held;
    const made = short((own.get(chain) ?? []).map((text) => withTarget(bareRule(text), depth)).join('\n'));
    downs.set(chain, made);
    return made;
  };
  const addressesBelow = (chain: string | undefined, depth: number): readonly string[] =>
    chain === undefined || depth > DEEP
      ? []
      : (own.get(chain) ?? []).flatMap((text) => [
          ...scan(text.replace(COMMENT, '')).addresses.map((a) => a.replace(/\/32$/, '')),
          ...addressesBelow(targetOf(text), depth + 1),
        ]);
  const ups = new Map<string, string>();
  const up = (chain: string, depth: number): string => {
    const held = ups.get(chain);
    if (held !== undefined) return held;
    const by = depth > DEEP ? [] : (leading.get(chain) ?? []);
    const ways = new Set(by.map(({ from, text }) => `${text} of ${up(from, depth + 1)}`));
    const made = by.length === 0 ? chain : short([...ways].sort().join('\n'));
    ups.set(chain, made);
    return made;
  };
  return {
    withTarget: (text) => withTarget(text, 0),
    below: (text) => addressesBelow(targetOf(text), 0),
    around: (chain) => `${down(chain, 0)} <- ${up(chain, 0)}`,
  };
}
