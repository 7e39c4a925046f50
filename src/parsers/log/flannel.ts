import type { FlannelEvent } from '../../facts/index.js';
import { flannelFailures } from './flannel-failures.js';
import { backendData, drafts, flannelPeers } from './flannel-peers.js';
import { addressIn, clip, prefixIn, type Reading, type Signature } from './signature.js';

type Made = FlannelEvent | 'unreadable' | undefined;

/** A message of flannel: the pattern holds from its first letter, so that a line quoting it does not count. */
function says(needle: string, pattern: RegExp, event: (m: RegExpExecArray) => Made): Signature {
  return {
    needle,
    read(message): Reading {
      const m = pattern.exec(message.body);
      const made = m && event(m);
      return !made ? undefined : made === 'unreadable' ? made : drafts(message, made);
    },
  };
}

const interfaceOf = (m: RegExpExecArray): Made => {
  const address = addressIn(m[2]);
  return address === undefined ? 'unreadable' : { kind: 'interface', ...(m[1] && { dev: m[1] }), address };
};
const external =
  (defaulted: boolean) =>
  (m: RegExpExecArray): Made => {
    const address = addressIn(m[1]);
    return address === undefined ? 'unreadable' : { kind: 'external-address', address, defaulted };
  };
const acquired = (m: RegExpExecArray): Made => {
  const subnet = prefixIn(m[1]);
  const address = addressIn(m[2]);
  return subnet === undefined ? 'unreadable' : { kind: 'lease-acquired', subnet, ...(address && { address }) };
};

/** `VNI=1 Port=8472 GBP=false DirectRouting=false`; port 0 means the kernel's default and says nothing of its own. */
function vxlanConfig(m: RegExpExecArray): Made {
  const values = new Map((m[1] ?? '').split(' ').map((w) => w.split('=', 2) as [string, string]));
  const number = (key: string): number | undefined =>
    /^\d+$/.test(values.get(key) ?? '') ? Number(values.get(key)) : undefined;
  const flag = (key: string): boolean | undefined => (values.has(key) ? values.get(key) === 'true' : undefined);
  const [vni, port, gbp, directRouting] = [number('VNI'), number('Port'), flag('GBP'), flag('DirectRouting')];
  return {
    kind: 'vxlan-config',
    ...(vni !== undefined && { vni }),
    ...(port !== undefined && port > 0 && { port }),
    ...(gbp !== undefined && { gbp }),
    ...(directRouting !== undefined && { directRouting }),
  };
}

