import type { PacketFact } from '../../facts/index.js';
import { canonicalAddress, type Draft, isLladdr } from '../../kit/index.js';
import { addInfo, type TsharkLayer } from './info.js';

/** `-T fields -e ip.src -e ip.dst -E separator=,`: columns that only the command line names. */
export interface Fields {
  readonly names: readonly string[];
  readonly separator: string;
  readonly header: boolean;
}

export function fieldsOf(argv: readonly string[]): Fields | undefined {
  const at = argv.findIndex((w, i) => (w === '-T' && argv[i + 1] === 'fields') || w === '-Tfields');
  if (at < 0) return undefined;
  const names = argv.filter((_, i) => argv[i - 1] === '-e');
  const options = argv.filter((_, i) => argv[i - 1] === '-E');
  const separator = options.find((o) => o.startsWith('separator='))?.slice(10) ?? '/t';
  return {
    names,
    separator: separator === '/t' ? '\t' : separator === '/s' ? ' ' : separator,
    header: options.includes('header=y'),
  };
}

type Builder = TsharkLayer & { sourceMac?: string; destinationMac?: string; time?: number; dev?: string };

const NUMBERS: Readonly<Record<string, 'sourcePort' | 'destinationPort' | 'ttl'>> = {
  'tcp.srcport': 'sourcePort',
  'udp.srcport': 'sourcePort',
  'tcp.dstport': 'destinationPort',
  'udp.dstport': 'destinationPort',
  'ip.ttl': 'ttl',
};

function set(layer: Builder, name: string, value: string, single: boolean): void {
  const address = canonicalAddress(value);
  if (/^(?:ip|ipv6)\.src$|^_ws\.col\.(?:def_src|Source)$|^_ws\.col\.source$/.test(name) && address !== undefined)
    layer.source = address;
  else if (
    /^(?:ip|ipv6)\.dst$|^_ws\.col\.(?:def_dst|Destination)$|^_ws\.col\.destination$/.test(name) &&
    address !== undefined
  )
    layer.destination = address;
  else if (name === 'eth.src' && isLladdr(value)) layer.sourceMac = value;
  else if (name === 'eth.dst' && isLladdr(value)) layer.destinationMac = value;
  else if (name === 'frame.time_epoch' && /^\d+\.\d+$/.test(value)) layer.time = Number(value);
  else if (name === 'frame.interface_name') layer.dev = value;
  // Ports of a packet with two IP headers may be those of either.
  if (!single) return;
  const number = NUMBERS[name];
  if (number !== undefined && /^\d+$/.test(value)) layer[number] = Number(value);
  if (name.startsWith('tcp.') && value !== '') layer.protocol ??= 'tcp';
  if (name.startsWith('udp.') && value !== '') layer.protocol ??= 'udp';
}

/** One row; undefined when it names nobody. Of a tunnelled packet each field has several values: the first are the outer ones. */
export function rowOf(fields: Fields, line: string): Draft<PacketFact> | undefined {
  const cells = line.split(fields.separator);
  const layer: Builder = {};
  const cell = (name: string): string | undefined => {
    const at = fields.names.findIndex((n) => n.toLowerCase() === name);
    return at < 0 ? undefined : cells[at];
  };
  const protocol = cell('_ws.col.protocol');
  const info = cell('_ws.col.info');
  const single = !cells.some((c) => c.includes(',') && canonicalAddress(c.split(',')[0] ?? '') !== undefined);
  if (info !== undefined && single) addInfo(layer, protocol ?? 'ip', info);
  if (layer.protocol === 'ip') delete layer.protocol;
  for (const [i, name] of fields.names.entries()) set(layer, name, (cells[i] ?? '').split(',')[0] ?? '', single);
  if (layer.source === undefined && layer.destination === undefined) return undefined;
  return { kind: 'packet', ...layer, ...(info !== undefined && { info: info.slice(0, 200) }) };
}
