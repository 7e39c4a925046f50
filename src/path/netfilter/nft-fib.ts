import { nftNumber } from '../../kit/index.js';
import { doubt } from '../context.js';
import { wayBackText } from '../fib.js';
import { addressType } from './address-type.js';
import type { Part } from './nft-value.js';
import { unsupported } from './tri.js';
import type { HookContext } from './types.js';

/** `fib saddr . mark . iif oif`: the flags are what the lookup is made with, the last word what is wanted of it. */
export function fibKey(name: string): (c: HookContext) => Part | undefined {
  const words = name.split(' ').filter((w) => w !== '.' && w !== 'fib');
  const result = words.at(-1);
  const flags = new Set(words.slice(0, -1));
  const side = flags.has('saddr') ? 'src' : 'dst';
  if (result === 'type')
    return (c) => {
      const dev = flags.has('iif') ? c.iif : flags.has('oif') ? c.oif : undefined;
      const type = addressType(c.machine, c.packet[side], dev);
      if (typeof type !== 'string') return type;
      return BigInt(nftNumber('fib', type) ?? 0);
    };
  if (result !== 'oif' && result !== 'oifname') return () => unsupported(name);
  return (c) => device(c, side, flags);
}

/** The device that the lookup finds, '' for none (nft_fib4_eval). */
function device(c: HookContext, side: 'src' | 'dst', flags: ReadonlySet<string>): Part {
  const { packet, machine } = c;
  const wanted = flags.has('oif') ? c.oif : flags.has('iif') ? c.iif : undefined;
  if (c.iif === 'lo') {
    if (c.hook === 'prerouting') return 'lo';
    // Since 6.16 as in PREROUTING (nft_fib_can_skip), before that none.
    if (c.hook === 'input') return unsupported('fib of what came by lo, in INPUT');
  }
  const found = machine.fib.lookup(
    {
      dst: packet[side],
      src: side === 'src' ? packet.dst : packet.src,
      // In FORWARD the way back is asked for as if it came in where the packet goes out.
      iif: side === 'src' && c.hook === 'forward' && flags.has('iif') ? c.oif : 'lo',
      mark: flags.has('mark') ? packet.mark : 0,
    },
    (m) => doubt(c.walk, m),
  );
  // All nexthops count, also those without carrier (FIB_LOOKUP_IGNORE_LINKSTATE).
  const devices = found.kind === 'unicast' ? found.route.nexthops.map((n) => n.dev) : [];
  const dev = wanted === undefined || devices.includes(wanted) ? (wanted ?? devices[0] ?? '') : '';
  if (dev === '' && side === 'src') c.back = { says: wayBackText(packet.src, found), at: found.at };
  return dev;
}
