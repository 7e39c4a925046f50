import { type At, formatAddress, parsePrefix } from '../../kit/index.js';
import { ipOf } from '../ip.js';
import { listening } from '../listen.js';
import type { Ip } from '../types.js';
import { nat } from './actions.js';
import { type Options, optionOf, type Target, unknownTarget } from './iptables-options.js';

/** `10.244.1.3:8080`, `10.0.0.1-10.0.0.9`, `:8080-8090`, `[2001:db8::1]:80`. Of a range the first. */
function natTarget(text: string): { readonly ip?: Ip; readonly port?: number } | undefined {
  const m =
    /^(?:\[([^\]]+)\]|([0-9.]+)(?:-[0-9.]+)?|([0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*))?(?::(\d+)(?:-\d+)?(?:\/\d+)?)?$/.exec(
      text,
    );
  if (!m || text === '') return undefined;
  const address = m[1] ?? m[2] ?? m[3];
  const ip = address === undefined ? undefined : ipOf(address.split('-')[0] ?? '');
  if (address !== undefined && !ip) return undefined;
  return { ...(ip && { ip }), ...(m[4] !== undefined && { port: Number(m[4]) }) };
}

const MOST_CHOICES = 16;

/** Each address of `10.0.0.1-10.0.0.3`: which one a flow gets is as good as luck. */
function natTargets(text: string): readonly { readonly ip?: Ip; readonly port?: number }[] | undefined {
  const first = natTarget(text);
  const range = /^\[?([0-9a-fA-F.:]+)-([0-9a-fA-F.:]+)\]?/.exec(text);
  const [low, high] = [ipOf(range?.[1] ?? ''), ipOf(range?.[2] ?? '')];
  if (!first || !low || !high) return first && [first];
  const last = low.words.length - 1;
  const count = (high.words[last] ?? 0) - (low.words[last] ?? 0) + 1;
  if (count > MOST_CHOICES || count < 1 || low.words.slice(0, last).some((w, i) => w !== high.words[i]))
    return undefined;
  return Array.from({ length: count }, (_, i) => {
    const ip = withWords(low, [...low.words.slice(0, last), (low.words[last] ?? 0) + i]);
    return { ...first, ...(ip && { ip }) };
  });
}

const withWords = ({ family }: Ip, words: readonly number[]): Ip | undefined => ipOf(formatAddress({ family, words }));

/** DNAT and SNAT. */
export function natTo(name: 'DNAT' | 'SNAT', options: Options, text: string, at: At): Target {
  const all = natTargets(optionOf(options, '--to-destination', '--to-source') ?? '');
  if (!all) return unknownTarget(name, at);
  return (c) => {
    const key = `${c.machine.id} ${at} ${c.packet.src.text} ${c.packet.dst.text}`;
    const to =
      all[
        c.walk.choose.balance(
          key,
          all.map(() => 1 / all.length),
        )
      ];
    return to ? nat(c, name === 'DNAT' ? 'dst' : 'src', to, text, at) : undefined;
  };
}

/** The network part becomes another, the host part stays (NF_NAT_RANGE_NETMAP): of the destination before routing, of the source behind it. */
export function netmap(options: Options, text: string, at: At): Target {
  const to = parsePrefix(optionOf(options, '--to') ?? '');
  if (!to) return unknownTarget('NETMAP', at);
  return (c) => {
    const side = c.hook === 'prerouting' || c.hook === 'output' ? 'dst' : 'src';
    const own = c.packet[side];
    const words = own.words.map((w, i) => {
      const bits = Math.max(0, Math.min(32, to.length - 32 * i));
      const hosts = bits === 32 ? 0 : 0xffffffff >>> bits;
      return (((to.words[i] ?? 0) & ~hosts) | (w & hosts)) >>> 0;
    });
    const ip = withWords(own, words);
    return ip ? nat(c, side, { ip }, text, at) : undefined;
  };
}

/** A socket of this stack takes the packet; where surely none listens the packet is gone (tproxy_tg4). */
export function tproxy(options: Options, at: At): Target {
  const port = Number(optionOf(options, '--on-port') ?? 0);
  const unknown = unknownTarget('TPROXY', at);
  return (c) => {
    const { packet } = c;
    const ip = ipOf(optionOf(options, '--on-ip') ?? '') ?? packet.dst;
    return listening(c.machine, { ...packet, dst: ip, dport: port || packet.dport }, c.iif)
      ? { kind: 'drop' }
      : unknown(c);
  };
}
