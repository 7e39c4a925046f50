import type { PolicyRuleFact } from '../facts/index.js';
import { canonicalPrefix, defineParser } from '../kit/index.js';
import { ipRule } from './ip-rule.js';
import { namedFamily } from './text/iproute2.js';
import { claimJson, hasFlag, lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { type Located, numberAt, textAt } from './text/located.js';

/*
 * [{"priority":0,"src":"all","table":"local"},
 *  {"priority":100,"src":"10.1.0.0","srclen":16,"fwmark":"0x40000","fwmask":"0x40000","table":"100"}]
 *
 * iproute2 ip/iprule.c print_rule.
 */

/** `all`, or a canonical prefix; undefined for what is neither. */
function selector(object: Located, key: 'src' | 'dst'): string | undefined {
  const text = textAt(object, key);
  if (text === undefined || text === 'all') return text;
  const length = textAt(object, `${key}len`);
  return canonicalPrefix(length === undefined ? text : `${text}/${length}`);
}

const NUMBER = /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i;

/** undefined without a mark; false when it can't be read. */
function fwmarkOf(object: Located): PolicyRuleFact['fwmark'] | false {
  const mark = textAt(object, 'fwmark');
  const mask = textAt(object, 'fwmask') ?? '0xffffffff';
  if (mark === undefined) return undefined;
  return NUMBER.test(mark) && NUMBER.test(mask) && { mark: Number(mark), mask: Number(mask) };
}

function actionOf(object: Located): PolicyRuleFact['action'] | undefined {
  const priority = numberAt(object, 'goto');
  const table = textAt(object, 'table');
  const action = textAt(object, 'action');
  if (priority !== undefined) return { kind: 'goto', priority };
  if (hasFlag(object, 'nop')) return { kind: 'nop' };
  if (action === 'unreachable' || action === 'prohibit' || action === 'blackhole') return { kind: action };
  if (hasFlag(object, 'l3mdev')) return { kind: 'lookup', table: 'l3mdev' };
  return table === undefined ? undefined : { kind: 'lookup', table };
}

/** `dport` is a number, a range two. */
function portOf(object: Located, key: 'sport' | 'dport'): string | undefined {
  const from = textAt(object, `${key}_start`);
  const to = textAt(object, `${key}_end`);
  return from !== undefined && to !== undefined ? `${from}-${to}` : textAt(object, key);
}

function optional(object: Located): Partial<Omit<PolicyRuleFact, 'at' | 'kind'>> {
  const [iif, oif, ipproto] = [textAt(object, 'iif'), textAt(object, 'oif'), textAt(object, 'ipproto')];
  const [sport, dport] = [portOf(object, 'sport'), portOf(object, 'dport')];
  const tos = textAt(object, 'tos') ?? textAt(object, 'dsfield');
  const suppressPrefixLength = numberAt(object, 'suppress_prefixlen');
  const suppressGroup = textAt(object, 'suppress_ifgroup');
  const [firstUser, lastUser] = [textAt(object, 'uid_start'), textAt(object, 'uid_end')];
  const tunId = textAt(object, 'tun_id');
  return {
    ...(iif !== undefined && { iif }),
    ...(oif !== undefined && { oif }),
    ...(ipproto !== undefined && { ipproto }),
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
    ...(tos !== undefined && { tos }),
    ...(hasFlag(object, 'l3mdev') && { l3mdev: true as const }),
    ...(suppressPrefixLength !== undefined && { suppressPrefixLength }),
    ...(suppressGroup !== undefined && { suppressGroup }),
    ...(firstUser !== undefined && { uidrange: `${firstUser}-${lastUser ?? firstUser}` }),
    ...(tunId !== undefined && { tunId }),
  };
}

const readRule: ReadObject<PolicyRuleFact> = (object, out, { scope }) => {
  const line = lineOfKey(object, 'priority');
  const priority = numberAt(object, 'priority');
  const from = selector(object, 'src');
  const to = selector(object, 'dst');
  const fwmark = fwmarkOf(object);
  const action = actionOf(object);
  if (priority === undefined || from === undefined || action === undefined)
    out.gap(line, 'a rule without selector or action');
  else if (to === undefined && textAt(object, 'dst') !== undefined)
    out.gap(lineOfKey(object, 'dst'), 'the destination is masked or unreadable');
  else if (fwmark === false) out.gap(lineOfKey(object, 'fwmark'), 'the mark is unreadable');
  else {
    const six = scope['family'] === '6' || `${from} ${to ?? ''}`.includes(':');
    out.fact(line, {
      kind: 'policy-rule',
      family: six ? 6 : 4,
      priority,
      not: hasFlag(object, 'not'),
      from,
      ...(to !== undefined && { to }),
      ...(fwmark && { fwmark }),
      ...optional(object),
      action,
    });
  }
};

/** `ip -j rule`. */
export const ipRuleJson = defineParser<PolicyRuleFact>({
  command: 'ip-rule-json',
  emits: ['policy-rule'],
  scope: 'stack',
  claims: {
    command: claimJson(ipRule),
    named: namedFamily('ru'),
    sniff: (head) => startsWith(head, ['priority', 'src']),
  },
  parse: (text, out, context) => parseObjects(text, out, context, readRule),
});
