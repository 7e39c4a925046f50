import { type Address, contains, hostOf, parsePrefix } from '../kit/index.js';
import { broadcastOf } from './device.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import { type Mentions, mentions, type Services } from './mentions.js';
import { scan } from './rule-shapes.js';
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
export interface Owners extends Mentions {
  /** The text with what each owner is called; undefined leaves it as it is. */
  replace(text: string, call: (owner: Owner) => string | undefined): string;
  /** The text with one owner's addresses as `<it>`, and all others blank. */
  blank(text: string, owner: Owner): string;
  /** What is the same of a rule's text on whatever node. */
  rule(text: string): RuleText;
  /** The node's own addresses in a text by their tokens. */
  withOwn(node: string, text: string): string;
  /** The pod behind a device of a node, when the text is its name. */
  port(node: string, text: string): string | undefined;
  /** The same for a name somewhere in a text. */
  portIn(node: string, text: string): string | undefined;
  withoutPort(node: string, text: string): string;
  /** The pod whose stack it is. */
  podOf(machine: Machine): string | undefined;
  ownerOf(address: string): Owner | undefined;
  podWith(address: string): string | undefined;
  nodeOf(pod: string): string;
}

/** Rules are alike on all nodes: each text is read once. */
export interface RuleText {
  /** Equal for equal texts. */
  readonly number: number;
  /** Words that are a port's name on some node. */
  readonly ports: readonly string[];
  /** Nodes whose own addresses are in it. */
  readonly hosts: readonly string[];
  /** A walk asks for the rule's own counters. */
  readonly counts: boolean;
  readonly asksTime: boolean;
}

const COUNTS = /-m (?:quota|limit|hashlimit|connlimit) /;
const NONE: readonly string[] = [];
const SEVERAL = 'several';

export function ownersOf(world: World): Owners {
  const byText = new Map<string, Owner | typeof SEVERAL>();
  const ports = new Map<string, Map<string, string>>();
  const nodes = new Map<string, string>();
  const stacks = new Map<Machine, string>();
  const own = (text: string, owner: Owner): void => {
    const held = byText.get(text);
    const same =
      held && held !== SEVERAL && held.node === owner.node && held.pod === owner.pod && held.token === owner.token;
    if (!same) byText.set(text, held ? SEVERAL : owner);
  };
  const ownPod = (text: string, node: string, pod: string): void => own(text, { node, token: 'pod', pod });
  for (const machine of world.machines)
    if (machine.netns === '') hostThings(world, machine, { own, ownPod, ports, nodes, stacks });
  for (const pod of world.model.facts('pod')) {
    const node = pod.node === undefined ? undefined : world.model.node(pod.node)?.name;
    if (pod.hostNetwork || node === undefined) continue;
    for (const ip of pod.ips)
      if (!byText.has(ip)) {
        nodes.set(`${node} ${ip}`, node);
        ownPod(ip, node, `${node} ${ip}`);
      }
  }
  const told = texts(byText);
  const rule = ruleTexts(ports, told.ownerOf);
  return {
    ...told,
    rule,
    ...portNames(ports, rule),
    ...mentions(told, servicesOf(world)),
    nodeOf: (pod) => nodes.get(pod) ?? '',
    podOf: (machine) => stacks.get(machine),
  };
}

function servicesOf({ model }: World): Services {
  const services = model.facts('service');
  return {
    addresses: new Set(services.flatMap((s) => s.clusterIps)),
    nodePorts: new Map(
      services.flatMap((s) =>
        s.ports.flatMap((p) => (p.nodePort === undefined ? [] : [[String(p.nodePort), s.clusterIps] as const])),
      ),
    ),
  };
}

interface Take {
  readonly own: (text: string, owner: Owner) => void;
  readonly ownPod: (text: string, node: string, pod: string) => void;
  readonly ports: Map<string, Map<string, string>>;
  readonly nodes: Map<string, string>;
  readonly stacks: Map<Machine, string>;
}

