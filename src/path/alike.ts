import { portSwitch } from './bridge-port.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import type { SaidOfService } from './mentions.js';
import { ownersOf } from './owners.js';
import { joined, type Texts, textsOf } from './texts.js';
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
  /** A service by its address, as the rules of a node have it, one object for nodes with the same rules; undefined: no rule of iptables speaks of it. */
  service(node: string | undefined, address: string): Service | undefined;
  /** What an address is of: a pod, a device of a node. */
  end(address: string): string;
  nodeOf(address: string): string | undefined;
  /** The address that stands on the other node where this one stands on its own; the text itself for any other. */
  same(address: string, on: (node: string) => string): string;
  /** A pod by its address; undefined: it cannot be told apart from its node. */
  pod(address: string): string | undefined;
  /** How a pod is attached, without what healthy pods of one node differ in. */
  attachment(address: string): Attachment;
  /** Is the hairpin mode of its port known to be off? Then it alone among the endpoints of a service cannot ask it. */
  isOneWay(address: string): boolean;
}

/** Equal texts for pods that are attached in the same way. */
export interface Attachment {
  /** Its port, and what rules say of it; undefined: nothing is known that tells it from others. */
  readonly port?: string;
  /** Its own stack, where captured. */
  readonly inside?: string;
}

export interface Service {
  /** Equal for services whose chains are the same but for names and addresses. */
  readonly shape: string;
  /** Addresses in its chains, in their order. */
  readonly below: readonly string[];
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
  const namespaces = new Map<string, { readonly all: string; readonly attached: string }>();
  for (const machine of world.machines) {
    const made = textsOf(owners, world, machine);
    if (isHost(machine)) {
      texts.set(machine.node, made);
      continue;
    }
    const rest = [...made.toward, ...made.pods].flatMap(([, lines]) => lines);
    const pod = owners.podOf(machine);
    // A namespace that no port leads to belongs to its node.
    if (pod === undefined) texts.get(machine.node)?.base.push(...made.base, ...rest);
    else {
      const attached = joined([...(made.attached.own ?? []), ...[...made.attached.pods.values()].flat()]);
      namespaces.set(pod, { all: joined([...made.base, ...rest]), attached });
    }
  }
  const nodes = new Map<string, string>();
  for (const [name, { base }] of texts) nodes.set(name, number([...base, ...owners.mentionsOf(name)].join('\n')));
  const services = new Map<SaidOfService, Service>();
  const serviceOf = (said: SaidOfService): Service => {
    const known = services.get(said) ?? { shape: number(said.shape), below: said.below };
    services.set(said, known);
    return known;
  };
  const like: Likeness = {
    node: (name) => nodes.get(name) ?? `? ${name}`,
    toward: memo((from) => {
      const all = texts.get(from)?.toward;
      return memo((to) => number(joined(all?.get(to) ?? [])));
    }),
    service: (node, address) => {
      const said = node === undefined ? undefined : owners.serviceAt(node, address);
      return said && serviceOf(said);
    },
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
      return number([joined(own), namespaces.get(pod)?.all ?? '', ...owners.mentionsOf(pod)].join('\n'));
    }),
    attachment: memo((address) => {
      const ip = ipOf(address);
      const pod = ip && owners.podWith(ip.text);
      if (pod === undefined) return {};
      const own = texts.get(owners.nodeOf(pod))?.attached.pods.get(pod) ?? [];
      const port = [joined(own), ...owners.attachmentsOf(pod)].join('\n');
      const inside = namespaces.get(pod)?.attached;
      return { ...(port !== '' && { port: number(port) }), ...(inside !== undefined && { inside: number(inside) }) };
    }),
    isOneWay: (address) => {
      const ip = ipOf(address);
      const pod = ip && owners.podWith(ip.text);
      const node = pod === undefined ? '' : owners.nodeOf(pod);
      const port = pod === undefined ? undefined : world.host(node)?.devices.get(pod.slice(node.length + 1));
      return port !== undefined && portSwitch(port, 'hairpin') === false;
    },
  };
  return like;
}
