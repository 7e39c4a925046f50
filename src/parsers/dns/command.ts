import { canonicalAddress } from '../../kit/index.js';
import { nameOf } from './record.js';

/** One question of a command line. */
export interface Asked {
  readonly name: string;
  readonly type: string;
  readonly server?: string;
}

export interface DigCommand {
  readonly asked: readonly Asked[];
  readonly short: boolean;
  readonly tcp: boolean;
  readonly port?: number;
}

const TYPE =
  /^(?:A|AAAA|ANY|AXFR|IXFR=\d+|CAA|CNAME|DNSKEY|DS|HINFO|HTTPS|MX|NAPTR|NS|NSEC3?|PTR|RRSIG|SOA|SRV|SSHFP|SVCB|TLSA|TXT|TYPE\d+)$/i;
const CLASS = /^(?:IN|CH|HS|ANY)$/i;
const TAKES_VALUE = /^-[bcfkptyqxo]$/;

/** `10.0.0.1` as `dig -x` asks for it. */
export function reverseName(text: string): string {
  const address = canonicalAddress(text);
  return address !== undefined && !address.includes(':')
    ? `${address.split('.').reverse().join('.')}.in-addr.arpa`
    : nameOf(text);
}

/** Words of `dig` and `drill`, on the command line or in the banner: `@10.96.0.10 kubernetes.default A +short`. */
export function digCommand(words: readonly string[]): DigCommand {
  const asked: { name: string; type: string; server?: string }[] = [];
  let global: string | undefined;
  let [short, tcp] = [false, false];
  let port: number | undefined;
  let type: string | undefined;
  const ask = (name: string, kind: string): void => {
    asked.push({ name: nameOf(name), type: kind, ...(global !== undefined && { server: global }) });
    type = undefined;
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const last = asked.at(-1);
    if (word.startsWith('@')) {
      if (last) last.server = word.slice(1);
      else global = word.slice(1);
    } else if (word.startsWith('+')) {
      short ||= word === '+short';
      tcp ||= word === '+tcp' || word === '+vc';
    } else if (TAKES_VALUE.test(word)) {
      const value = words[++i] ?? '';
      if (word === '-x') ask(reverseName(value), 'PTR');
      else if (word === '-q') ask(value, type ?? 'A');
      else if (word === '-p') port = Number(value);
      else if (word === '-t') {
        if (last) last.type = value.toUpperCase();
        else type = value.toUpperCase();
      }
    } else if (word.startsWith('-')) tcp ||= word === '-T';
    else if (TYPE.test(word) || CLASS.test(word)) {
      if (!TYPE.test(word)) continue;
      if (last) last.type = word.toUpperCase();
      else type = word.toUpperCase();
    } else if (!word.includes('$')) ask(word, type ?? 'A');
  }
  if (asked.length === 0) ask('.', type ?? 'NS');
  // Without an own server a query goes to the one that is named for all, wherever it stands.
  const server = asked.find((a) => a.server !== undefined)?.server;
  return {
    asked: asked.map((a) => (a.server === undefined && server !== undefined ? { ...a, server } : a)),
    short,
    tcp,
    ...(port !== undefined && { port }),
  };
}
