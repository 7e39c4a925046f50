import { expression, mapOf, type NftReader, need, setExpression, skip, wordAt } from './expression.js';
import { keyAt } from './keys.js';
import { namedPorts } from './names.js';
import { portNumber } from './numbers.js';
import type { NftExpression, NftStatement } from './types.js';

const FLAG = /^(?:random|fully-random|persistent|prefix|interval)$/;

/** `dnat to 10.0.0.1:80`, `dnat ip to ip daddr . tcp dport map @m`, `masquerade to :1024-65535 fully-random`, `redirect to :8080`. */
export function nat(r: NftReader, action: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'tproxy'): NftStatement {
  r.at++;
  const flags: string[] = [];
  const family = /^ip6?$/.test(wordAt(r)) ? need(r).text : undefined;
  const takeFlags = (): void => {
    while (FLAG.test(wordAt(r)) || wordAt(r) === ',') {
      const word = need(r).text;
      if (word !== ',') flags.push(word);
    }
  };
  takeFlags();
  // In old versions `addr . port to` said that a map holds both.
  if (wordAt(r) === 'addr') r.at += 3;
  const target = skip(r, 'to') ? targetOf(r) : {};
  takeFlags();
  return { kind: 'nat', action, ...(family !== undefined && { family }), ...target, flags };
}

/** `10.0.0.1:tcp dport map @ports`: the port is an expression whose first word no blank separates. */
function portApart(r: NftReader): { address?: NftExpression; port: NftExpression } | undefined {
  const word = wordAt(r);
  const colon = word.lastIndexOf(':');
  const first = { text: word.slice(colon + 1), quoted: false };
  if (colon === -1 || !/^[a-z]/.test(first.text)) return undefined;
  const key = keyAt([first, ...r.tokens.slice(r.at + 1, r.at + LONGEST_KEY)], 0);
  if (!key) return undefined;
  r.at += key.next;
  const selector: NftExpression = { kind: 'key', name: key.name };
  const port = skip(r, 'map') ? namedPorts(mapOf(selector, setExpression(r))) : selector;
  const address = word.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return address === '' ? { port } : { address: { kind: 'value', text: address }, port };
}

const LONGEST_KEY = 40;

function targetOf(r: NftReader): { address?: NftExpression; port?: NftExpression } {
  const apart = portApart(r);
  if (apart) return apart;
  const word = wordAt(r);
  const span = /^\[([^\]]+)\]-\[([^\]]+)\](?::([\w-]+))?$/.exec(word);
  const value = (text: string): NftExpression => ({ kind: 'value', text });
  const portValue = (text: string | undefined): NftExpression => value(portNumber(text ?? ''));
  const only = /^:([\w-]+)$/.exec(word);
  const both = /^\[?([^[\]]+?)\]?:([\w-]+)$/.exec(word);
  const isBoth = both !== null && (word.startsWith('[') || !(both[1] ?? '').includes(':'));
  if (span) {
    r.at++;
    const address = value(`${span[1]}-${span[2]}`);
    return span[3] === undefined ? { address } : { address, port: portValue(span[3]) };
  }
  if (only) {
    r.at++;
    return { port: portValue(only[1]) };
  }
  if (isBoth) {
    r.at++;
    return { address: value(both[1] ?? ''), port: portValue(both[2]) };
  }
  if (word.startsWith('[') && word.endsWith(']')) {
    r.at++;
    return { address: value(word.slice(1, -1)) };
  }
  if (skip(r, ':')) return { port: namedPorts(expression(r, true)) };
  const address = expression(r, true);
  return skip(r, ':') ? { address, port: namedPorts(expression(r, true)) } : { address };
}

/** `reject`, `reject with icmp type port-unreachable`, `reject with tcp reset`. */
export function reject(r: NftReader): NftStatement {
  r.at++;
  if (!skip(r, 'with')) return { kind: 'reject' };
  const protocol = need(r).text;
  skip(r, 'type');
  const code = need(r).text;
  return rejectWith(protocol, code);
}

export const rejectWith = (protocol: string, code: string): NftStatement =>
  codeName(protocol, code) === 'port-unreachable'
    ? { kind: 'reject' }
    : { kind: 'reject', with: `${protocol} ${codeName(protocol, code)}` };

/** Codes by number, as `nft -n` prints them (nftables src/datatype.c). */
const CODES: Readonly<Record<string, string>> = {
  icmp: 'net-unreachable host-unreachable prot-unreachable port-unreachable 4 5 6 7 8 net-prohibited host-prohibited 11 12 admin-prohibited',
  icmpv6: 'no-route admin-prohibited 2 addr-unreachable port-unreachable policy-fail reject-route',
  icmpx: 'no-route port-unreachable host-unreachable admin-prohibited',
};

const codeName = (protocol: string, code: string): string =>
  /^\d{1,2}$/.test(code) ? (CODES[protocol]?.split(' ')[Number(code)] ?? code) : code;

export function log(r: NftReader): NftStatement {
  r.at++;
  let prefix: string | undefined;
  const options: string[] = [];
  for (;;) {
    const word = wordAt(r);
    if (word === 'prefix') {
      r.at++;
      prefix = need(r).text;
    } else if (/^(?:level|group|snaplen|queue-threshold)$/.test(word)) {
      r.at++;
      const value = need(r).text;
      if (word !== 'level' || value !== 'warn') options.push(word, value);
    } else if (word === 'flags') {
      r.at++;
      const flags: string[] = [];
      do flags.push(need(r).text);
      while (/^(?:tcp|ip)$/.test(flags.at(-1) ?? '') || skip(r, ','));
      options.push(
        `flags ${flags
          .join(' ')
          .replace(/^(tcp|ip) /, '$1\u0000')
          .replaceAll(' ', ',')
          .replace('\u0000', ' ')}`,
      );
    } else break;
  }
  return { kind: 'log', ...(prefix !== undefined && { prefix }), options: options.join(' ') };
}
