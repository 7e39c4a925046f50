import type { Missing } from '../model/types.js';
import { errorAbout } from './answer.js';
import type { Chooser } from './choices.js';
import { makeConnections } from './conntrack.js';
import { type Arrival, type Drop, doubt, lineOfStack, note, type Walk } from './context.js';
import type { Endpoint } from './endpoints.js';
import { refusedByRoute, send, sourceFor } from './ip-output.js';
import { byPolicy } from './ipsec.js';
import { blankSource, isBlank, leap } from './leap.js';
import type { Machine } from './machine.js';
import { fromOutside } from './outside.js';
import { FROM_PORT, replyTo, requestOf } from './probe-packets.js';
import { scopeOf6 } from './source6.js';
import { defaultTtl, startWith } from './ttl.js';
import type { Because, Heard, Ip, Leg, Packet, Probe } from './types.js';
import type { World } from './world.js';

/** What one line of choices gave. */
export interface Run {
  readonly endpoint: string;
  readonly verdict: 'delivered' | 'dropped' | 'unknown';
  readonly because?: Because;
  readonly missing: readonly Missing[];
  readonly legs: readonly Leg[];
  readonly seenSource?: string;
  readonly assumptions: readonly string[];
}

function begin(w: Walk, machine: Machine, packet: Packet, unbound = false, oif?: string): Arrival {
  if (machine === w.world.outside) return fromOutside(w, packet);
  if (isBlank(machine)) return leap(w, machine, packet);
  startWith(packet, defaultTtl(machine, packet.src.family));
  return send(w, machine, packet, { unbound, ...(oif !== undefined && { oif }) });
}

function endLeg(w: Walk, direction: Leg['direction']): void {
  w.legs.push({ direction, steps: w.steps });
  w.steps = [];
}

const becauseOf = (direction: Leg['direction'], { step, answer, by, hook, table, chain, tunnel }: Drop): Because => ({
  direction,
  step: step.kind,
  node: step.node,
  netns: step.netns,
  ...(step.dev !== undefined && { device: step.dev }),
  reason: step.says,
  evidence: step.at,
  ...(answer !== undefined && { answer }),
  ...(by && { by }),
  ...(hook && { hook }),
  ...(table !== undefined && { table }),
  ...(chain !== undefined && { chain }),
  ...(tunnel && { tunnel }),
});

/**
 * What a drop proves when something before it was only presumed. That the packet may have been lost before, or, in the way there, may
 * have come another way, changes nothing: there is no answer. What may have made another packet of it, or led it elsewhere before this very
 * drop, leaves it open.
 */
const stands = (w: Walk, leg: number, { anyway }: Drop): boolean =>
  w.doubts.every(
    (d) =>
      d.else === 'lost' ||
      (d.else === 'elsewhere' && (d.leg < leg || anyway === true)) ||
      (d.else === 'astray' && d.leg < leg),
  );

/** Walks what the sender of a lost packet is told. */
function heardOf(w: Walk, asker: Machine, sent: Packet, drop: Drop): { readonly heard?: Heard } {
  w.hops = 0;
  const heard = errorAbout(w, asker, sent, drop);
  if (w.steps.length > 0) endLeg(w, 'error');
  return heard ? { heard } : {};
}

/**
 * Port of UDP that `ping` of iputils connects a socket to before it sends, for the address that it would send from: rules and IPsec policies may refuse
 * it that.
 */
const PROBED_PORT = 1025;

function asksByUdp(w: Walk, machine: Machine, from: Ip, dst: Ip): void {
  if (!machine.captured) return;
  const asked = { ...requestOf({ src: '', dst: '', proto: 'udp', port: PROBED_PORT }, from, dst), sport: 0 };
  const asks = { dst, iif: 'lo', mark: 0, proto: 'udp', dport: PROBED_PORT };
  const found = machine.fib.lookup(asks, () => undefined);
  // With the source that the first answer gave it asks again (ip_route_connect).
  const refused = [found, machine.fib.lookup({ ...asks, src: from }, () => undefined)].some(
    ({ kind }) => kind === 'none' || kind === 'refused',
  );
  const oif = found.kind === 'unicast' ? (found.nexthops[0]?.dev ?? '') : 'lo';
  const steps = w.steps.length;
  const blocked = !refused && byPolicy(w, machine, 'out', asked, { oif })?.kind === 'dropped';
  // Nothing of it is a step of the probe's own packet.
  w.steps.length = steps;
  if (refused || blocked)
    doubt(
      w,
      {
        node: machine.node,
        input: `whether ping asks for a route of UDP first, as that of iputils does: ${blocked ? 'a policy blocks it' : 'there is none'}`,
        reason: 'unsupported',
      },
      'lost',
    );
}

