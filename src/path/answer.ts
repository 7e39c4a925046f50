import { type Arrival, type Drop, note, type Walk } from './context.js';
import { reflectedMark, send, sourceFor } from './ip-output.js';
import { isBlank } from './leap.js';
import { onWire } from './link.js';
import type { Machine } from './machine.js';
import { fromOutside } from './outside.js';
import { defaultTtl, startWith } from './ttl.js';
import type { Heard, Packet } from './types.js';

/** An error is at least the quoted header and 8 octets, with its own header (RFC 792). */
const ERROR_SIZE = 56;
const RESET_SIZE = 40;

const ICMP = /^icmp (\S+)/;

/** Codes of destination-unreachable by the words of REJECT and of routes (RFC 792, RFC 1812). */
const CODES: Readonly<Record<string, number>> = {
  'net-unreachable': 0,
  'host-unreachable': 1,
  'protocol-unreachable': 2,
  'proto-unreachable': 2,
  'port-unreachable': 3,
  'fragmentation-needed': 4,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
  packet: 13,
};

/** The same of ICMPv6 (RFC 4443), by the words of REJECT, of ip6tables and of what the walk says of IPv4. */
const CODES6: Readonly<Record<string, number>> = {
  'net-unreachable': 0,
  'no-route': 0,
  'adm-prohibited': 1,
  'admin-prohibited': 1,
  packet: 1,
  'beyond-scope': 2,
  'host-unreachable': 3,
  'addr-unreachable': 3,
  'port-unreachable': 4,
  'policy-fail': 5,
  'reject-route': 6,
};

function typeOf(code: string, family: 4 | 6): string {
  if (code === 'time-exceeded') return 'time-exceeded/0';
  if (family === 6 && code === 'fragmentation-needed') return 'packet-too-big/0';
  return `destination-unreachable/${(family === 4 ? CODES : CODES6)[code] ?? (family === 4 ? 3 : 4)}`;
}

/** A rule's reset has the other end's address as its source, whose ever it is (ip_route_me_harder). */
const sent = (w: Walk, machine: Machine, packet: Packet, by: Drop['by']): Arrival =>
  machine === w.world.outside ? fromOutside(w, packet) : send(w, machine, packet, { anySource: by === 'reject' });

/** The reset for what came over a bridge goes back out of its port as a frame: no hook sees it, and no NAT (nf_send_reset). */
function backByPort(
  w: Walk,
  machine: Machine,
  packet: Packet,
  { port, srcMac }: NonNullable<Drop['bridged']>,
): Arrival {
  const device = machine.devices.get(port);
  return device ? onWire(w, device, { packet, dstMac: srcMac }) : sent(w, machine, packet, 'reject');
}

/**
 * The way of what the sender of a lost packet is told (icmp_send, nf_send_reset): a packet of its own, from where the other was lost. An
 * error about a tunnel's packet stays with the tunnel. `lost` is as it was when it was lost. Undefined: there is no answer.
 */
export function errorAbout(
  w: Walk,
  asker: Machine,
  lost: Packet,
  { machine, answer, tunnel, by, bridged }: Drop,
): Heard | undefined {
  if (answer === undefined) return undefined;
  if (tunnel) return { verdict: 'lost', because: 'it is about the packet of a tunnel, and nobody passes it on' };
  // Errors of system calls, and what a stack tells its own sockets: a reset of its own OUTPUT comes in by lo (nf_send_reset).
  if (machine === asker) return { verdict: 'heard' };
  const code = ICMP.exec(answer)?.[1];
  if (code === undefined && answer !== 'tcp reset') return undefined;
  const isLocal = machine.local.has(lost.dst.text);
  const src = isLocal || code === undefined ? lost.dst : sourceFor(w, machine, lost.src, { proto: 'icmp', dport: 0 });
  if (!src) return { verdict: 'lost', because: `${machine.node} has no route to ${lost.src.text}` };
  const base = { src, dst: lost.src, df: false, ttl: 64, mark: reflectedMark(w, machine, { ...lost, proto: 'icmp' }) };
  const packet: Packet =
    code === undefined
      ? {
          ...base,
          proto: 'tcp',
          sport: lost.dport,
          dport: lost.sport,
          role: 'reply',
          size: RESET_SIZE,
          reset: true,
          // A rule's reset is a packet without a socket (nf_send_reset).
          sender: by === 'reject' ? 'nobody' : 'kernel',
        }
      : {
          ...base,
          proto: 'icmp',
          sport: 0,
          dport: 0,
          role: 'error',
          sender: 'kernel',
          icmp: typeOf(code, src.family),
          size: ERROR_SIZE,
          about: { ...lost },
        };
  if (isBlank(machine)) return { verdict: 'unknown', because: `nothing of ${machine.node} was captured` };
  const doubts = w.doubts.length;
  note(w, 'send', machine, `${answer} about ${lost.src.text} → ${lost.dst.text}`);
  startWith(packet, defaultTtl(machine, packet.src.family));
  const arrival =
    code === undefined && bridged ? backByPort(w, machine, packet, bridged) : sent(w, machine, packet, by);
  if (arrival.kind === 'unknown') return { verdict: 'unknown', because: arrival.missing.input };
  if (arrival.kind === 'dropped') return { verdict: 'lost', because: arrival.drop.step.says };
  if (arrival.machine !== asker) return { verdict: 'lost', because: `it comes to ${arrival.machine.id}` };
  if (packet.reset && packet.src.text !== w.asked.text)
    return { verdict: 'lost', because: `it comes from ${packet.src.text}, and ${w.asked.text} was asked` };
  // A socket takes an error for its own only when it quotes what it sent.
  if (packet.about && packet.about.dst.text !== w.asked.text)
    return { verdict: 'lost', because: `it quotes a packet to ${packet.about.dst.text}, which nobody sent there` };
  const doubt = w.doubts[doubts];
  return doubt ? { verdict: 'unknown', because: doubt.missing.input } : { verdict: 'heard' };
}
