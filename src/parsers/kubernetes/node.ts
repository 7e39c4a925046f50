import { canonicalPrefix, parseAddress } from '../../kit/index.js';
import { readJson } from '../text/json.js';
import { flagAt, itemsAt, type Located, lineAt, numberAt, textAt, textsAt, valueAt, wordsAt } from '../text/located.js';
import { nameLine, nameOf, type ObjectContext } from './read.js';

/** Annotations that say something about the node's network; the rest is left out. */
const NETWORK_ANNOTATION =
  /^(?:flannel\.alpha\.coreos\.com|projectcalico\.org|k3s\.io|rke2\.io|kube-router\.io|kilo\.squat\.ai|alpha\.kubernetes\.io\/provided-node-ip)/;

/** Annotations whose value is one address, with or without a length; a masked one must not become a value. */
const ADDRESS_ANNOTATION = /(?:public-ip(?:v6)?(?:-overwrite)?|IPv[46]\w*Addr(?:ess)?|(?:internal|external|node)-ip)$/;

export const networkAnnotations = (all: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(all).filter(
      ([key, value]) =>
        NETWORK_ANNOTATION.test(key) &&
        (!ADDRESS_ANNOTATION.test(key) || value.split(',').every((part) => parseAddress(part.replace(/\/\d+$/, '')))),
    ),
  );

/** A v1 Node: the node, and flannel's lease when flannel keeps it in annotations. */
export function readNode(context: ObjectContext): void {
  const { object, emit } = context;
  const addresses = itemsAt(object, 'status', 'addresses');
  const ofType = (type: string): string[] =>
    addresses.flatMap((a) => (textAt(a, 'type') === type ? (textAt(a, 'address') ?? []) : []));
  const all = [...ofType('InternalIP'), ...ofType('ExternalIP')];
  if (!all.every((ip) => parseAddress(ip))) {
    context.gap(nameLine(context), 'an address of the node is masked');
    return;
  }
  const hostname = ofType('Hostname')[0];
  const podCidrs = podCidrsOf(object);
  const providerId = textAt(object, 'spec', 'providerID');
  const written = wordsAt(object, 'metadata', 'annotations') ?? {};
  emit(nameLine(context), {
    kind: 'node',
    name: nameOf(context),
    ...conditions(object),
    internalIps: ofType('InternalIP'),
    externalIps: ofType('ExternalIP'),
    ...(hostname !== undefined && { hostname }),
    podCidrs,
    ...(providerId !== undefined && { providerId }),
    ...nodeInfo(object),
    annotations: networkAnnotations(written),
  });
  readLeases(context, nameOf(context), podCidrs, written, (key) => lineAt(object, 'metadata', 'annotations', key));
}

function podCidrsOf(object: Located): string[] {
  const several = textsAt(object, 'spec', 'podCIDRs');
  const single = textAt(object, 'spec', 'podCIDR');
  return (several.length > 0 ? several : single === undefined ? [] : [single]).flatMap((p) => canonicalPrefix(p) ?? []);
}

function conditions(object: Located) {
  const list = itemsAt(object, 'status', 'conditions');
  const status = (type: string): string | undefined =>
    list.flatMap((c) => (textAt(c, 'type') === type ? (textAt(c, 'status') ?? []) : []))[0];
  const ready = status('Ready');
  const unavailable = status('NetworkUnavailable');
  const cordoned = flagAt(object, 'spec', 'unschedulable') ? ',SchedulingDisabled' : '';
  return {
    ...(ready !== undefined && { ready: ready === 'True', status: `${ready === 'True' ? '' : 'Not'}Ready${cordoned}` }),
    ...(unavailable !== undefined && { networkUnavailable: unavailable === 'True' }),
  };
}

function nodeInfo(object: Located) {
  const info = valueAt(object, 'status', 'nodeInfo');
  const kernel = textAt(info, 'kernelVersion');
  const osImage = textAt(info, 'osImage');
  const runtime = textAt(info, 'containerRuntimeVersion');
  const version = textAt(info, 'kubeletVersion');
  const machineId = textAt(info, 'machineID');
  return {
    ...(kernel !== undefined && { kernel }),
    ...(osImage !== undefined && { osImage }),
    ...(runtime !== undefined && { runtime }),
    ...(version !== undefined && { version }),
    ...(machineId !== undefined && { machineId }),
  };
}

const FLANNEL = 'flannel.alpha.coreos.com/';

/** flannel's kube subnet manager keeps its lease on the Node: podCIDR is the subnet, annotations are the rest. */
export function readLeases(
  context: Pick<ObjectContext, 'emit' | 'gap'>,
  node: string,
  podCidrs: readonly string[],
  annotations: Readonly<Record<string, string>>,
  lineOf: (key: string) => number | undefined,
): void {
  for (const v6 of [false, true]) {
    const key = `${FLANNEL}public-ip${v6 ? 'v6' : ''}`;
    const publicIp = annotations[key];
    const subnet = podCidrs.find((cidr) => cidr.includes(':') === v6);
    const line = lineOf(key);
    if (publicIp === undefined || subnet === undefined || line === undefined) continue;
    if (!parseAddress(publicIp)) {
      context.gap(line, 'the public address is masked');
      continue;
    }
    const backend = annotations[`${FLANNEL}backend-type`];
    const overwrite = annotations[`${FLANNEL}public-ip${v6 ? 'v6' : ''}-overwrite`];
    context.emit(line, {
      kind: 'flannel-lease',
      subnet,
      publicIp,
      ...(backend !== undefined && { backend }),
      ...backendData(annotations[`${FLANNEL}backend-${v6 ? 'v6-' : ''}data`]),
      ...(node !== '' && { node }),
      ...(overwrite !== undefined && { publicIpOverwrite: overwrite }),
      source: 'annotation',
    });
  }
}

/** `{"VNI":1,"VtepMAC":"de:ad:…"}`; `null` for host-gw. */
export function backendData(json: string | undefined): { vtepMac?: string; vni?: number } {
  const reading = json === undefined ? undefined : readJson(json, 0);
  if (!reading || 'error' in reading) return {};
  const vtepMac = textAt(reading.value, 'VtepMAC');
  const vni = numberAt(reading.value, 'VNI');
  return { ...(vtepMac !== undefined && { vtepMac: vtepMac.toLowerCase() }), ...(vni !== undefined && { vni }) };
}
