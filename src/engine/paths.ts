import type { PodFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import { unreadRulesOf } from '../model/lookups/iptables.js';
import { podsByAddress } from '../model/lookups/node-address.js';
import type { ClusterModel, Missing } from '../model/types.js';
import { ipOf, openPort, type Pair, reachAll, type Traced, traceProbe, worldOf } from '../path/index.js';
import type { Because, Outcome, Probe } from '../path/types.js';
import { type Diverted, whereTold } from './blame.js';
import { type EnforcerGap, enforcerAbove, enforcerGapOf } from './enforcers.js';
import { endpointStep, innerSnat, senderOf, serviceNameOf } from './translated.js';

/** A pair of ends some of whose packets are lost. */
export interface LostPath {
  readonly pair: Pair;
  readonly outcome: Outcome;
  /** What `dumplint trace` is asked to see the walk. */
  readonly probe: Probe;
  /** It is for a service that is known to have ready endpoints, and no rule gave it the address of one. */
  readonly unserved?: true;
  /** A node took for its own what is for this pod. */
  readonly astray?: string;
  /** A rule of the very stack where nobody listens sent it to that port. */
  readonly diverted?: Diverted;
}

/** One place where packets are lost, with all that is lost there. */
export interface Loss extends Because {
  /** Most telling first: pods before nodes, services last. */
  readonly paths: readonly [LostPath, ...LostPath[]];
  /** The chain of a NetworkPolicy's enforcer that did not accept it, where the rule that drops it stands behind that chain. */
  readonly enforcer?: string;
  /** It is no NetworkPolicy's will: what their enforcer lacks. */
  readonly enforcerGap?: EnforcerGap;
  /** The captures that the walk rests on are not of one moment, or not of one cluster: why. */
  readonly skew?: string;
}

/** What the packet walk says of the ways that Kubernetes promises. Walked when a rule first asks. */
export interface Paths {
  readonly pairs: readonly Pair[];
  /** Where packets are lost; the place that loses most is first. */
  readonly losses: readonly Loss[];
  /** What leaves pairs unknown. */
  readonly open: readonly Missing[];
  /** The captured other end of a veth, by the names that each end has for the other. */
  peer(node: string, netns: string, dev: string): { readonly netns: string; readonly dev: string } | undefined;
  /** A TCP port that something listens on at an address; undefined: no capture tells one. */
  openPort(address: string): number | undefined;
  /** Asks one question. Ends as `dumplint trace` takes them. */
  trace(probe: Probe): Traced;
}

const RANK = { pods: 0, node: 1, dns: 2, api: 3, service: 4, 'node-port': 5, outside: 6 } as const;

/** The probe that a pair stands for. */
export const probeOf = ({ trace }: Pair): Probe => ({
  src: trace.src,
  dst: trace.dst,
  proto: trace.proto,
  ...(trace.port !== undefined && { port: trace.port }),
});

const placeOf = (b: Because): string =>
  JSON.stringify([b.node, b.netns, b.step, b.by, b.hook, b.evidence, b.evidence.length > 0 ? '' : b.reason]);

/** Lines of the walk that may not be compared with the deciding one. */
function skewOf(
  model: ClusterModel,
  because: Because,
  steps: readonly { readonly at: readonly At[] }[],
): string | undefined {
  const [decided] = because.evidence;
  if (decided === undefined) return undefined;
  for (const step of steps)
    for (const at of step.at) {
      const why = model.notComparable(decided, at);
      if (why !== undefined) return why;
    }
  return undefined;
}

/** Services whose endpoints are known: has it a ready one? Where not, nobody answers for it, whatever the network does. */
function livingServices(model: ClusterModel): ReadonlyMap<string, boolean> {
  const living = new Map<string, boolean>();
  for (const e of model.facts('endpoints')) {
    const name = `${e.namespace}/${e.name}`;
    const lives = (e.more ?? 0) > 0 || e.addresses.some((a) => a.ready !== false);
    living.set(name, lives || living.get(name) === true);
  }
  return living;
}

/**
 * Has the service endpoints on other nodes alone, and is for each node's own (internalTrafficPolicy: Local)? What asks it there nobody promised to
 * serve, wherever it ends: the rule of kube-proxy that drops it is not always asked, as enforcers of policies accept before it.
 */
const isServedElsewhere = (model: ClusterModel, { src, dst, trace }: Pair): boolean =>
  (src.node === undefined || dst.kind !== 'service'
    ? []
    : (model.node(src.node)?.host.facts('iptables-table') ?? [])
  ).some(
    (t) =>
      t.table === 'filter' &&
      unreadRulesOf(t, 'KUBE-SERVICES').some(
        (r) => r.text.startsWith(`-d ${trace.dst}/`) && r.text.includes('has no local endpoints'),
      ),
  );

/** Was the packet given the address of an endpoint? */
const isTranslated = ({ legs }: Outcome): boolean =>
  legs.some((l) => l.direction === 'request' && l.steps.some((s) => s.translates?.side === 'dst'));

/**
 * The pod that has an address which the node takes for its own: as the lists have it (of IPv6 they show none), or a captured namespace. What runs on the very
 * node may be in its network, which listings do not tell, unless a stack of its own was captured.
 */
function straysOf(model: ClusterModel): (node: string, address: string) => string | undefined {
  const pods = podsByAddress(model.facts('pod'), model.facts('node'));
  /** Names of pods, or of their namespaces, by address. */
  const stacks = new Map<string, string>();
  for (const { host, others } of model.nodes) {
    const own = new Set(host.facts('address').map((a) => `${a.dev} ${a.address}`));
    for (const stack of others) {
      const addresses = stack.facts('address').filter((a) => a.dev !== 'lo' && a.scope !== 'link');
      // A pod of the node's own network shows that once more.
      if (addresses.some((a) => own.has(`${a.dev} ${a.address}`))) continue;
      const pod = addresses.map((a) => pods.get(a.address)).find((p) => p !== undefined);
      for (const { address } of addresses) stacks.set(address, pod ? nameOf(pod) : stack.netns);
    }
  }
  return (node, address) => {
    const stack = stacks.get(address);
    if (stack !== undefined) return stack;
    const pod = pods.get(address);
    return pod?.node !== undefined && model.node(pod.node)?.name !== node ? nameOf(pod) : undefined;
  };
}

const nameOf = ({ namespace, name }: PodFact): string => `${namespace}/${name}`;

/** The connection as NetworkPolicies see it, with the port of the pod; undefined where the sender got another address on its way. */
const askedOf = (pair: Pair, outcome: Outcome) =>
  innerSnat(outcome.legs.findLast((l) => l.direction === 'request')?.steps ?? [])
    ? undefined
    : {
        from: senderOf(pair),
        to: outcome.endpoint,
        proto: pair.trace.proto,
        port: endpointStep(outcome)?.translates?.port ?? pair.trace.port,
      };

const withGap = (because: Because, gap: EnforcerGap | undefined): Because =>
  gap === undefined
    ? because
    : {
        ...because,
        evidence: [...gap.at, ...because.evidence.filter((at) => !gap.at.includes(at))],
        reason: `${because.reason} (${gap.says})`,
      };

function lossesOf(model: ClusterModel, pairs: readonly Pair[]): readonly Loss[] {
  const living = livingServices(model);
  const strayOn = straysOf(model);
  const byPlace = new Map<
    string,
    { readonly because: Because; readonly paths: LostPath[]; readonly enforcerGap: EnforcerGap | undefined }
  >();
  for (const pair of pairs)
    for (const outcome of living.get(serviceNameOf(pair)) === false ? [] : pair.trace.outcomes) {
      if (outcome.verdict !== 'dropped' || !outcome.because) continue;
      if (!isTranslated(outcome) && isServedElsewhere(model, pair)) continue;
      const { because, diverted } = whereTold(model, pair, outcome.because, outcome);
      const enforcerGap = enforcerGapOf(model, because, askedOf(pair, outcome));
      const key = `${placeOf(because)}${enforcerGap?.at.join() ?? ''}`;
      const held = byPlace.get(key) ?? { because: withGap(because, enforcerGap), paths: [], enforcerGap };
      const unserved =
        because.direction === 'request' && living.get(serviceNameOf(pair)) === true && !isTranslated(outcome);
      const astray =
        because.by === 'closed-port' && because.netns === '' && !diverted
          ? strayOn(because.node, outcome.endpoint)
          : undefined;
      held.paths.push({
        pair,
        outcome,
        probe: probeOf(pair),
        ...(unserved && { unserved }),
        ...(diverted && { diverted }),
        ...(astray !== undefined && { astray }),
      });
      byPlace.set(key, held);
    }
  const order = ({ pair }: LostPath): number => RANK[pair.src.kind] * 10 + RANK[pair.dst.kind];
  return [...byPlace.values()]
    .sort((a, b) => b.paths.length - a.paths.length)
    .flatMap(({ because, paths, enforcerGap }): Loss[] => {
      const [first, ...rest] = paths.sort((a, b) => order(a) - order(b));
      if (!first) return [];
      const skew = skewOf(
        model,
        because,
        first.outcome.legs.flatMap((l) => l.steps),
      );
      const enforcer = enforcerAbove(model, because);
      return [
        {
          ...because,
          paths: [first, ...rest],
          ...(enforcer !== undefined && { enforcer }),
          ...(enforcerGap && { enforcerGap }),
          ...(skew !== undefined && { skew }),
        },
      ];
    });
}

const made = new WeakMap<ClusterModel, Paths>();

/** The walks of a model, made once for all rules. */
export function pathsOf(model: ClusterModel): Paths {
  const known = made.get(model) ?? makePaths(model);
  made.set(model, known);
  return known;
}

/** How many pairs were walked; null where no rule asked for the walk, or it could not be made. */
export function walkedPairs(model: ClusterModel): number | null {
  const paths = made.get(model);
  return paths === undefined || paths.pairs.length === 0 ? null : paths.pairs.length;
}

function makePaths(model: ClusterModel): Paths {
  const lazy = <T>(make: () => T): (() => T) => {
    let value: { readonly made: T } | undefined;
    return () => {
      value ??= { made: make() };
      return value.made;
    };
  };
  // Replaced addresses lead packets to where they never went.
  const replaced = model.obfuscated ?? model.nodes.find((n) => n.obfuscated)?.obfuscated;
  const pairs = lazy(() => (replaced ? [] : reachAll(worldOf(model)).pairs));
  const losses = lazy(() => lossesOf(model, pairs()));
  const open = lazy((): readonly Missing[] => {
    if (replaced) return [{ input: 'true addresses', reason: 'obfuscated', detail: `${replaced.by} replaced them` }];
    const seen = new Map<string, Missing>();
    for (const { trace } of pairs())
      if (trace.verdict === 'unknown')
        for (const m of trace.missing) {
          const key = `${m.node ?? ''} ${m.input} ${m.reason}`;
          if (!seen.has(key)) seen.set(key, m);
        }
    return [...seen.values()];
  });
  return {
    get pairs() {
      return pairs();
    },
    get losses() {
      return losses();
    },
    get open() {
      return open();
    },
    peer: (node, netns, dev) => {
      const world = worldOf(model);
      const device = world.machines.find((m) => m.node === node && m.netns === netns)?.devices.get(dev);
      const peer = device && world.peer(device);
      return peer?.machine.captured ? { netns: peer.machine.netns, dev: peer.name } : undefined;
    },
    openPort: (address) => {
      const ip = ipOf(address);
      return ip && openPort(worldOf(model), ip);
    },
    trace: (probe) => traceProbe(worldOf(model), probe),
  };
}
