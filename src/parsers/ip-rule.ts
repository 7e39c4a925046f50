/*
 * 0:	from all lookup local
 * 32766:	from all lookup main
 * 100:	not from all fwmark 0x40000/0x40000 lookup 2004
 */
import type { PolicyRuleFact } from '../facts/index.js';
import { canonicalPrefix, type Draft, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { iproute2Command, namedFamily, shown } from './text/iproute2.js';

const LINE = /^(\d{1,10}):\s+(.*)$/;

/** `all`, or a canonical prefix; undefined for what is neither (masked addresses). */
const selector = (text: string): string | undefined => (text === 'all' ? 'all' : canonicalPrefix(text));

const NUMBER = /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i;

function fwmark(text: string): PolicyRuleFact['fwmark'] {
  const [mark = '', mask = '0xffffffff'] = text.split('/');
  return NUMBER.test(mark) && NUMBER.test(mask) ? { mark: Number(mark), mask: Number(mask) } : undefined;
}

type Fields = { -readonly [K in keyof Draft<PolicyRuleFact>]?: Draft<PolicyRuleFact>[K] };

/** Words that stand alone (ip/iprule.c, print_rule); false for any other. */
function applyWord(word: string, rule: Fields): boolean {
  switch (word) {
    case 'not':
      rule.not = true;
      return true;
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
    case 'nop':
      rule.action = { kind: word };
      return true;
    case 'l3mdev-table':
    case '[l3mdev-table]':
      rule.l3mdev = true;
      rule.action ??= { kind: 'lookup', table: 'l3mdev' };
      return true;
    default:
      // A device or a goto's target that is gone.
      return word === '[detached]' || word === '[unresolved]';
  }
}

const WORD_FIELDS: ReadonlyMap<
  string,
  'iif' | 'oif' | 'ipproto' | 'sport' | 'dport' | 'tos' | 'suppressGroup' | 'uidrange' | 'tunId'
> = new Map([
  ['iif', 'iif'],
  ['dev', 'iif'],
  ['oif', 'oif'],
  ['ipproto', 'ipproto'],
  ['sport', 'sport'],
  ['dport', 'dport'],
  ['tos', 'tos'],
  ['suppress_ifgroup', 'suppressGroup'],
  ['uidrange', 'uidrange'],
  ['tun_id', 'tunId'],
  ['dsfield', 'tos'],
]);
/** What facts do not keep: who set the rule, and selections that no rule of a Kubernetes node makes. */
const IDLE: ReadonlySet<string> = new Set(['proto', 'protocol', 'realms', 'realm', 'map-to']);

/** A word with its value; false when either says nothing that can be kept. */
function applyPair(word: string, value: string, rule: Fields): boolean {
  const field = WORD_FIELDS.get(word);
  if (field) {
    rule[field] = value;
    return true;
  }
  switch (word) {
    case 'from':
    case 'to': {
      const prefix = selector(value);
      if (prefix !== undefined) rule[word] = prefix;
      return prefix !== undefined;
    }
    case 'lookup':
    case 'table':
      if (value === '[l3mdev-table]') return applyWord(value, rule);
      rule.action = { kind: 'lookup', table: value };
      return true;
    case 'goto':
      rule.action = { kind: 'goto', priority: Number(value) };
      return NUMBER.test(value);
    case 'fwmark': {
      const mark = fwmark(value);
      if (mark) rule.fwmark = mark;
      return mark !== undefined;
    }
    case 'dscp': {
      // All six bits, which the byte of `tos` has before those of ECN; a mask of fewer is told by no fact.
      const [code = '', mask = '0x3f'] = value.split('/');
      rule.tos = /^\d{1,2}$/.test(code) ? `0x${(Number(code) << 2).toString(16)}` : code;
      return mask === '0x3f';
    }
    case 'suppress_prefixlength':
    case 'suppress_prefixlen':
      rule.suppressPrefixLength = Number(value);
      return NUMBER.test(value);
    default:
      return IDLE.has(word);
  }
}

/** Applies the words; returns the first one that nothing explains. */
function applyWords(words: readonly string[], rule: Fields): string | undefined {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (applyWord(word, rule)) continue;
    const value = words[++i];
    if (value === undefined || !applyPair(word, value, rule)) return `${word} ${value ?? ''}`.trimEnd();
  }
  return undefined;
}

const isRule = (line: string): boolean => /^\d{1,10}:\s+(not\s+)?from\s/.test(line);

/** `ip rule` (and `-6`): the policy routing database, in the order of its priorities. */
export const ipRule = defineParser<PolicyRuleFact>({
  command: 'ip-rule',
  emits: ['policy-rule'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'rule' && command.plain ? shown(command.args) : undefined;
      if (!words) return undefined;
      return {
        scope: {
          ...(command?.family && { family: command.family }),
          ...(words.length > 0 && { selection: words.join(' ') }),
        },
      };
    },
    file: /(^|-)(ip-?(4|6|v4|v6|d)?-?(ru|rule|rules)(-list)?|iprule|ipv[46]-?rules?)($|-)/,
    named: namedFamily('ru'),
    sniff(head) {
      const lines = head.filter((l) => l.trim() !== '');
      const hits = lines.filter(isRule).length;
      return hits === 0 ? 0 : hits / lines.length >= 0.8 ? 3 : hits / lines.length >= 0.4 ? 1 : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const family = context.scope['family'] === '6' ? 6 : 4;
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const match = LINE.exec(line.trim());
      if (!match) {
        if (line.trim() === '') out.noise(i);
        else if (!failures.take(i, line)) out.gap(i, 'not a rule');
        continue;
      }
      const fields: Fields = {};
      const odd = applyWords((match[2] ?? '').trim().split(/\s+/), fields);
      if (odd !== undefined || fields.action === undefined || fields.from === undefined) {
        out.gap(
          i,
          odd === undefined
            ? 'a rule without selector or action'
            : `not understood: ${JSON.stringify(odd.slice(0, 40))}`,
        );
        continue;
      }
      some = true;
      const seen = /[0-9a-f]*:[0-9a-f:]+\/\d/i.test(match[2] ?? '') ? 6 : family;
      out.fact(i, {
        ...fields,
        kind: 'policy-rule',
        family: seen,
        priority: Number(match[1]),
        not: fields.not ?? false,
        from: fields.from,
        action: fields.action,
      });
    }
    failures.close(some);
  },
});
