import type { IpvsDestination, IpvsServiceFact } from '../../facts/index.js';
import { type Draft, maskLength, type Sink } from '../../kit/index.js';
import { gap, type Taken } from '../text/rows.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A service as far as it is read. */
export type OpenService = Mutable<Omit<IpvsServiceFact, 'at' | 'kind' | 'destinations'>> & {
  /** Index of its line. */
  readonly line: number;
  readonly destinations: IpvsDestination[];
};

export function emitServices(services: readonly OpenService[], out: Pick<Sink<IpvsServiceFact>, 'fact'>): void {
  for (const { line, ...service } of services) {
    const fact: Draft<IpvsServiceFact> = { kind: 'ipvs-service', ...service };
    out.fact(line, fact);
  }
}

/** `255.255.255.0`, of IPv6 the length itself; undefined for the whole length, under which each client is its own. */
export function persistentPrefix(mask: string, family: 4 | 6): number | undefined {
  const length = /^\d{1,3}$/.test(mask) ? Number(mask) : maskLength(mask);
  return length === (family === 4 ? 32 : 128) ? undefined : length;
}

/** A mark, which ipvsadm before 1.32 prints with a sign. */
export const markOf = (text: string): number | undefined => {
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
  return value === undefined || value > 0xffffffff ? undefined : value >>> 0;
};

/** `gue:6080:r+c`, `gre:-c`, `ipip` of `--tun-info`. */
export function tunnelOf(text: string): NonNullable<IpvsDestination['tunnel']> {
  const [type = '', ...rest] = text.split(':');
  const checksum = { '-c': 'nocsum', '+c': 'csum', 'r+c': 'remcsum' }[rest.at(-1) ?? ''];
  return {
    type,
    ...(type === 'gue' && rest[0] !== undefined && { port: Number(rest[0]) }),
    ...(checksum !== undefined && { checksum }),
  };
}

/** A destination that can't be read is one all the same. Returns the reason. */
export function lost(service: OpenService, reason: string): Taken {
  service.unread = (service.unread ?? 0) + 1;
  return gap(reason);
}
