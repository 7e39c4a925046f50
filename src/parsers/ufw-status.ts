/*
 * Status: active
 * Default: deny (incoming), allow (outgoing), disabled (routed)
 *
 * To                         Action      From
 * --                         ------      ----
 * [ 1] 8472/udp on eth0      ALLOW IN    10.0.0.0/24                # overlay
 */
import type { UfwEnd, UfwFact, UfwRuleFact } from '../facts/index.js';
import { canonicalPrefix, type Draft, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { isMasked } from './text/masked.js';

/* ufw's src/backend_iptables.py get_status: `%-26s %-12s%-26s` and what follows. A name of an application may hold blanks. */
const STATUS = /^Status: (active|inactive)$/;
const HEADER = /^To +Action +From$/;
const RULER = /^-- +------ +----$/;
const LOGGING = /^Logging: (?:on \((\w+)\)|(off|unknown))$/;
const DEFAULT = /^Default: (\w+) \(incoming\), (\w+) \(outgoing\)(?:, (\w+) \(routed\))?$/;
const PROFILES = /^New profiles: \w+$/;
const RULE = /^(?:\[ *(\d+)\] )?(\S.*?) +(ALLOW|DENY|REJECT|LIMIT)(?: (IN|OUT|FWD))? +(\S.*)$/;
const ACTIONS = { ALLOW: 'allow', DENY: 'deny', REJECT: 'reject', LIMIT: 'limit' } as const;
/** `(log)`, `(log-all, out)`; `(out)` in the numbered form. */
const ATTRIBUTES = / +\((?:log(?:-all)?|out)(?:, out)?\)$/;
/** `80,443/tcp (Web Full (v6))` */
const VERBOSE_APP = / \(([^()]+?)(?: \(v6\))?\)$/;
const PORTS = /^(\d+(?:[:,]\d+)*)(?:\/(\w+))?$/;

interface End {
  readonly end: UfwEnd;
  readonly protocol?: string;
  readonly v6: boolean;
}

/** `10.96.0.10 53/udp on lo`, `Anywhere/esp (v6)`, `Web Full (v6) on eth0`. A reason when an address is hidden. */
function endOf(text: string): End | string {
  let rest = text.trim();
  const dev = / on (\S+)$/.exec(rest)?.[1];
  if (dev !== undefined) rest = rest.slice(0, -(dev.length + 4)).trimEnd();
  let v6 = / \(v6\)\)?$/.test(rest);
  const app = VERBOSE_APP.exec(rest);
  const named = app !== null && app[1] !== 'v6' ? app[1] : undefined;
  rest = (named !== undefined && app ? rest.slice(0, app.index) : rest.replace(/ \(v6\)$/, '')).trim();
  const [first = '', ...others] = rest.split(' ');
  const [, anywhere, ofAnywhere] = /^(Anywhere)(?:\/(\w+))?$/.exec(first) ?? [];
  const [, address = '', ofAddress] = /^([\da-fA-F.:]+(?:\/\d+)?)(?:\/([a-z]\w*))?$/.exec(first) ?? [];
  if (isMasked(first)) return 'an address is masked';
  const prefix = /[.:].*[.:]|::/.test(address) ? canonicalPrefix(address) : undefined;
  if (prefix?.includes(':')) v6 = true;
  const tail = anywhere !== undefined || prefix !== undefined ? others.join(' ') : rest;
  const ports = PORTS.exec(tail);
  const name = named ?? (tail !== '' && !ports ? tail : undefined);
  const protocol = ports?.[2] ?? ofAnywhere ?? ofAddress;
  return {
    end: {
      ...(prefix !== undefined && { prefix }),
      ...(ports?.[1] !== undefined && { ports: ports[1] }),
      ...(name !== undefined && { app: name }),
      ...(dev !== undefined && { dev }),
    },
    ...(protocol !== undefined && { protocol }),
    v6,
  };
}

function ruleOf(line: string): Draft<UfwRuleFact> | string {
  const [, number, to = '', action, direction, tail = ''] = RULE.exec(line) ?? [];
  if (action === undefined) return 'not a rule of ufw';
  const hash = tail.indexOf(' # ');
  const comment = hash === -1 ? undefined : tail.slice(hash + 3).trim();
  const target = endOf(to);
  const source = endOf((hash === -1 ? tail : tail.slice(0, hash)).trimEnd().replace(ATTRIBUTES, ''));
  if (typeof target === 'string') return target;
  if (typeof source === 'string') return source;
  const protocol = target.protocol ?? source.protocol;
  return {
    kind: 'ufw-rule',
    family: target.v6 || source.v6 ? 6 : 4,
    action: ACTIONS[action as keyof typeof ACTIONS],
    direction: direction === 'OUT' ? 'out' : direction === 'FWD' ? 'forward' : 'in',
    ...(protocol !== undefined && { protocol }),
    to: target.end,
    from: source.end,
    ...(number !== undefined && { number: Number(number) }),
    ...(comment !== undefined && comment !== '' && { comment }),
  };
}

type Status = { -readonly [K in keyof Draft<UfwFact>]: Draft<UfwFact>[K] };

/** Lines in front of the rules; false for any other. */
function aboutAll(status: Status, line: string): boolean {
  const logging = LOGGING.exec(line);
  const [defaults, incoming = '', outgoing = '', routed] = DEFAULT.exec(line) ?? [];
  if (logging) status.logging = logging[1] ?? logging[2] ?? '';
  else if (defaults !== undefined) status.defaults = { incoming, outgoing, ...(routed !== undefined && { routed }) };
  else return PROFILES.test(line);
  return true;
}

/** `ufw status`, `ufw status verbose`, `ufw status numbered`. */
export const ufwStatus = defineParser<UfwFact | UfwRuleFact>({
  command: 'ufw-status',
  emits: ['ufw', 'ufw-rule'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'ufw' && argv[1] === 'status' ? {} : undefined),
    file: /(?:^|-)ufw(?:-status.*)?$/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 500).trim());
      const said = lines.filter((l) => l !== '');
      if (lines.some((l, i) => HEADER.test(l) && RULER.test(lines[i + 1] ?? ''))) return 3;
      if (!said.some((l) => STATUS.test(l))) return 0;
      if (lines.some((l) => DEFAULT.test(l))) return 3;
      // Other tools say `Status: active` as well.
      return said.length === 1 ? 1 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let at = -1;
    let status: Status | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trim();
      if (line === '') continue;
      const active = STATUS.exec(line)?.[1];
      if (active !== undefined && !status) {
        status = { kind: 'ufw', active: active === 'active' };
        at = i;
      } else if (status && aboutAll(status, line)) out.part(i);
      else if (HEADER.test(line)) {
        // Rules are printed of a firewall that is on.
        status ??= { kind: 'ufw', active: true };
        if (at === -1) at = i;
        else out.noise(i);
      } else if (RULER.test(line)) out.noise(i);
      else {
        const rule = ruleOf(line);
        if (typeof rule !== 'string') out.fact(i, rule);
        else if (!failures.take(i, line)) out.gap(i, rule);
      }
    }
    if (status) out.fact(at, status);
    failures.close(status !== undefined);
  },
});
