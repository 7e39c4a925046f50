import type { ClusterModel } from '../model/types.js';
import type { Pair } from '../path/index.js';
import type { Because, Outcome, Step } from '../path/types.js';
import { innerSnat } from './translated.js';

/*
 * The line that a loss is told of, where that is another than the place in which the packet was lost.
 */

/** Gave it the packet a source that its own node has on no device? Answers are then lost wherever they are looked for. */
const isForeign = (model: ClusterModel, { node, translates }: Step): boolean => {
  const host = model.node(node)?.host;
  const addresses = host?.facts('address') ?? [];
  return (
    translates?.address !== undefined &&
    addresses.length > 0 &&
    host?.absence('address').known === true &&
    !addresses.some((a) => a.address === translates.address)
  );
};

/** A translation to an address that nobody has, by a rule of no service: whatever comes of it, that line is at fault. */
function strayDnat(model: ClusterModel, steps: readonly Step[]): Step | undefined {
  const step = steps.findLast((s) => s.translates?.side === 'dst');
  const address = step?.translates?.address;
  if (!step || address === undefined || isOfPorts(step)) return undefined;
  const isHeld =
    model.nodes.some((n) => [n.host, ...n.others].some((s) => s.facts('address').some((a) => a.address === address))) ||
    model.facts('pod').some((p) => p.ips.includes(address)) ||
    model.facts('node').some((n) => n.internalIps.includes(address));
  return isHeld ? undefined : step;
}

/** The loss as one of the line that translated the packet before. */
function afterStep(because: Because, { node, netns, dev, at, says }: Step): Because {
  const { device: _, ...rest } = because;
  const reason = `${because.reason}, after ${says}`;
  return { ...rest, node, netns, ...(dev !== undefined && { device: dev }), evidence: at, reason };
}

/**
 * Where what happens between the cluster's own ends is lost on a machine that nobody captured: an answer goes there because somebody gave the question
 * another source, and that line is at fault; else the last captured stack sent it astray. So is the line that gave a source which nobody answers for. Of
 * ways from and to the outside the outside has its say.
 */
function whereCaptured(model: ClusterModel, because: Because, { legs }: Outcome): Because {
  const stepsOf = (direction: Because['direction']) => legs.findLast((l) => l.direction === direction)?.steps ?? [];
  const snat = because.direction === 'reply' ? innerSnat(stepsOf('request')) : undefined;
  const isUnanswered = snat !== undefined && because.step === 'neighbour' && isForeign(model, snat);
  // A gateway that was captured has routes to no pods or services, as it need not.
  const isNode = (name: string): boolean => model.node(name)?.beside === undefined && model.node(name) !== undefined;
  const isStray = !isNode(because.node) && because.step === 'route' && because.by === undefined;
  if (model.node(because.node) && !isUnanswered && !isStray) return because;
  const translated = snat && isNode(snat.node) ? snat : undefined;
  const last = translated ?? stepsOf(because.direction).findLast((s) => isNode(s.node));
  if (!last) return because;
  if (translated) return afterStep(because, translated);
  const { device: _, ...rest } = because;
  return { ...rest, node: last.node, netns: last.netns, ...(last.dev !== undefined && { device: last.dev }) };
}

/** Does the translation belong to a service or a published port? That nobody listens behind those is the application's matter. */
const isOfPorts = ({ translates }: Step): boolean =>
  /^(?:KUBE-|CNI-|DOCKER|cali-)/.test(translates?.chain ?? '') ||
  /^IPVS$| kube-proxy$|hostport/.test(translates?.table ?? '');

/** A loss as it is told. `diverted`: by a rule of no service, that leads to a port on which nobody listens, or to an address that nobody has. */
interface Told {
  readonly because: Because;
  readonly diverted?: Diverted;
}
export type Diverted = 'to a closed port' | 'to nobody';

/**
 * Where nobody listens on the port to which a rule sent the packet (REDIRECT to a proxy that does not run, a DNAT to another port), that line is at
 * fault: nobody asked for that port.
 */
function whereDiverted(because: Because, { legs }: Outcome): Told {
  if (because.by !== 'closed-port' || because.direction !== 'request') return { because };
  const steps = legs.findLast((l) => l.direction === 'request')?.steps ?? [];
  const step = steps.findLast((s) => s.translates?.side === 'dst');
  if (!step || isOfPorts(step)) return { because };
  if (step.node !== because.node || step.netns !== because.netns)
    return { because: afterStep(because, step), diverted: 'to a closed port' };
  return {
    because: { ...because, evidence: step.at, reason: `${because.reason}, after ${step.says}` },
    diverted: 'to a closed port',
  };
}

/** A TTL that did not carry the packet as far: the stack whose line made it so short is at fault, not the router that counted. */
function whereShortened(because: Because, { legs }: Outcome): Because {
  const [at] = because.evidence;
  if (at === undefined || !because.reason.startsWith('TTL exceeded')) return because;
  const steps = legs.findLast((l) => l.direction === because.direction)?.steps ?? [];
  // The last one tells the loss itself.
  const set = steps.slice(0, -1).find((s) => s.at.includes(at)) ?? steps[0];
  if (!set || (set.node === because.node && set.netns === because.netns)) return because;
  const { device: _, ...rest } = because;
  return {
    ...rest,
    node: set.node,
    netns: set.netns,
    reason: `TTL exceeded on ${because.node}, as it begins too short`,
  };
}

/** The line that a pair's loss is told of. */
export function whereTold(model: ClusterModel, { src, dst }: Pair, because: Because, outcome: Outcome): Told {
  const asked = outcome.legs.findLast((l) => l.direction === 'request')?.steps ?? [];
  const mayStray = dst.kind !== 'outside' && because.direction === 'request' && because.step !== 'netfilter';
  const stray = mayStray ? strayDnat(model, asked) : undefined;
  if (stray) return { because: afterStep(because, stray), diverted: 'to nobody' };
  const isFar = src.kind === 'outside' || dst.kind === 'outside';
  const own = whereShortened(because, outcome);
  return whereDiverted(isFar ? own : whereCaptured(model, own, outcome), outcome);
}
