/*
 * 0:	from all lookup local
 * 32766:	from all lookup main
 * 100:	not from all fwmark 0x40000/0x40000 lookup 2004
 */
import type { PolicyRuleFact } from '../facts/index.js';
import { canonicalPrefix, type Draft, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { iproute2Command, shown } from './text/iproute2.js';

const LINE = /^(\d{1,10}):\s+(.*)$/;

/** `all`, or a canonical prefix; undefined for what is neither (masked addresses). */
const selector = (text: string | undefined): string | undefined =>
  text === 'all' || text === 'default' ? 'all' : text === undefined ? undefined : canonicalPrefix(text);

function fwmark(text: string): PolicyRuleFact['fwmark'] {
  const [mark = '', mask] = text.split('/');
  const value = Number(mark);
  const bits = mask === undefined ? 0xffffffff : Number(mask);
  return Number.isInteger(value) && Number.isInteger(bits) ? { mark: value, mask: bits } : undefined;
}

type Fields = { -readonly [K in keyof Draft<PolicyRuleFact>]?: Draft<PolicyRuleFact>[K] };

/** Applies the words; returns the first one that nothing explains (ip/iprule.c print_rule). */
function applyWords(words: readonly string[], rule: Fields): string | undefined {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const next = words[i + 1] ?? '';
    switch (word) {
      case 'not':
        rule.not = true;
        continue;
      case 'unreachable':
      case 'prohibit':
      case 'blackhole':
      case 'nop':
        rule.action = { kind: word };
        continue;
      case '[detached]':
      case '[unresolved]':
        continue;
      case 'l3mdev-table':
      case '[l3mdev-table]':
        rule.l3mdev = true;
        rule.action ??= { kind: 'lookup', table: 'l3mdev' };
        continue;
    }
    i++;
    switch (word) {
      case 'from': {
        const from = selector(next);
        if (from === undefined) return `${word} ${next}`;
        rule.from = from;
        break;
      }
      case 'to': {
        const to = selector(next);
        if (to === undefined) return `${word} ${next}`;
        rule.to = to;
        break;
      }
      case 'lookup':
      case 'table':
        rule.action = next === '[l3mdev-table]' ? { kind: 'lookup', table: 'l3mdev' } : { kind: 'lookup', table: next };
        if (next === '[l3mdev-table]') rule.l3mdev = true;
        break;
      case 'goto':
        rule.action = { kind: 'goto', priority: Number(next) || 0 };
        break;
      case 'fwmark': {
        const mark = fwmark(next);
        if (!mark) return `${word} ${next}`;
        rule.fwmark = mark;
        break;
      }
      case 'iif':
      case 'dev':
        rule.iif = next;
        break;
      case 'oif':
        rule.oif = next;
        break;
      case 'ipproto':
        rule.ipproto = next;
        break;
      case 'sport':
        rule.sport = next;
        break;
      case 'dport':
        rule.dport = next;
        break;
      case 'tos':
      case 'dsfield':
        rule.tos = next;
        break;
      case 'suppress_prefixlength':
      case 'suppress_prefixlen':
        rule.suppressPrefixLength = Number(next);
        break;
      case 'proto':
      case 'protocol':
      case 'realms':
      case 'realm':
      case 'uidrange':
      case 'tun_id':
      case 'suppress_ifgroup':
      case 'map-to':
        break;
      default:
        return word;
    }
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
    sniff(head) {
      const lines = head.filter((l) => l.trim() !== '');
      const hits = lines.filter(isRule).length;
      return hits === 0 ? 0 : hits / lines.length >= 0.8 ? 3 : hits / lines.length >= 0.4 ? 1 : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const family = context.scope['family'] === '6' || /v6|ip6|-6/.test(context.fileName) ? 6 : 4;
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
          odd === undefined ? 'a rule without selector or action' : `unknown word ${JSON.stringify(odd.slice(0, 40))}`,
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