const TOO_BIG = /^icmp fragmentation-needed (\d+)$/;

/**
 * Sends what `make` gives. Of IPv6 the sender alone cuts: its first packet that is too long for a link further on is lost and tells it, and whatever
 * comes after it fits (rt6_do_update_pmtu). Whether it was told before nobody captured.
 */
function sendCut(w: Walk, machine: Machine, make: () => Packet, unbound = false, oif?: string): Sent {
  const packet = make();
  const arrival = begin(w, machine, packet, unbound, oif);
  if (arrival.kind !== 'dropped' || packet.src.family === 4 || packet.df) return { packet, arrival };
  const mtu = TOO_BIG.exec(arrival.drop.answer ?? '')?.[1];
  if (mtu === undefined || arrival.drop.machine === machine || arrival.drop.tunnel) return { packet, arrival };
  const trial = { ...w, legs: [], steps: [], doubts: [], assumptions: new Set<string>(), asked: packet.dst, hops: 0 };
  if (errorAbout(trial, machine, packet, arrival.drop)?.verdict === 'lost') return { packet, arrival };
  const missing: Missing = {
    node: machine.node,
    input: `whether ${machine.id} knows already that ${mtu} octets go to ${packet.dst.text} at once: its first long packet is lost, and tells it`,
    reason: 'not-captured',
  };
  if (!w.choose.either(`${machine.id} path MTU ${packet.dst.text}`, missing, false)) return { packet, arrival };
  w.steps = [];
  w.hops = 0;
  const cut = { ...make(), piece: Number(mtu) };
  return { packet: cut, arrival: begin(w, machine, cut, unbound, oif) };
}

interface Sent {
  /** As it left, or as it was when it was lost. */
  readonly packet: Packet;
  readonly arrival: Arrival;
}

interface Ends {
  readonly world: World;
  readonly probe: Probe;
  readonly src: Endpoint;
  readonly dst: Ip;
}

/** One walk along the answers of `choose`: the question, the answer, and of TCP the third packet, and data where that fares otherwise. */
export function runProbe({ world, probe, src, dst }: Ends, choose: Chooser): Run {
  const w: Walk = {
    world,
    choose,
    asked: dst,
    connections: makeConnections(),
    legs: [],
    steps: [],
    doubts: [],
    assumptions: new Set([...src.assumptions, ...(probe.proto === 'icmp' ? [] : [FROM_PORT])]),
    spoke: new Map(),
    taught: new Map(),
    hops: 0,
  };
  let endpoint = dst.text;
  let seen: string | undefined;
  const finish = (verdict: Run['verdict'], because?: Because, missing: readonly Missing[] = []): Run => ({
    endpoint,
    verdict,
    ...(because && { because }),
    missing,
    legs: w.legs,
    ...(seen !== undefined && { seenSource: seen }),
    assumptions: [...w.assumptions],
  });
  /** Ends the run after a leg that was lost. */
  const lost = (direction: Leg['direction'], arrival: Exclude<Arrival, { kind: 'arrived' }>, sent?: Packet): Run => {
    const leg = w.legs.length;
    endLeg(w, direction);
    if (arrival.kind === 'unknown') return finish('unknown', undefined, [arrival.missing]);
    const because = becauseOf(direction, arrival.drop);
    return stands(w, leg, arrival.drop)
      ? finish('dropped', { ...because, ...(sent && heardOf(w, src.machine, sent, arrival.drop)) })
      : finish(
          'unknown',
          because,
          w.doubts.map((d) => d.missing),
        );
  };
  const from =
    src.ip ??
    (isBlank(src.machine) ? blankSource(w, src.machine, dst) : undefined) ??
    sourceFor(w, src.machine, dst, { proto: probe.proto, dport: probe.port ?? 0 });
  if (!from) {
    const refused = refusedByRoute(w, src.machine, requestOf(probe, dst, dst));
    if (refused) return lost('request', refused, requestOf(probe, dst, dst));
    const unseen = src.machine.addressesMissing();
    if (unseen) doubt(w, unseen);
    // Nothing decides but what is not there: the stack shows by its addresses.
    const step = note(w, 'route', src.machine, `no route to ${dst.text}`, [lineOfStack(src.machine)]);
    return lost(
      'request',
      { kind: 'dropped', drop: { step, machine: src.machine, answer: 'ENETUNREACH' } },
      requestOf(probe, dst, dst),
    );
  }
  const original = { src: from.text, dst: dst.text, sport: requestOf(probe, from, dst).sport };
  if (probe.proto === 'icmp') asksByUdp(w, src.machine, from, dst);
  // `ping` never connects its socket; TCP, and UDP that does, ask for the route again with the source that they got (ip_route_connect), of IPv6 nobody does.
  const unbound = src.ip === undefined && (probe.proto === 'icmp' || dst.family === 6);
  const { packet: request, arrival: there } = sendCut(w, src.machine, () => requestOf(probe, from, dst), unbound);
  // The endpoint that load balancing chose, also when its packet is lost.
  if (there.kind !== 'arrived') {
    endpoint = request.dst.text;
    return lost('request', there, request);
  }
  endpoint = there.packet.dst.text;
  seen = there.packet.src.text;
  endLeg(w, 'request');
  w.hops = 0;
  // What came from an address of the link is answered by the device that it came in by (icmpv6_echo_reply, inet6_csk_route_req).
  const link = there.packet.src.family === 6 && scopeOf6(there.packet.src) === 2 ? there.dev?.name : undefined;
  const { arrival: back } = sendCut(w, there.machine, () => replyTo(w, there.packet, there.machine), false, link);
  if (back.kind !== 'arrived') return lost('reply', back);
  const wrong = notOurs(w, back, src.machine, original, probe);
  if (wrong) return lost('reply', { kind: 'dropped', drop: wrong });
  endLeg(w, 'reply');
  if (probe.proto === 'tcp') {
    w.hops = 0;
    const ack: Packet = { ...requestOf(probe, from, dst), role: 'ack' };
    const third = begin(w, src.machine, ack, unbound);
    if (third.kind !== 'arrived') return lost('ack', third, ack);
    if (third.machine !== there.machine) return lost('ack', elsewhere(w, third, there.machine), ack);
    endLeg(w, 'ack');
    // A stack that took the answer for invalid takes the data behind it for a new flow (nf_conntrack_tcp_loose), with rules and NAT for such.
    // And a rule that asks for flags, or for a mark that the flow got by then, finds others on it than on the answer to the SYN.
    if (w.unknownFlow || w.asksData) {
      w.hops = 0;
      const data = begin(w, there.machine, { ...replyTo(w, there.packet, there.machine), role: 'data' });
      if (data.kind !== 'arrived') return lost('data', data);
      const other = notOurs(w, data, src.machine, original, probe);
      if (other) return lost('data', { kind: 'dropped', drop: other });
      endLeg(w, 'data');
    }
  }
  return w.doubts.length === 0
    ? finish('delivered')
    : finish(
        'unknown',
        undefined,
        w.doubts.map((d) => d.missing),
      );
}

