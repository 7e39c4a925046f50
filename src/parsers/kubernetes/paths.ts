import { canonicalPrefix } from '../../kit/index.js';
import { isAddress, MASKED, type RowReading } from './cells.js';
import { networkAnnotations } from './node.js';

/**
 * Fields that people pick out of objects with `-o jsonpath`, `go-template` and `custom-columns`, by what their path ends in. A path may
 * index and filter (`.status.addresses[?(@.type=="InternalIP")].address`); dots inside a key are escaped.
 */
const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^\.metadata\.name$/, 'name'],
  [/^\.metadata\.namespace$/, 'namespace'],
  [/^\.spec\.podCIDRs?(?:\[[\d*]+\])?$/, 'podCidr'],
  [/^\.status\.addresses\[\?\(@\.type==["']?InternalIP["']?\)\]\.address$/, 'internalIp'],
  [/^\.status\.addresses\[\?\(@\.type==["']?ExternalIP["']?\)\]\.address$/, 'externalIp'],
  [/^\.status\.addresses\[\?\(@\.type==["']?Hostname["']?\)\]\.address$/, 'hostname'],
  [/^\.status\.conditions\[\?\(@\.type==["']?Ready["']?\)\]\.status$/, 'ready'],
  [/^\.status\.nodeInfo\.kernelVersion$/, 'kernel'],
  [/^\.status\.nodeInfo\.kubeletVersion$/, 'version'],
  [/^\.status\.nodeInfo\.machineID$/, 'machineId'],
  [/^\.status\.podIPs?(?:\[[\d*]+\]\.ip)?$/, 'podIp'],
  [/^\.status\.hostIP$/, 'hostIp'],
  [/^\.status\.phase$/, 'status'],
  [/^\.spec\.nodeName$/, 'node'],
  [/^\.spec\.hostNetwork$/, 'hostNetwork'],
  [/^\.spec\.clusterIPs?(?:\[[\d*]+\])?$/, 'clusterIp'],
  [/^\.spec\.type$/, 'type'],
];

/** The field that a path names: `podCidr`, `annotation flannel.alpha.coreos.com/public-ip`; undefined for any other. */
export function fieldOfPath(path: string): string | undefined {
  const bare = path
    .replace(/^\.?items\[[\d*]+\]/, '')
    .replace(/^\{?\.?/, '.')
    .replace(/\}$/, '');
  const annotation = /^\.metadata\.annotations(?:\.(.+)|\[["']?(.+?)["']?\])$/.exec(bare);
  const key = annotation?.[1] ?? annotation?.[2];
  if (key !== undefined) return `annotation ${key.replaceAll('\\.', '.').replaceAll('\\', '')}`;
  return FIELDS.find(([pattern]) => pattern.test(bare))?.[1];
}

/** One object's fields to its fact; undefined when the type carries none, or nothing of it is named. */
export function factOfFields(type: string, all: ReadonlyMap<string, string>): RowReading | undefined {
  const value = (key: string): string | undefined => {
    const text = all.get(key)?.trim();
    return text === '' || text === '<none>' || text === '<no value>' ? undefined : text;
  };
  const values = (key: string): string[] =>
    value(key)
      ?.replace(/^\[|\]$/g, '')
      .split(/[\s,"]+/)
      .filter((word) => word !== '') ?? [];
  const name = value('name')?.replace(/^[\w.]+\//, '');
  const told = [...all.keys()].filter((key) => key !== 'name' && key !== 'namespace');
  if (told.length === 0) return undefined;
  if (name === undefined) return { gap: 'values without the name of their object' };
  switch (type) {
    case 'nodes':
      return nodeOf(name, value, values, all);
    case 'pods': {
      const ips = values('podIp');
      const hostIp = value('hostIp');
      if (![...ips, ...(hostIp === undefined ? [] : [hostIp])].every(isAddress)) return MASKED;
      const [status, node, hostNetwork] = [value('status'), value('node'), value('hostNetwork')];
      return {
        facts: [
          {
            kind: 'pod',
            namespace: value('namespace') ?? '',
            name,
            ...(status !== undefined && { status }),
            ips,
            ...(node !== undefined && { node }),
            ...(hostIp !== undefined && { hostIp }),
            // An absent hostNetwork is false, but so is what the template forgot.
            ...(hostNetwork !== undefined && { hostNetwork: hostNetwork === 'true' }),
          },
        ],
      };
    }
    case 'services': {
      const clusterIps = values('clusterIp').filter((ip) => ip !== 'None');
      if (!clusterIps.every(isAddress)) return MASKED;
      const type = value('type');
      if (!all.has('clusterIp')) return undefined;
      return {
        facts: [
          {
            kind: 'service',
            namespace: value('namespace') ?? '',
            name,
            ...(type !== undefined && { type }),
            clusterIps,
            externalIps: [],
            ports: [],
          },
        ],
      };
    }
    default:
      return undefined;
  }
}

function nodeOf(
  name: string,
  value: (key: string) => string | undefined,
  values: (key: string) => string[],
  all: ReadonlyMap<string, string>,
): RowReading {
  const [internalIps, externalIps, written] = [values('internalIp'), values('externalIp'), values('podCidr')];
  const podCidrs = written.flatMap((cidr) => canonicalPrefix(cidr) ?? []);
  if (![...internalIps, ...externalIps].every(isAddress) || podCidrs.length < written.length) return MASKED;
  const ready = value('ready');
  const texts = {
    hostname: value('hostname'),
    kernel: value('kernel'),
    version: value('version'),
    machineId: value('machineId'),
  };
  const annotations = Object.fromEntries(
    [...all.keys()].flatMap((key) => {
      const text = key.startsWith('annotation ') ? value(key) : undefined;
      return text === undefined ? [] : [[key.slice(11), text] as const];
    }),
  );
  return {
    facts: [
      {
        kind: 'node',
        name,
        ...(ready !== undefined && { ready: ready === 'True' }),
        internalIps,
        externalIps,
        podCidrs,
        ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
        annotations: networkAnnotations(annotations),
      },
    ],
  };
}
