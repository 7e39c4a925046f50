import type { QdiscFact } from '../facts/index.js';
import { type Arrival, doubt, drop, type Walk } from './context.js';
import type { Device } from './device.js';
import { meetFilters } from './filters.js';
import { atDevice } from './netfilter/frames.js';
import { meetPrograms } from './programs.js';
import type { Packet } from './types.js';

const ETH_HLEN = 14;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** `burst 4Kb` of text, `burst 4096` of JSON: octets. */
function octetsOf(options: string, key: string): number | undefined {
  const [, number, unit = ''] =
    new RegExp(String.raw`\b${key} (\d{1,12}(?:\.\d{1,6})?)([KMG]?)b?\b`).exec(options) ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 1);
}

/** What a discipline does with a frame: never lets it through, or by chance. */
type Fate = { readonly never: string } | { readonly perhaps: string } | undefined;

/** Loss of netem in percent: `loss 30%`; JSON has `loss-random {"loss":0.3}`. */
function lossOf(options: string): number | undefined {
  const [, percent] = /\bloss (?:random )?(\d{1,3}(?:\.\d{1,9})?)%/.exec(options) ?? [];
  if (percent !== undefined) return Number(percent);
  const [, share] = /\bloss-random\b.{0,9}"loss":(\d(?:\.\d{1,12})?)/.exec(options) ?? [];
  return share === undefined ? undefined : Number(share) * 100;
}

/** Less than that is what any network loses, and every program asks again. */
const NOTABLE = 5;

/** By the kernel's net/sched: blackhole_enqueue, plug_enqueue, netem_enqueue, tbf_enqueue (`max_size` is the burst), pfifo_enqueue, bfifo_enqueue. */
function fateOf({ type, options }: QdiscFact, octets: number): Fate {
  switch (type) {
    case 'blackhole':
      return { never: 'it drops all' };
    case 'plug':
      return { perhaps: 'it may hold all back' };
    case 'netem': {
      const loss = lossOf(options);
      if (loss === undefined || loss < NOTABLE) return undefined;
      return loss >= 100 ? { never: `it loses ${loss} %` } : { perhaps: `it loses ${loss} %` };
    }
    case 'tbf': {
      const burst = octetsOf(options, 'burst');
      return burst !== undefined && octets > burst
        ? { never: `${octets} octets are more than its burst of ${burst}` }
        : undefined;
    }
    case 'pfifo':
    case 'bfifo': {
      const [, limit] = /\blimit (\d{1,12})(?:p|b)?\b/.exec(options) ?? [];
      if (limit === undefined || Number(limit) >= (type === 'pfifo' ? 1 : octets)) return undefined;
      return /\blimit \d+(?:\.\d+)?[KMG]/.test(options) ? undefined : { never: `its limit is ${limit}` };
    }
    default:
      return undefined;
  }
}

/** The root discipline takes each frame; what is below it takes those that its filters choose, which no listing of disciplines shows. */
function queue(w: Walk, { machine, name }: Device, packet: Packet): Arrival | undefined {
  const octets = (packet.piece ?? packet.size) + ETH_HLEN;
  for (const qdisc of machine.facts('qdisc')) {
    if (qdisc.dev !== name || qdisc.type === 'clsact' || qdisc.type === 'ingress') continue;
    const fate = fateOf(qdisc, octets);
    if (!fate) continue;
    const says = `qdisc ${qdisc.type} of ${name}: ${'never' in fate ? fate.never : fate.perhaps}`;
    if ('never' in fate && qdisc.parent === 'root')
      return drop(w, 'transmit', machine, says, [qdisc.at], { dev: name });
    doubt(w, { node: machine.node, input: says, reason: 'unsupported', at: qdisc.at }, 'lost');
  }
  return undefined;
}

/** What a frame meets as a device sends it: programs, chains of netdev, then the device's queue (__dev_queue_xmit). Undefined: it goes out. */
export function atEgress(w: Walk, device: Device, packet: Packet): Arrival | undefined {
  if (device.kind === 'loopback') return undefined;
  meetPrograms(w, device, packet);
  meetFilters(w, device, 'egress');
  return atDevice(w, device, 'egress', packet) ?? queue(w, device, packet);
}
