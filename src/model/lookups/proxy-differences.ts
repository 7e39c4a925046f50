import type { EndpointsFact, ServiceFact } from '../../facts/index.js';
import type { At } from '../../kit/index.js';
import type { ProxyEntries, ProxyEntry } from './proxy-entries.js';

/** One node with what its kube-proxy wrote. */
export interface ProxySide {
  readonly node: string;
  readonly own: ProxyEntries;
  /** May a rule that is not in its dump be taken as absent? */
  readonly whole: boolean;
}

/** Objects of the API server that say what each node ought to have. */
export interface ProxyObjects {
  readonly services: readonly ServiceFact[];
  /** Were all services listed? */
  readonly listed: boolean;
  readonly endpoints: readonly EndpointsFact[];
  /** Addresses of all pods that are listed, with the node of each. */
  readonly pods: ReadonlyMap<string, string | undefined>;
}

/** What a node has otherwise than others have it. */
export interface ProxyDifference {
  readonly node: string;
  readonly key: string;
  readonly name: string;
  readonly what: 'lacks' | 'refuses' | 'endpoints';
  /** The wrong line, or the one beside which a line is missing. */
  readonly at: At;
  /** The head of what lacks an entry. */
  readonly head?: At;
  /** Endpoints that the others have. */
  readonly missing: readonly string[];
  /** Endpoints that nobody else has, by the line that sends to them. */
  readonly strange: readonly (readonly [address: string, at: At])[];
  readonly others: readonly string[];
  /** A line of another node that has it. */
  readonly proof: { readonly node: string; readonly at: At };
  /** The object that says who is right. */
  readonly object?: At;
  readonly sure: 'certain' | 'likely' | 'possible';
  /** Nothing says which of two nodes is right. */
  readonly undecided?: true;
}

const ADDRESS_AND_PORT = /^\[?([^\]]+?)\]?(?::(\d+))?$/;

const addressOf = (to: string): string => ADDRESS_AND_PORT.exec(to)?.[1] ?? to;

const serviceOf = (objects: ProxyObjects, key: string): ServiceFact | undefined => {
  const [address = '', proto = '', port] = key.split(' ');
  return objects.services.find((s) => {
    const isOurs = (p: { readonly protocol: string }): boolean => (p.protocol || 'TCP').toLowerCase() === proto;
    return address === 'NodePort'
      ? s.ports.some((p) => isOurs(p) && p.nodePort === Number(port))
      : s.clusterIps.includes(address) && s.ports.some((p) => isOurs(p) && p.port === Number(port));
  });
};

/** The line beside which an entry is missing: that of the entry which stands before it on the other node. */
function besideOf(own: ProxyEntries, other: ProxyEntries, key: string): At | undefined {
  let beside: At | undefined;
  for (const [k, entry] of other.entries) {
    if (k === key) return beside;
    const held = own.entries.get(k);
    if (held && !entry.refuses && !held.refuses && k.startsWith('NodePort') === key.startsWith('NodePort'))
      beside = held.at;
  }
  return beside;
}

interface Held {
  readonly side: ProxySide;
  readonly entry: ProxyEntry;
}

/** Entries that some nodes lack. */
function lacking(sides: readonly ProxySide[], have: readonly Held[], key: string, objects: ProxyObjects) {
  const [first] = have;
  const refused = have.every((h) => h.entry.refuses);
  const lack = sides.filter(
    (s) => s.whole && !s.own.entries.has(key) && (s.own.tellsRefusals || first?.entry.endpoints),
  );
  if (!first || refused || lack.length === 0) return [];
  const object = serviceOf(objects, key);
  // Where all services are listed and it is none of them, the others have not yet heard that it is gone.
  if (objects.listed && !object) return [];
  if (!object && have.length < lack.length) return [];
  const isMost = have.length >= lack.length;
  const sure = object && isMost ? 'certain' : 'likely';
  const shown = have.find((h) => !h.entry.refuses) ?? first;
  return lack.map(({ node, own }): ProxyDifference => {
    const head = key.startsWith('NodePort') ? (own.nodePorts ?? own.services) : own.services;
    return {
      ...{ node, key, name: shown.entry.name ?? key, what: 'lacks', head, missing: [], strange: [], sure },
      at: besideOf(own, shown.side.own, key) ?? head,
      others: have.map((h) => h.side.node),
      proof: { node: shown.side.node, at: shown.entry.at },
      ...(object && { object: object.at }),
      ...(!object && have.length === lack.length && { undecided: true as const }),
    };
  });
}

const signatureOf = ({ entry }: Held): string => [...(entry.endpoints?.keys() ?? [])].sort().join();

/** Ready addresses by the objects, with ports where they tell; undefined: they don't tell all. */
function readyOf(facts: readonly EndpointsFact[]): ReadonlyMap<string, readonly number[]> | undefined {
  if (facts.length === 0 || facts.some((f) => (f.more ?? 0) > 0)) return undefined;
  const out = new Map<string, number[]>();
  for (const f of facts)
    for (const a of f.addresses)
      if (a.ready !== false) out.set(a.ip, [...(out.get(a.ip) ?? []), ...f.ports.map((p) => p.port)]);
  return out;
}

