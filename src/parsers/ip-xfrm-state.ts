import type { XfrmStateFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { iproute2Command } from './text/iproute2.js';
import { gap, readRows } from './text/rows.js';
import { endsOf, idOf, isRest } from './xfrm/lines.js';

/*
 * src 192.168.50.11 dst 192.168.50.12
 * 	proto esp spi 0xc1d5a0f3 reqid 1 mode tunnel
 * 	replay-window 32 flag af-unspec
 *
 * iproute2 ip/ipxfrm.c xfrm_state_info_print. Keys are read past.
 */

/** `ip xfrm state|policy` and how `list` may be abbreviated, and `policy getdefault`; undefined when it is none of them. */
export function xfrmCommand(
  argv: readonly string[],
): { readonly object: 'state' | 'policy'; readonly verb: 'list' | 'getdefault' } | undefined {
  const command = iproute2Command(argv);
  if (command?.object !== 'xfrm') return undefined;
  const [object = '', verb = 'list'] = command.args;
  if (object === '') return undefined;
  if ('policy'.startsWith(object) && /^getd/.test(verb)) return { object: 'policy', verb: 'getdefault' };
  if (!/^(?:l|li|lis|list|ls|sh|sho|show|lst|nokeys)$/.test(verb)) return undefined;
  const full = 'state'.startsWith(object) ? 'state' : 'policy'.startsWith(object) ? 'policy' : undefined;
  return full && { object: full, verb: 'list' };
}

/** `ip xfrm state`: which tunnels of IPsec exist. */
export const ipXfrmState = defineParser<XfrmStateFact>({
  command: 'ip-xfrm-state',
  emits: ['xfrm-state'],
  scope: 'stack',
  claims: {
    command: (argv) => (xfrmCommand(argv)?.object === 'state' ? {} : undefined),
    file: /(?:^|-)xfrm-(?:state|s)(?:-(?:list|show|nokeys))?$/,
    sniff: (head) =>
      head.some(
        (line, i) =>
          /^src \S+ dst \S+\s*$/.test(line.slice(0, 200)) &&
          /^\tproto|^\s+proto \w+ (?:spi|reqid)/.test(head[i + 1] ?? ''),
      )
        ? 3
        : 0,
  },
  parse(text, out) {
    let ends: ReturnType<typeof endsOf>;
    let line = 0;
    readRows(text, out, (whole, i) => {
      const parts = whole.slice(0, 4000).split('\\');
      for (const part of parts) {
        const read = /^\s/.test(part) ? undefined : endsOf(part, 'address');
        if (read === 'masked') {
          ends = undefined;
          return gap("the tunnel's address is masked or unreadable");
        }
        if (read) {
          ends = read;
          line = i;
        }
        const id = idOf(part);
        if (id && ends && ends !== 'masked') {
          const { first: _, ...addresses } = ends;
          out.fact(line, { kind: 'xfrm-state', ...addresses, ...id });
          ends = undefined;
        } else if (!read && part.trim() !== '' && !isRest(part) && endsOf(part, 'prefix') === undefined)
          return gap('not a line of ip xfrm state');
      }
      return 'row';
    });
  },
});
