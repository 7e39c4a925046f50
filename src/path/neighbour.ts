import type { NeighbourFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import { type Answer, answersAsked, hasNoArp, listeners, moreListeners, whoAnswers } from './arp.js';
import { hearsOutside } from './asking.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import { carrierOf, type Device } from './device.js';
import { entriesFor } from './hearsay.js';
import type { Machine } from './machine.js';
import {
  elsewhere,
  knownOtherwise,
  leadsOutside,
  mayLack,
  otherCard,
  strangerWith,
  type Towards,
  towardsOutside,
} from './strangers.js';
import type { Frame, Ip, Packet } from './types.js';
import {
  asksNobody,
  isDeaf,
  isGuess,
  knownByAsking,
  losesAnswer,
  mayAnswer,
  otherEnd,
  unattached,
  whyNobody,
} from './unanswered.js';

type Resolved = { readonly kind: 'frame'; readonly frame: Frame; readonly towards: Towards } | Arrival;

const USABLE = /^(REACHABLE|STALE|DELAY|PROBE|PERMANENT|NOARP)$/;
const FIXED = /^(PERMANENT|NOARP)$/;

/** Devices without addresses of layer 2. */
const withoutLladdr = (device: Device): boolean =>
  ['ipip', 'gre', 'wireguard', 'dummy', 'loopback', 'other'].includes(device.kind);

/** An entry as it counts: the last that is usable, else the last. */
function entryOf(machine: Machine, dev: string, ip: Ip): NeighbourFact | undefined {
  const all = machine.neighbours(dev, ip).filter((n) => !n.flags.includes('proxy'));
  return all.find((n) => USABLE.test(n.state ?? 'STALE') && n.lladdr !== undefined) ?? all.at(-1);
}

/** The frame for the next hop (neigh_resolve_output): by the captured entry, else by who would answer a question on the segment. */
export function neighbour(w: Walk, device: Device, nexthop: Ip, packet: Packet): Resolved {
  const { machine } = device;
  if (withoutLladdr(device)) return { kind: 'frame', frame: { packet, dstMac: '', nexthop }, towards: undefined };
  const src = device.lladdr === undefined ? {} : { srcMac: device.lladdr };
  const entry = entryOf(machine, device.name, nexthop);
  const lladdr = entry?.lladdr?.toLowerCase();
  const usable = lladdr !== undefined && USABLE.test(entry?.state ?? 'STALE');
  if (usable && FIXED.test(entry?.state ?? '')) {
    note(w, 'neighbour', machine, `${nexthop.text} has lladdr ${lladdr} (${entry?.state})`, [entry?.at], device.name);
    const presumed = machine.captured ? undefined : machine.missing('neigh');
    if (presumed) doubt(w, presumed, 'lost');
    const away = towardsOutside(w, device, nexthop, lladdr);
    const known = away === 'outside' ? knownOtherwise(w, device, nexthop, lladdr) : 'known';
    const astray = typeof known === 'object' ? known : undefined;
    if (known === undefined || astray?.shared === false)
      doubt(
        w,
        {
          node: machine.node,
          input: `who ${nexthop.text} is on ${device.name}`,
          reason: 'not-comparable',
          detail: `somebody wrote ${lladdr}, ${astray ? `another node has learnt ${astray.entry.lladdr}` : 'and no other capture knows that lladdr'}`,
          ...(entry?.at !== undefined && { at: entry.at }),
        },
        'lost',
      );
    if (astray?.shared)
      return drop(
        w,
        'neighbour',
        machine,
        `nobody on the network of ${device.name} is known by ${lladdr}: others know ${nexthop.text} as ${astray.entry.lladdr}`,
        [entry?.at, astray.entry.at],
        { dev: device.name },
      );
    return { kind: 'frame', frame: { packet, ...src, dstMac: lladdr }, towards: away };
  }
  // Where nothing is asked the frame goes to the device's own lladdr (arp_constructor).
  if (!usable && hasNoArp(device)) {
    note(w, 'neighbour', machine, `${device.name} asks nobody (NOARP)`, [device.at], device.name);
    return { kind: 'frame', frame: { packet, ...src, dstMac: device.lladdr ?? '' }, towards: undefined };
  }
  // An advertisement of an address that the device itself has, be it as a duplicate, is not taken (ndisc_recv_na).
  const twin = nexthop.family === 6 && !usable ? carrierOf([device], nexthop) : undefined;
  if (twin)
    return drop(
      w,
      'neighbour',
      machine,
      `${device.name} has ${nexthop.text} itself, and takes no answer for it`,
      [twin.at],
      {
        dev: device.name,
        answer: 'icmp host-unreachable',
      },
    );
  const mute = usable ? undefined : asksNobody(device, nexthop);
  const known = mute && knownByAsking(w, device, nexthop);
  // Of somebody whom nobody captured it is not known what he asks.
  if (mute && known === undefined && leadsOutside(w, device, nexthop))
    return {
      kind: 'unknown',
      missing: {
        node: machine.node,
        input: `whether ${nexthop.text}, for which ${device.name} asks nobody, has asked there itself`,
        reason: 'not-captured',
        at: mute.at,
      },
    };
  if (mute && known === undefined)
    return drop(w, 'neighbour', machine, `${device.name} asks nobody for ${nexthop.text}: ${mute.says}`, [mute.at], {
      dev: device.name,
      answer: 'icmp host-unreachable',
    });
  const answers = isDeaf(device) ? [] : whoAnswers(w, device, nexthop, packet);
  if (usable) return learnt(w, device, nexthop, packet, { lladdr, at: entry?.at, state: entry?.state ?? '' }, answers);
  return asked(w, device, nexthop, packet, entry, answers);
}

/** A learnt entry: as good as the machine behind it, for a wrong one is asked for again before long. */
function learnt(
  w: Walk,
  device: Device,
  nexthop: Ip,
  packet: Packet,
  entry: { readonly lladdr: string; readonly at: At | undefined; readonly state: string },
  answers: readonly Answer[],
): Resolved {
  const { machine } = device;
  const src = device.lladdr === undefined ? {} : { srcMac: device.lladdr };
  const agrees =
    answers.length === 0 ||
    answers.some((a) => a.lladdr === entry.lladdr) ||
    otherCard(w, nexthop, entry.lladdr) !== undefined;
  note(
    w,
    'neighbour',
    machine,
    `${nexthop.text} has lladdr ${entry.lladdr}${entry.state === '' ? '' : ` (${entry.state})`}`,
    [entry.at],
    device.name,
  );
  const frame: Frame = { packet, ...src, dstMac: entry.lladdr };
  // Who has it is asked again before long, and is not heard.
  if (answers.length === 0 && isSilent(w, device, nexthop, entry))
    doubt(
      w,
      {
        node: machine.node,
        input: `whether ${nexthop.text} is still known on ${device.name}, where its answer does not come through`,
        reason: 'not-comparable',
        ...(entry.at !== undefined && { at: entry.at }),
        ...losesAnswer(w, device, nexthop),
      },
      'lost',
    );
  const rival = rivalOf(w, answers, nexthop, entry.lladdr);
  const stranger = rival || answers.length === 0 ? undefined : strangerWith(w, device, nexthop);
  const other =
    rival === undefined
      ? stranger && `a machine that was not captured (${stranger.lladdr})`
      : `${rival.device.machine.node} ${rival.device.name} (${rival.lladdr})`;
  if (other !== undefined)
    doubt(
      w,
      {
        node: machine.node,
        input: `which machine ${nexthop.text} is on ${device.name}`,
        reason: 'not-comparable',
        detail: `the entry says ${entry.lladdr}, and ${other} has the address too`,
        ...(entry.at !== undefined && { at: entry.at }),
      },
      'rewritten',
    );
  const away = towardsOutside(w, device, nexthop, entry.lladdr);
  if (agrees || away === 'outside') return { kind: 'frame', frame, towards: away };
  const missing = {
    node: machine.node,
    input: `which machine ${nexthop.text} is on ${device.name}`,
    reason: 'not-comparable' as const,
    detail: `the entry says ${entry.lladdr}, ${answers.map((a) => `${a.device.machine.node} ${a.device.name} would answer ${a.lladdr}`).join(', ')}`,
    ...(entry.at !== undefined && { at: entry.at }),
  };
  const stays = w.choose.either(`${machine.id} neigh ${device.name} ${nexthop.text}`, missing, true);
  return {
    kind: 'frame',
    frame: stays ? frame : { ...frame, dstMac: answers[0]?.lladdr ?? entry.lladdr },
    towards: undefined,
  };
}

/**
 * Another machine that has the address as its own. What it asks with it as sender teaches everybody its lladdr anew (arp_process), whichever an
 * entry had before. With an address of another device (lo) it asks only whom it answers, so only where somebody took it for the holder.
 */
function rivalOf(w: Walk, answers: readonly Answer[], nexthop: Ip, lladdr: string): Answer | undefined {
  const known = answers.find((a) => a.lladdr === lladdr);
  const isTaken = (rival: string): boolean =>
    entriesFor(w.world, nexthop.text).some(({ entry }) => entry.lladdr?.toLowerCase() === rival);
  const asks = ({ device, lladdr: rival }: Answer): boolean =>
    device.addresses.some((a) => a.ip.text === nexthop.text) || isTaken(rival);
  return (
    known &&
    answers.find(
      (a) => a.device.machine !== known.device.machine && a.device.machine.local.has(nexthop.text) && asks(a),
    )
  );
}

/**
 * Is the lladdr that of a device in reach that would answer, where rules lose what it says? An entry of IPv6 lives on without answers: each
 * question of the other side renews it (ndisc_recv_ns), as long as it asks. One that is asked for again (PROBE) was not renewed in time.
 */
const isSilent = (
  w: Walk,
  device: Device,
  nexthop: Ip,
  { lladdr, state }: { readonly lladdr: string; readonly state: string },
): boolean =>
  (nexthop.family === 4 || state === 'PROBE') &&
  !isDeaf(device) &&
  listeners(w, device).some((d) => d.lladdr === lladdr && d.machine.captured && answersAsked(w, d, nexthop));

/** No usable entry: the kernel asks. */
function asked(
  w: Walk,
  device: Device,
  nexthop: Ip,
  packet: Packet,
  entry: NeighbourFact | undefined,
  answers: readonly Answer[],
): Resolved {
  const { machine } = device;
  const src = device.lladdr === undefined ? {} : { srcMac: device.lladdr };
  const state = entry?.state ?? 'no entry';
  if (answers.length > 0) {
    const i =
      answers.length === 1
        ? 0
        : w.choose.balance(
            `${machine.id} arp ${device.name} ${nexthop.text}`,
            answers.map(() => 1 / answers.length),
          );
    const answer = answers[i] as Answer;
    note(
      w,
      'neighbour',
      machine,
      `${nexthop.text} is answered by ${answer.device.machine.node} ${answer.device.name} (${answer.lladdr})`,
      [answer.device.at],
      device.name,
    );
    return { kind: 'frame', frame: { packet, ...src, dstMac: answer.lladdr }, towards: undefined };
  }
  const fails = state === 'FAILED' || state === 'INCOMPLETE';
  const place = elsewhere(w, device, nexthop);
  if (
    !isDeaf(device) &&
    !fails &&
    place !== 'apart' &&
    leadsOutside(w, device, nexthop) &&
    hearsOutside(w, device, nexthop, device.addresses.find((a) => a.ip.family === nexthop.family)?.ip ?? packet.src)
  ) {
    if (place)
      doubt(
        w,
        {
          node: machine.node,
          input: `whether ${nexthop.text}, an address of ${w.world.owners(nexthop)[0]?.node}, answers on ${device.name}`,
          reason: 'not-captured',
        },
        'lost',
      );
    else w.assumptions.add(`${nexthop.text}, which was not captured, answers on ${device.name} of ${machine.node}`);
    const input = place ? undefined : mayLack(w, device, nexthop, packet.dst);
    if (input !== undefined) doubt(w, { node: machine.node, input, reason: 'not-captured' }, 'lost');
    return { kind: 'frame', frame: { packet, ...src, dstMac: 'outside' }, towards: 'outside' };
  }
  // Nobody has it: the kernel gives up after three questions (neigh_timer_handler).
  const missing = machine.missing('neigh', `neigh ${nexthop.text} on ${device.name}`, { dev: device.name });
  if (missing && device.kind === 'vxlan') return { kind: 'unknown', missing };
  // Whose links were not captured may have more ports than are known.
  const ports = fails
    ? undefined
    : (machine.missing('link') ??
      otherEnd(w, device) ??
      unattached(w, machine, nexthop) ??
      (isDeaf(device) ? undefined : moreListeners(w, device)));
  const unseen =
    ports ??
    listeners(w, device)
      .map((d) => mayAnswer(d, state))
      .find((m) => m !== undefined);
  if (unseen) return { kind: 'unknown', missing: unseen };
  if (isGuess(w, device, nexthop))
    return {
      kind: 'unknown',
      missing: { node: machine.node, input: `how the pod ${machine.netns} is attached`, reason: 'not-captured' },
    };
  const known = knownByAsking(w, device, nexthop);
  if (known) return { kind: 'frame', frame: { packet, ...src, dstMac: known }, towards: undefined };
  const why = whyNobody(w, device, nexthop);
  // Whom rules keep from being heard may be known all the same.
  if (why && missing && !fails) return { kind: 'unknown', missing };
  return drop(
    w,
    'neighbour',
    machine,
    `nobody answers for ${nexthop.text} on ${device.name} (${state})${why ? `: ${why.says}` : ''}`,
    why ? why.at : entry ? [entry.at] : [...wayTo(w, machine), device.at],
    { dev: device.name, answer: 'icmp host-unreachable' },
  );
}

/** The line that makes it the next hop: what nobody has was named by it. */
const wayTo = (w: Walk, { node, netns }: Machine): readonly At[] =>
  w.steps.findLast((s) => s.kind === 'route' && s.node === node && s.netns === netns)?.at.slice(0, 1) ?? [];
