import type { XfrmDefaultFact, XfrmPolicyFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { xfrmCommand } from './ip-xfrm-state.js';
import { gap, readRows } from './text/rows.js';
import { conditionsOf, type Ends, endsOf, idOf, isRest, selectorOf } from './xfrm/lines.js';

/*
 * src 10.244.0.0/24 dst 10.244.1.0/24
 * 	dir out priority 371327 ptype main
 * 	tmpl src 192.168.50.11 dst 192.168.50.12
 * 		proto esp reqid 1 mode tunnel
 *
 * iproute2 ip/ipxfrm.c xfrm_policy_info_print. `getdefault` says what happens to all others (ip/xfrm_policy.c xfrm_policy_default_print):
 *
 * Default policies:
 *  in:  accept
 */
const DIRECTION =
  /^\s+(dir|socket) (\w+) (?:action (allow|block) )?(?:index \d+ )?(?:priority (\d{1,10}))?(?: ptype (\w+))?/;
const DEFAULT = /^ (in|fwd|out): {1,2}(accept|block|unknown)\s*$/;

type Tunnel = XfrmPolicyFact['tunnels'][number];
type Entry = { -readonly [K in keyof Draft<XfrmPolicyFact>]: Draft<XfrmPolicyFact>[K] } & { tunnels: Tunnel[] };

/** `ip xfrm policy`: which packets go through IPsec. */
export const ipXfrmPolicy = defineParser<XfrmPolicyFact | XfrmDefaultFact>({
  command: 'ip-xfrm-policy',
  emits: ['xfrm-policy', 'xfrm-default'],
  scope: 'stack',
  claims: {
    command: (argv) => {
      const { object, verb } = xfrmCommand(argv) ?? {};
      if (object !== 'policy') return undefined;
      return { kinds: [verb === 'getdefault' ? 'xfrm-default' : 'xfrm-policy'] };
    },
    file: /(?:^|-)xfrm-(?:policy|p)(?:-(?:list|show|nosock|getdefault|default))?$/,
    sniff: (head) =>
      (/^Default policies:\s*$/.test(head[0] ?? '') && DEFAULT.test(head[1] ?? '')) ||
      head.some(
        (line, i) =>
          /^src \S+\/\d+ dst \S+\/\d+ /.test(`${line.slice(0, 200)} `) &&
          DIRECTION.test(head[i + 1]?.slice(0, 200) ?? ''),
      )
        ? 3
        : 0,
  },
  parse(text, out) {
    let policy: { readonly line: number; readonly entry: Entry } | undefined;
    let template: Ends | undefined;
    // What stands below a policy that was not read says nothing of another.
    let unread = false;
    const flush = (): void => {
      if (policy && policy.entry.direction !== '') out.fact(policy.line, policy.entry);
      policy = undefined;
    };
    /** One line, or one part of an `-o` line; a reason when it is none of the format. */
    const take = (part: string, i: number): string | undefined => {
      const otherwise = DEFAULT.exec(part);
      if (otherwise) {
        const [, direction = '', action] = otherwise;
        if (action !== 'unknown')
          out.fact(i, { kind: 'xfrm-default', direction, action: action === 'block' ? 'block' : 'accept' });
        return undefined;
      }
      const inner = /^\s+tmpl /.test(part);
      const ends = /^\s/.test(part) && !inner ? undefined : endsOf(part, inner ? 'address' : 'prefix');
      if (ends === 'masked') {
        if (!inner) flush();
        unread ||= !inner;
        return 'the address is masked or unreadable';
      }
      const id = template && idOf(part);
      const direction = DIRECTION.exec(part);
      if (ends && inner) template = ends;
      else if (ends) {
        flush();
        const { source, destination } = ends;
        const entry: Entry = {
          kind: 'xfrm-policy',
          source,
          destination,
          direction: '',
          action: 'allow',
          tunnels: [],
          ...selectorOf(part),
        };
        policy = { line: i, entry };
        unread = false;
      } else if (id && template && policy) {
        // A template without addresses is transport mode: 0.0.0.0 there is nobody's end.
        const { source, destination } = template;
        policy.entry.tunnels.push({ source, destination, mode: id.mode });
        template = undefined;
      } else if (direction && policy) {
        policy.entry.direction = `${direction[1] === 'socket' ? 'socket-' : ''}${direction[2]}`;
        if (direction[3] === 'block') policy.entry.action = 'block';
        if (direction[4] !== undefined) policy.entry.priority = Number(direction[4]);
        if (direction[5] === 'sub') policy.entry.sub = true;
      } else if (policy && /^\s+level use\b/.test(part)) {
        // Stands below the template that it is about.
        const last = policy.entry.tunnels.pop();
        if (last) policy.entry.tunnels.push({ ...last, optional: true });
      } else if (policy && conditionsOf(part)) Object.assign(policy.entry, conditionsOf(part));
      else if (part.trim() !== '' && !/^Default policies:\s*$/.test(part) && !((policy || unread) && isRest(part)))
        return 'not a line of ip xfrm policy';
      return undefined;
    };
    readRows(
      text,
      out,
      (whole, i) => {
        for (const part of whole.slice(0, 4000).split('\\')) {
          const reason = take(part, i);
          if (reason !== undefined) return gap(reason);
        }
        return 'row';
      },
      flush,
    );
  },
});
