import type { XfrmPolicyFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { xfrmObject } from './ip-xfrm-state.js';
import { gap, readRows } from './text/rows.js';
import { type Ends, endsOf, idOf, isRest } from './xfrm/lines.js';

/*
 * src 10.244.0.0/24 dst 10.244.1.0/24
 * 	dir out priority 371327 ptype main
 * 	tmpl src 192.168.50.11 dst 192.168.50.12
 * 		proto esp reqid 1 mode tunnel
 *
 * iproute2 ip/ipxfrm.c xfrm_policy_info_print.
 */
const DIRECTION = /^\s+(?:dir|socket) (\w+) (?:action (allow|block) )?(?:index \d+ )?(?:priority (\d{1,10}))?/;

type Tunnel = XfrmPolicyFact['tunnels'][number];
type Entry = { -readonly [K in keyof Draft<XfrmPolicyFact>]: Draft<XfrmPolicyFact>[K] } & { tunnels: Tunnel[] };

/** `ip xfrm policy`: which packets go through IPsec. */
export const ipXfrmPolicy = defineParser<XfrmPolicyFact>({
  command: 'ip-xfrm-policy',
  emits: ['xfrm-policy'],
  scope: 'stack',
  claims: {
    command: (argv) => (xfrmObject(argv) === 'policy' ? {} : undefined),
    file: /(?:^|-)xfrm-(?:policy|p)(?:-(?:list|show|nosock))?$/,
    sniff: (head) =>
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
        const entry: Entry = { kind: 'xfrm-policy', source, destination, direction: '', action: 'allow', tunnels: [] };
        policy = { line: i, entry };
        unread = false;
      } else if (id && template && policy) {
        // A template without addresses is transport mode: 0.0.0.0 there is nobody's end.
        const { source, destination } = template;
        policy.entry.tunnels.push({ source, destination, mode: id.mode });
        template = undefined;
      } else if (direction && policy) {
        policy.entry.direction = direction[1] ?? '';
        if (direction[2] === 'block') policy.entry.action = 'block';
        if (direction[3] !== undefined) policy.entry.priority = Number(direction[3]);
      } else if (part.trim() !== '' && !((policy || unread) && isRest(part))) return 'not a line of ip xfrm policy';
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