/** The node that flannel runs on, with its annotations as Go prints a map (kube.go, AcquireLease). */
function ownNode(m: RegExpExecArray): Made {
  const annotations = (m[2] ?? '').replaceAll('\\"', '"');
  const publicIp = addressIn(/\/public-ip":"([^"]+)"/.exec(annotations)?.[1]);
  const backend = /\/backend-type":"([^"]+)"/.exec(annotations)?.[1];
  return {
    kind: 'node',
    name: m[1] ?? '',
    ...(publicIp && { publicIp }),
    ...(backend && { backend }),
    ...backendData(annotations),
  };
}

/** flannel 0.21 and later name the peer but not its subnet (LeaseAttrs.String in pkg/lease). */
function announced(m: RegExpExecArray): Made {
  const publicIp = addressIn(m[1]);
  const known = backendData(m[2] ?? '');
  if (publicIp === undefined && known.vtepMac === undefined) return 'unreadable';
  return { kind: 'peer-announced', ...(publicIp && { publicIp }), ...known };
}

const record = (v: unknown): Readonly<Record<string, unknown>> =>
  typeof v === 'object' && v !== null ? (v as Readonly<Record<string, unknown>>) : {};

/** The configuration itself, as Gravity's start script prints it from etcd. */
function networkConfig(m: RegExpExecArray): Made {
  let config: Readonly<Record<string, unknown>>;
  try {
    config = record(JSON.parse(m.input));
  } catch {
    return undefined;
  }
  const backend = record(config.Backend);
  const network = config.Network;
  const type = backend.Type;
  const filters: unknown = backend.RouteTableFilter;
  const tag = Array.isArray(filters) ? filters.find((f) => typeof f === 'string' && f.startsWith('tag:')) : undefined;
  return {
    kind: 'network-config',
    ...(typeof type === 'string' && { backend: type }),
    ...(typeof network === 'string' && { network }),
    ...(typeof tag === 'string' && { clusterTag: tag }),
  };
}

const changed = (m: RegExpExecArray): Made => {
  const before = prefixIn(m[1]);
  return { kind: 'subnet-changed', ...(before && { before }), message: clip(m.input) };
};

const repaired = (m: RegExpExecArray): Made => {
  const prefix = prefixIn(m[1]);
  return { kind: 'route-repaired', ...(prefix && { prefix }), message: clip(m.input) };
};

const ANY = '[^\\s,;()]+';

/** Wordings of flannel 0.1 to 0.26, main.go, pkg/ipmatch, subnet managers and backends, and of k3s, which embeds it. */
export const flannelSignatures: readonly Signature[] = [
  says(
    'using interface with name',
    new RegExp(`^Using interface with name (\\S+) and (?:v6 )?address (${ANY})`),
    interfaceOf,
  ),
  says(
    'will be used by flannel',
    new RegExp(`^The interface (\\S+) with ipv[46] address (${ANY}) will be used by flannel`),
    interfaceOf,
  ),
  says('as external interface', new RegExp(`^Using ()(${ANY}) as external interface`), interfaceOf),
  says(
    'defaulting external',
    new RegExp(`^Defaulting external (?:v6 )?address to interface address \\((${ANY})\\)`),
    external(true),
  ),
  says('as external address', new RegExp(`^Using (${ANY}) as external address`), external(false)),
  says('as external endpoint', new RegExp(`^Using (${ANY}) as external endpoint`), external(false)),
  says('network config - backend type', /^Found network config - Backend type: (\S+)/, (m) => ({
    kind: 'network-config',
    backend: m[1] ?? '',
  })),
  says('flannel with backend', /^Starting flannel with backend (\S+)/, (m) => ({
    kind: 'network-config',
    backend: m[1] ?? '',
  })),
  says('{"network":', /^\{"Network": ?"/, networkConfig),
  // The same as a string of JSON holds it; lines are searched before anything is undone.
  says('{\\"network\\":', /^\{"Network": ?"/, networkConfig),
  says('vxlan config:', /^VXLAN config: (.*)$/, vxlanConfig),
  says(
    'llocated lease (',
    new RegExp(`^Allocated lease \\((?:ip: )?(${ANY})(?: ipv6: [^)]*)?\\) to current node \\((${ANY})`),
    acquired,
  ),
  says(
    'found lease (',
    new RegExp(`^Found lease \\((?:ip: )?(${ANY})(?: ipv6: [^)]*)?\\) for current IP \\((${ANY})\\),? reusing`),
    acquired,
  ),
  says('lease acquired: ', new RegExp(`^(?:Subnet )?[Ll]ease acquired: (${ANY})`), acquired),
  says('lease renewed, new expiration', /^Lease renewed, new expiration: (.{1,80})$/, (m) => ({
    kind: 'lease-renewed',
    ...(m[1] && { expiration: m[1] }),
  })),
  says(
    'but not compatible with current config',
    /^Found lease \((?:ip: )?([^\s)]*).*but not compatible with current config, deleting/,
    changed,
  ),
  says('previously leased subnet', /^Found previously leased subnet \(([^)]+)\) that is not compatible with/, changed),
  says(
    'not equal to previous one',
    /^Current network or subnet \(.*is not equal to previous one \((?:[^,)]+, )?([^,)]+)\)/,
    changed,
  ),
  says('iptables rules are missing', /^Some iptables rules are missing; deleting and recreating/, () => ({
    kind: 'rules-missing',
  })),
  says('route recovered ', /^Route recovered (\S+) : /, (m) => repaired(m)),
  says('replacing existing route to', /^Replacing existing (?:v6 )?route to .*?\bDst: (\S+)/, (m) => repaired(m)),
  says(
    'already exists with incompat',
    /^"([^"]+)" already exists with incompat[ai]ble configuration: (.{1,200}?); (?:deleting|recreating device)$/,
    (m) => ({ kind: 'device-recreated', ...(m[1] && { dev: m[1] }), difference: m[2] ?? '' }),
  ),
  says('lease has been revoked', /^Lease has been revoked/, (m) => ({ kind: 'lease-lost', message: clip(m.input) })),
  says('running backend.', /^Running backend\.$/, () => ({ kind: 'running' })),
  says('running flannel backend.', /^Running flannel backend\.$/, () => ({ kind: 'running' })),
  // wireguard in mode auto prints pointers where the subnets should be.
  says('subnet(s) added: ', /^Subnet\(s\) added: \[[^\]]*\] via \[?([\da-fA-F.:]+?)\]?:\d+$/, (m) => {
    const publicIp = addressIn(m[1]);
    return publicIp === undefined ? 'unreadable' : { kind: 'peer-announced', publicIp };
  }),
  says(
    'event with vxlan: ',
    /^Received Subnet Event with VxLan: BackendType: vxlan, PublicIP: ([^\s,]+)(?:, PublicIPv6: [^\s,]+, BackendData: (\{[^}]*\}))?/,
    announced,
  ),
  ...flannelPeers,
  says('kubernetes subnet manager - ', /^Created subnet manager: Kubernetes Subnet Manager - (\S+)$/, ownNode),
  says('list of node(', /^List of node\(([^)\s]+)\) annotations: map\[string\]string\{(.*)\}$/, ownNode),
  says('adding iptables rule: ', /^Adding iptables rule: (.+)$/, (m) => ({
    kind: 'masquerade-rule',
    action: 'add',
    rule: m[1] ?? '',
  })),
  says('deleting iptables rule: ', /^Deleting iptables rule: (.+)$/, (m) => ({
    kind: 'masquerade-rule',
    action: 'delete',
    rule: m[1] ?? '',
  })),
  ...flannelFailures,
];