/** What belongs to a node, and what to the pods behind its ports: by entries, routes and captured namespaces. */
function hostThings(world: World, machine: Machine, { own, ownPod, ports, nodes, stacks }: Take): void {
  const { node } = machine;
  const cards = new Set(world.cards);
  const ofPorts = new Map<string, string>();
  ports.set(node, ofPorts);
  const lladdrs = new Map<string, string>();
  for (const device of machine.devices.values()) {
    if (device.kind === 'veth' && !cards.has(device)) {
      const peer = world.peer(device);
      // All ports of one stack are of one pod: it may have several networks.
      const pod = (peer && stacks.get(peer.machine)) ?? `${node} ${device.name}`;
      ofPorts.set(device.name, pod);
      nodes.set(pod, node);
      if (device.lladdr !== undefined) ownPod(device.lladdr, node, pod);
      for (const a of device.addresses) ownPod(a.ip.text, node, pod);
      if (peer && peer.machine !== machine) {
        stacks.set(peer.machine, pod);
        for (const d of peer.machine.devices.values()) {
          if (d.lladdr !== undefined && d.kind !== 'loopback') lladdrs.set(d.lladdr, pod);
          if (d.kind !== 'loopback') for (const a of d.addresses) ownPod(a.ip.text, node, pod);
        }
      }
    } else if (device.kind !== 'loopback') {
      if (device.lladdr !== undefined) own(device.lladdr, { node, token: `${device.name} lladdr` });
      for (const [i, a] of device.addresses.entries()) {
        own(a.ip.text, { node, token: `${device.name}.${i}` });
        // Of a subnet that the node has for itself; that of a shared network is several nodes' and nobody's.
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
    const host = hostOf(r.prefix);
    if (pod !== undefined && host !== undefined && r.type === 'unicast') ownPod(host, node, pod);
  }
}

type ByText = ReadonlyMap<string, Owner | typeof SEVERAL>;

interface Placed {
  readonly words: Address['words'];
  readonly node: string;
}

const order = (a: Address['words'], b: Address['words']): number => {
  for (const [i, word] of a.entries()) {
    const difference = word - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Whose a prefix is: of the one node that has addresses in it. */
function prefixOwner(byText: ByText): (text: string) => Owner | undefined {
  const known = new Map<string, Owner | undefined>();
  const placed: Readonly<Record<Address['family'], Placed[]>> = { 4: [], 6: [] };
  for (const [text, owner] of byText) {
    // A lladdr reads like none.
    const ip = ipOf(text);
    if (ip) placed[ip.family].push({ words: ip.words, node: owner === SEVERAL ? SEVERAL : owner.node });
  }
  for (const list of Object.values(placed)) list.sort((a, b) => order(a.words, b.words));
  const find = (text: string): Owner | undefined => {
    const prefix = parsePrefix(text);
    if (!prefix) return undefined;
    const list = placed[prefix.family];
    let low = 0;
    for (let high = list.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (order(list[middle]?.words ?? [], prefix.words) < 0) low = middle + 1;
      else high = middle;
    }
    const first = list[low];
    if (!first || first.node === SEVERAL || !contains(prefix, { family: prefix.family, words: first.words }))
      return undefined;
    for (let i = low + 1; i < list.length; i++) {
      const at = list[i] as Placed;
      if (!contains(prefix, { family: prefix.family, words: at.words })) break;
      if (at.node !== first.node) return undefined;
    }
    return { node: first.node, token: `net/${prefix.length}` };
  };
  return (text) => {
    if (!known.has(text)) known.set(text, find(text));
    return known.get(text);
  };
}

function texts(byText: ByText): Pick<Owners, 'replace' | 'withOwn' | 'blank' | 'ownerOf' | 'podWith'> {
  const ofPrefix = prefixOwner(byText);
  const ownerOf = (text: string): Owner | undefined => {
    const bare = (hostOf(text) ?? text).toLowerCase();
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
    withOwn: (node, text) =>
      replace(text, (owner) => (owner.node === node && owner.pod === undefined ? `<own ${owner.token}>` : undefined)),
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

type PortNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads a rule's text once for all nodes. */
function ruleTexts(ports: PortNames, ownerOf: Owners['ownerOf']): Owners['rule'] {
  const all = new Set([...ports.values()].flatMap((ofNode) => [...ofNode.keys()]));
  const known = new Map<string, RuleText>();
  const made = <T>(list: readonly T[]): readonly T[] => (list.length === 0 ? (NONE as readonly never[]) : list);
  return (text) => {
    const held = known.get(text);
    if (held) return held;
    const hosts = scan(text).addresses.flatMap((a) => {
      const owner = ownerOf(a);
      return owner && owner.pod === undefined ? [owner.node] : [];
    });
    const rule = {
      number: known.size,
      // `cali-tw-cali1234` holds one at its end.
      ports: made((text.match(/[\w.]+/g) ?? []).filter((word) => all.has(word))),
      hosts: made(hosts),
      counts: COUNTS.test(text),
      asksTime: text.includes('-m time '),
    };
    known.set(text, rule);
    return rule;
  };
}

function portNames(ports: PortNames, rule: Owners['rule']): Pick<Owners, 'port' | 'portIn' | 'withoutPort'> {
  const port: Owners['port'] = (node, text) => ports.get(node)?.get(text);
  const nameIn = (node: string, text: string): string | undefined => {
    const names = rule(text).ports;
    return names.length === 0 ? undefined : names.find((word) => port(node, word) !== undefined);
  };
  return {
    port,
    portIn: (node, text) => {
      const name = nameIn(node, text);
      return name === undefined ? undefined : port(node, name);
    },
    withoutPort: (node, text) => text.replaceAll(nameIn(node, text) ?? '\n', '<port>'),
  };
}
