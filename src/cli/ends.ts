import type { LoadedBundle, Probe } from '../index.js';
import { UsageError } from './usage.js';

type Proto = Probe['proto'];

export interface ProbeWords {
  readonly proto?: Proto | undefined;
  readonly port?: number | undefined;
  readonly size?: number | undefined;
  readonly df?: boolean;
}

const PROTOS: Readonly<Record<string, Proto>> = { TCP: 'tcp', UDP: 'udp' };

/** Ports of a service that a name means, with their protocols; empty for any other end. */
function servicePorts(loaded: LoadedBundle, dst: string): readonly { readonly proto: Proto; readonly port: number }[] {
  const name = /^svc:(.+)$/.exec(dst)?.[1];
  const service = loaded.model.facts('service').find((s) => `${s.namespace}/${s.name}` === name);
  return (service?.ports ?? []).flatMap((p) => {
    const proto = p.protocol === '' ? 'tcp' : PROTOS[p.protocol];
    return proto ? [{ proto, port: p.port }] : [];
  });
}

/**
 * The probe that the words mean. A port without a protocol is TCP's; a service is asked at its own port where it has one only; all else is
 * a ping.
 */
export function probeOf(loaded: LoadedBundle, src: string, dst: string, words: ProbeWords): Probe {
  const { proto, port, size, df } = words;
  const more = { ...(size !== undefined && { size }), ...(df === true && { df }) };
  if (proto === 'icmp' && port !== undefined)
    throw new UsageError('ICMP has no ports: leave out --port, or say --proto tcp or udp.');
  if (proto === 'icmp') return { src, dst, proto, ...more };
  const own = servicePorts(loaded, dst).filter((p) => proto === undefined || p.proto === proto);
  if (port !== undefined) {
    // A port that the service has for one protocol only is meant for that.
    const [match, another] = own.filter((p) => p.port === port);
    return { src, dst, proto: proto ?? (match && !another ? match.proto : 'tcp'), port, ...more };
  }
  const [first, second] = own;
  if (first && second)
    throw new UsageError(
      `${dst} has several ports, say which: ${own.map((p) => `--proto ${p.proto} --port ${p.port}`).join(', ')}.`,
    );
  if (first) return { src, dst, ...first, ...more };
  if (proto !== undefined) throw new UsageError(`--proto ${proto} needs a port: --port N.`);
  return { src, dst, proto: 'icmp', ...more };
}
