import type { DnsAnswer } from '../../facts/index.js';
import { canonicalAddress } from '../../kit/index.js';
import { wordsOf } from '../text/words.js';

/* A resource record as bind's masterdump.c and ldns' host2str.c print it: `name. ttl IN A 10.0.0.1`; each of ttl and class can be left out. */
const CLASS = /^(?:IN|CH|CHAOS|HS|HESIOD|NONE|ANY|CLASS\d+)$/;
const TYPE = /^(?:[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)?|TYPE\d+)$/;
const TTL = /^(?:\d+|(?:\d+[wdhms])+)$/i;
const MOST_OF_DATA = 200;

/** Names keep their letters as printed, without the final dot. */
export const nameOf = (text: string): string => (text.length > 1 && text.endsWith('.') ? text.slice(0, -1) : text);

/** Addresses canonical, names without their final dot, all else as printed. */
export function dataOf(type: string, data: string): string {
  if (type === 'A' || type === 'AAAA') return canonicalAddress(data) ?? data.slice(0, MOST_OF_DATA);
  if (type === 'CNAME' || type === 'NS' || type === 'PTR' || type === 'DNAME')
    return nameOf(data).slice(0, MOST_OF_DATA);
  return data.slice(0, MOST_OF_DATA);
}

/** One line of a section; undefined when it is no record. */
export function recordOf(line: string): DnsAnswer | undefined {
  if (line.startsWith(';') || line.startsWith(' ') || line.startsWith('\t')) return undefined;
  const words = wordsOf(line.slice(0, 4000));
  let at = 1;
  if (TTL.test(words[at] ?? '')) at++;
  const classed = CLASS.test(words[at] ?? '');
  if (classed) at++;
  const type = words[at] ?? '';
  if (!TYPE.test(type) || words.length <= at + 1) return undefined;
  // Without ttl and class (`+nottlid +noclass`) anything with an upper-case word would do.
  if (!classed && !/^(?:A|AAAA|CNAME|PTR|SRV|NS|MX|TXT|SOA)$/.test(type)) return undefined;
  const data = words.slice(at + 1).join(' ');
  if ((type === 'A' || type === 'AAAA') && canonicalAddress(data) === undefined) return undefined;
  return { name: nameOf(words[0] ?? ''), type, data: dataOf(type, data) };
}

/** `;kubernetes.default.svc. IN A` of dig, `;; kubernetes.default.svc.	IN	A` of drill. */
export function questionOf(line: string): { name: string; type: string } | undefined {
  const words = wordsOf(line.replace(/^;+\s*/, '').slice(0, 1000));
  const at = CLASS.test(words[1] ?? '') ? 2 : 1;
  const type = words[at];
  if (type === undefined || words.length !== at + 1 || !TYPE.test(type)) return undefined;
  return { name: nameOf(words[0] ?? ''), type };
}

export interface Server {
  readonly address?: string;
  readonly port?: number;
  readonly transport?: 'udp' | 'tcp' | 'tls' | 'https';
}

/** `10.96.0.10#53(10.96.0.10) (UDP)`, `fd00::a#53`, `10.96.0.10:53` of busybox, `10.96.0.10` of drill. */
export function serverOf(text: string): Server {
  const m = /^(\S+?)(?:#(\d+))?(?:\([^)]*\))?(?:[:,]? \(?(UDP|TCP|TLS|HTTPS|HTTP)\)?)?[.:,]?$/.exec(text.trim());
  const whole = m?.[1] ?? '';
  const address = canonicalAddress(whole);
  if (address !== undefined) {
    const transport = m?.[3]?.toLowerCase();
    return {
      address,
      ...(m?.[2] !== undefined && { port: Number(m[2]) }),
      ...(transport !== undefined && { transport: transport === 'http' ? 'https' : (transport as 'udp') }),
    };
  }
  const glued = /^\[?(.+?)\]?:(\d{1,5})$/.exec(whole);
  const bare = canonicalAddress(glued?.[1] ?? '');
  return bare === undefined ? {} : { address: bare, port: Number(glued?.[2]) };
}