/** The third packet of a handshake at a stack that never saw the first. */
function elsewhere(
  w: Walk,
  { machine, packet }: Extract<Arrival, { kind: 'arrived' }>,
  asked: Machine,
): Extract<Arrival, { kind: 'dropped' }> {
  const says = `the third packet comes to ${machine.id}, and ${asked.id} took the SYN`;
  const at = w.steps.findLast((s) => s.kind === 'route' && s.node === machine.node && s.netns === machine.netns)?.at;
  const step = note(w, 'deliver', machine, says, at ?? []);
  return { kind: 'dropped', drop: { step, machine, ...refusal(packet) } };
}

/** What a stack without a socket for it says to whoever sent it (tcp_v4_send_reset, __udp4_lib_rcv). */
const refusal = ({ proto }: Packet): { readonly answer?: string } =>
  proto === 'tcp' ? { answer: 'tcp reset' } : proto === 'udp' ? { answer: 'icmp port-unreachable' } : {};

/** An answer that came to another stack, or from another address than was asked, is none for the sender. */
function notOurs(
  w: Walk,
  back: Extract<Arrival, { kind: 'arrived' }>,
  machine: Machine,
  original: { readonly src: string; readonly dst: string; readonly sport: number },
  probe: Probe,
): Drop | undefined {
  const { packet } = back;
  if (back.machine !== machine)
    return {
      step: note(w, 'deliver', back.machine, `the answer comes to another stack than that of ${original.src}`),
      machine: back.machine,
    };
  // What translated its source and does not translate the answer back leaves it for a port, or an id, that nobody has.
  if (packet.dport !== original.sport) {
    const has = probe.proto === 'icmp' ? 'the id of another echo' : `for port ${packet.dport}`;
    return {
      step: note(
        w,
        'deliver',
        machine,
        `the answer is ${has}, and ${original.sport} was sent: it was not translated back`,
      ),
      machine,
      ...refusal(packet),
    };
  }
  // A socket of ping takes any answer with its id.
  if (probe.proto !== 'icmp' && packet.src.text !== original.dst)
    return {
      step: note(w, 'deliver', machine, `the answer comes from ${packet.src.text}, and ${original.dst} was asked`),
      machine,
      ...refusal(packet),
    };
  return undefined;
}