function isRight(held: Held, ready: ReadonlyMap<string, readonly number[]>, family: 4 | 6): boolean {
  const own = [...(held.entry.endpoints?.keys() ?? [])];
  const isReady = (to: string): boolean => {
    const [, ip = '', port] = ADDRESS_AND_PORT.exec(to) ?? [];
    const ports = ready.get(ip);
    return ports !== undefined && (ports.length === 0 || port === undefined || ports.includes(Number(port)));
  };
  const wanted = [...ready.keys()].filter((ip) => ip.includes(':') === (family === 6));
  return own.every(isReady) && wanted.every((ip) => own.some((to) => addressOf(to) === ip));
}

/** Entries whose endpoints differ. */
function differing(all: readonly Held[], key: string, objects: ProxyObjects, family: 4 | 6): ProxyDifference[] {
  const have = all.filter((h) => h.entry.endpoints !== undefined);
  const groups = new Map<string, [Held, ...Held[]]>();
  for (const held of have) {
    const signature = signatureOf(held);
    const group = groups.get(signature);
    if (group) group.push(held);
    else groups.set(signature, [held]);
  }
  if (groups.size < 2) return [];
  const service = serviceOf(objects, key);
  const name = have.find((h) => h.entry.name !== undefined)?.entry.name ?? key;
  const full = service ? `${service.namespace}/${service.name}` : name.replace(/:.*/, '');
  const facts = objects.endpoints.filter((e) => `${e.namespace}/${e.name}` === full);
  if (service?.nearest !== undefined || facts.some((f) => f.hinted)) return [];
  const ready = readyOf(facts);
  const right = ready && [...groups.values()].find(([first]) => isRight(first, ready, family));
  const most = [...groups.values()].find((g) => have.length > 2 && g.length * 2 > have.length);
  const reference = right ?? most ?? (have.length === 2 ? [...groups.values()].sort(bySize)[0] : undefined);
  const [shown] = reference ?? [];
  if (!reference || !shown?.entry.endpoints || shown.entry.endpoints.size === 0) return [];
  const wanted = shown.entry.endpoints;
  // Whoever has but what runs on its own node has them chosen for it.
  const isLocalTo = (node: string, to: Iterable<string>): boolean =>
    [...to].every((t) => objects.pods.get(addressOf(t)) === node);
  if (reference.length === 1 && isLocalTo(shown.side.node, wanted.keys())) return [];
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const own = first.entry.endpoints ?? new Map<string, At>();
    if (group === reference) return [];
    const missing = [...wanted.keys()].filter((to) => !own.has(to));
    const strange = [...own].filter(([to]) => !wanted.has(to));
    const dead = strange.some(([to]) => right && !objects.pods.has(addressOf(to)));
    // Several nodes with the same other half look like zones.
    if (group.length > 1 && !dead && own.size > 0) return [];
    const whole = service?.sessionAffinity !== undefined;
    const sure = (node: string): ProxyDifference['sure'] => {
      if (!right)
        return most && [...own.keys()].some((to) => wanted.has(to))
          ? 'likely'
          : most && own.size === 0
            ? 'likely'
            : 'possible';
      if (dead || (strange.length === 0 && (whole || (own.size === 0 && reference === most)))) return 'certain';
      if (strange.length > 0) return 'possible';
      return own.size > 0 && isLocalTo(node, own.keys()) ? 'possible' : 'likely';
    };
    const [proof] = missing.length > 0 ? missing.map((to) => wanted.get(to)) : [shown.entry.at];
    return group.map(
      ({ side, entry }): ProxyDifference => ({
        ...{ node: side.node, key, name, missing, strange },
        what: entry.refuses ? 'refuses' : 'endpoints',
        at: strange[0]?.[1] ?? entry.beside,
        others: reference.map((h) => h.side.node),
        proof: { node: shown.side.node, at: proof ?? shown.entry.at },
        ...(right && facts[0] && { object: facts[0].at }),
        sure: sure(side.node),
        ...(!right && !most && { undecided: true as const }),
      }),
    );
  });
}

const bySize = ([a]: readonly Held[], [b]: readonly Held[]): number =>
  (b?.entry.endpoints?.size ?? 0) - (a?.entry.endpoints?.size ?? 0);

/**
 * What some nodes' kube-proxy has otherwise than most have it, or than the objects say. Endpoints that a traffic policy or the place of a node chooses
 * differ rightly and are left out.
 */
export function proxyDifferences(
  sides: readonly ProxySide[],
  objects: ProxyObjects,
  family: 4 | 6,
): readonly ProxyDifference[] {
  const keys = new Set(sides.flatMap((s) => [...s.own.entries.keys()]));
  return [...keys].flatMap((key) => {
    const have = sides.flatMap((side): Held[] => {
      const entry = side.own.entries.get(key);
      return entry ? [{ side, entry }] : [];
    });
    return [...lacking(sides, have, key, objects), ...differing(have, key, objects, family)];
  });
}
