import type {
  FlannelAnnouncementFact,
  FlannelConfigFact,
  FlannelLeaseFact,
  FlannelSubnetKeyFact,
} from '../facts/index.js';
import { canonicalPrefix, defineParser, parseAddress, type Sink } from '../kit/index.js';
import { flannelConfig, flannelConfigLine, hasPlainNetworks } from './kubernetes/config.js';
import { type ObjectText, splitObjects } from './text/documents.js';
import { readJson } from './text/json.js';
import { itemsAt, type Located, lineAt, numberAt, textAt, valueAt } from './text/located.js';

/*
 * /coreos.com/network/subnets/10.244.24.0-24
 * {"PublicIP":"10.162.0.6","BackendType":"vxlan","BackendData":{"VtepMAC":"96:55:5d:21:ec:47"}}
 *
 * flannel's keys in etcd: `etcdctl ls` and `get` of API v2 (value only, or `-o extended`), `get --prefix` of v3 (a key
 * line, a value line; `-w json` in base64), the v2 HTTP answer, and net-conf.json; values on one line or through jq.
 */
type EtcdFact = FlannelAnnouncementFact | FlannelConfigFact | FlannelLeaseFact | FlannelSubnetKeyFact;

const SUBNET_KEY = /\/subnets\/(\d+\.\d+\.\d+\.\d+)-(\d+)(?:&([0-9a-fA-F:-]+)-(\d+))?$/;
/** Far above any key of flannel; a longer line is not matched at all. */
const MAX_KEY = 1024;
const KEY_LINE = /^\s*(?:Key: )?(\/\S*\/(?:config|subnets(?:\/\S*)?|reservations(?:\/\S*)?))\s*$/;
/** `etcdctl get -w fields` quotes as Go does. */
const FIELD_KEY = /^"Key" : "(\/[^"]*\/(?:config|subnets(?:\/[^"]*)?))"$/;
const FIELD_VALUE = /^"Value" : "(\{.*\})"$/;
const FAILURE =
  /^(?:Error: |etcdctl: |.*: command not found|.*: Permission denied|cluster may be unhealthy|no configuration)/;
/** `-o extended` and zap's own log lines. */
const CHATTER =
  /^(?:"(?:ClusterID|MemberID|Revision|RaftTerm|CreateRevision|ModRevision|Version|Lease|More|Count)" : |(?:Created-Index|Modified-Index|TTL|Index|ClusterID|MemberID|Revision|RaftTerm|PrevNode\.\w+): |\{"level":")/;

/** flannel's configuration and leases as etcd has them. */
export const etcdctlFlannel = defineParser<EtcdFact>({
  command: 'etcdctl-flannel',
  emits: ['flannel-announcement', 'flannel-config', 'flannel-lease', 'flannel-subnet-key'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const isEtcd = /^(?:etcdctl[23]?|etcd-?ctl|curl)$/.test(argv[0] ?? '') && keyOf(argv) !== undefined;
      const isFile = argv[0] === 'cat' && /\/net-conf\.json$/.test(argv[1] ?? '');
      if (!isEtcd && !isFile) return undefined;
      const key = keyOf(argv) ?? '';
      return SUBNET_KEY.test(key) ? { scope: { key } } : {};
    },
    file: /(?:^|-)(?:net-conf-json|etcdctl-.*(?:network|subnets).*|flannel-(?:etcd|config-json|subnets))$/,
    sniff(head) {
      const all = head.join('\n').trimStart();
      // The same JSON inside a ConfigMap or its description is not etcd's.
      if (!/^(?:\{|\/|Key: \/|"ClusterID" : )/.test(all) || all.includes('"apiVersion"')) return 0;
      if (/^(?:Key: |"Key" : ")?\/\S+\/subnets\/\d+\.\d+\.\d+\.\d+-\d+"?\s*$/m.test(all)) return 3;
      // The second is `/coreos.com/network` in the base64 of `etcdctl -w json`.
      if (/"PublicIP(?:v6)?\\?":/.test(all) && /"BackendType\\?":/.test(all)) return 3;
      if (all.includes('"key":"L2NvcmVvcy5jb20vbmV0d29ya')) return 3;
      return /^\s*\{?\s*"(?:EnableIPv6|Network)": ?/m.test(all) && /"Backend"|"SubnetLen"/.test(all) ? 3 : 0;
    },
  },
  parse(text, sink, context) {
    const kinds = new Set<EtcdFact['kind']>(listedBy(context.argv));
    const out: Sink<EtcdFact> = {
      ...sink,
      fact(line, fact) {
        kinds.add(fact.kind);
        sink.fact(line, fact);
      },
    };
    const state: State = { argv: context.argv, key: keyOf(context.argv), saw: false, failures: [] };
    splitObjects(text, {
      noise: (line) => out.noise(line),
      gap: (line, reason) => out.gap(line, reason),
      cut: (detail) => out.incomplete('truncated', detail),
      object(object) {
        if (object.format === 'json') takeValue(object, state, out);
        else for (let i = object.from; i < object.to; i++) takeLine(i, text.line(i), state, out);
      },
    });
    for (const { line, detail } of state.failures) {
      const denied = /permission|insufficient credentials|certificate/i.test(detail);
      if (state.saw) out.noise(line);
      else out.failed(line, denied ? 'permission-denied' : 'command-failed', detail);
    }
    if (context.argv.length > 0 || state.saw) out.only([...kinds]);
  },
});

/** What a command line lists, be there keys or none: the configuration's value is no listing of leases. */
function listedBy(argv: readonly string[]): readonly EtcdFact['kind'][] {
  const key = keyOf(argv) ?? '';
  const isConfig = /\/config$/.test(key) || argv[0] === 'cat';
  if (isConfig) return ['flannel-config'];
  if (argv.includes('ls') || argv.includes('--keys-only')) return ['flannel-subnet-key'];
  const whole = argv.some((word) => word === '--prefix' || /[?&]recursive=true/.test(word));
  return whole ? ['flannel-lease'] : [];
}

interface State {
  readonly argv: readonly string[];
  /** The key of a bare value stands in the command line; in v3 output it stands in the line before. */
  key: string | undefined;
  saw: boolean;
  readonly failures: { readonly line: number; readonly detail: string }[];
}

function takeLine(at: number, line: string, state: State, out: Sink<EtcdFact>): void {
  const key = line.length > MAX_KEY ? undefined : (KEY_LINE.exec(line)?.[1] ?? FIELD_KEY.exec(line)?.[1]);
  const value = FIELD_VALUE.exec(line.slice(0, 4 * MAX_KEY))?.[1];
  if (FAILURE.test(line)) state.failures.push({ line: at, detail: line.trim().slice(0, 200) });
  else if (key !== undefined) {
    state.key = key;
    state.saw = true;
    takeKey(at, key, state.argv, out);
  } else if (value !== undefined) takeField(at, value, state, out);
  else if (line.trim() === '' || CHATTER.test(line) || line === state.key) out.noise(at);
  else out.gap(at, 'neither a key nor a value of flannel');
}

function takeField(at: number, quoted: string, state: State, out: Sink<EtcdFact>): void {
  const reading = readJson(quoted.replace(/\\(["\\])/g, '$1'), 0);
  if ('error' in reading) {
    out.gap(at, reading.error);
    return;
  }
  state.saw = true;
  out.part(at);
  const config = flannelConfig(reading.value);
  if (!config) takeLease(reading.value, state.key, undefined, out, () => at);
  else if (hasPlainNetworks(config)) out.fact(at, config);
  else out.gap(at, 'the network is masked');
}

function takeValue(object: ObjectText, state: State, out: Sink<EtcdFact>): void {
  const reading = readJson(object.source(), object.from);
  for (let i = object.from; i < object.to; i++) {
    if ('error' in reading) out.gap(i, reading.error);
    else out.part(i);
  }
  if ('error' in reading) return;
  // zap logs on stderr: `{"level":"warn",…,"error":"context deadline exceeded"}`.
  if (textAt(reading.value, 'level') !== undefined) return;
  state.saw = true;
  takeJson(reading.value, state.key, out);
}

/** The argument that names a key: `/coreos.com/network/config`, or the URL of the v2 API. */
const keyOf = (argv: readonly string[]): string | undefined =>
  argv
    .find((word) => /\/(?:network|flannel)\b/.test(word) && !word.startsWith('--'))
    ?.replace(/^https?:\/\/.*?\/v2\/keys/, '')
    .replace(/\?.*$/, '');

/** `10.244.24.0-24`, or with IPv6 `10.5.1.0-24&fc00:0:0:1::-64`. */
function subnetsOf(key: string): string[] {
  const match = SUBNET_KEY.exec(key);
  if (!match) return [];
  const v6 = match[3]?.includes('::') ? match[3] : match[3]?.replaceAll('-', ':');
  return [`${match[1]}/${match[2]}`, `${v6}/${match[4]}`].flatMap((p) => canonicalPrefix(p) ?? []);
}

/** A key on a line of its own: of `ls`, or of v3 `get`, whose value follows. */
function takeKey(line: number, key: string, argv: readonly string[], out: Sink<EtcdFact>): void {
  const subnets = subnetsOf(key);
  const listed = argv.length === 0 || argv.some((word) => word === 'ls' || word === '--keys-only');
  if (subnets.length > 0) out.part(line);
  else if (/\/subnets\/./.test(key)) out.gap(line, 'the subnet is masked or unreadable');
  else out.noise(line);
  for (const subnet of subnets) if (listed) out.fact(line, { kind: 'flannel-subnet-key', subnet });
}

function takeJson(value: Located, key: string | undefined, out: Sink<EtcdFact>): void {
  const config = flannelConfig(value);
  const kvs = itemsAt(value, 'kvs');
  if (config) {
    if (hasPlainNetworks(config)) out.fact(flannelConfigLine(value), config);
    else out.gap(flannelConfigLine(value), 'the network is masked');
  } else if (textAt(value, 'PublicIP') !== undefined || textAt(value, 'PublicIPv6') !== undefined) {
    takeLease(value, key, undefined, out, (line) => line);
  } else if (valueAt(value, 'node')?.kind === 'map') {
    for (const node of [value, ...itemsAt(value, 'node', 'nodes')])
      takeNode(node === value ? valueAt(value, 'node') : node, out);
  } else if (kvs.length > 0) {
    for (const kv of kvs) {
      const text = base64(textAt(kv, 'value'));
      takeInner(kv, base64(textAt(kv, 'key')), text, undefined, out);
    }
  } else if (numberAt(value, 'errorCode') !== undefined) {
    out.failed(value.line, 'command-failed', textAt(value, 'message') ?? 'etcd answers with an error');
  } else out.gap(value.line, 'neither a configuration nor a lease of flannel');
}

/** A node of the v2 HTTP answer: `{"key":"/coreos.com/network/subnets/…","value":"{…}","expiration":"…"}`. */
function takeNode(node: Located | undefined, out: Sink<EtcdFact>): void {
  if (node) takeInner(node, textAt(node, 'key'), textAt(node, 'value'), textAt(node, 'expiration'), out);
}

function takeInner(
  holder: Located,
  key: string | undefined,
  json: string | undefined,
  expiration: string | undefined,
  out: Sink<EtcdFact>,
): void {
  if (json === undefined) return;
  const line = lineAt(holder, 'value') ?? holder.line;
  const reading = readJson(json, 0);
  const config = 'value' in reading ? flannelConfig(reading.value) : undefined;
  if (config && hasPlainNetworks(config)) out.fact(line, config);
  else if ('value' in reading) takeLease(reading.value, key, expiration, out, () => line);
  else out.gap(line, reading.error);
}

function base64(text: string | undefined): string | undefined {
  if (text === undefined || !/^[A-Za-z0-9+/]+=*$/.test(text)) return undefined;
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

function takeLease(
  value: Located,
  key: string | undefined,
  expiration: string | undefined,
  out: Sink<EtcdFact>,
  lineOf: (line: number) => number,
): void {
  const line = lineOf(lineAt(value, 'PublicIP') ?? value.line);
  const subnets = key === undefined ? [] : subnetsOf(key);
  const backend = textAt(value, 'BackendType');
  if (subnets.length === 0) {
    announce(value, backend, out, line);
    return;
  }
  const readable = subnets.filter((subnet) => isReadable(textAt(value, publicKey(subnet))));
  if (readable.length === 0) out.gap(line, 'the public address is masked');
  for (const subnet of readable) {
    const publicIp = textAt(value, publicKey(subnet));
    out.fact(line, {
      kind: 'flannel-lease',
      subnet,
      ...(publicIp !== undefined && { publicIp }),
      ...(backend !== undefined && { backend }),
      ...tunnelOf(valueAt(value, subnet.includes(':') ? 'BackendV6Data' : 'BackendData')),
      ...(expiration !== undefined && { expiration }),
      source: 'etcd',
    });
  }
}

function tunnelOf(data: Located | undefined): { vtepMac?: string; vni?: number } {
  const vtepMac = textAt(data, 'VtepMAC')?.toLowerCase();
  const vni = numberAt(data, 'VNI');
  return { ...(vtepMac !== undefined && { vtepMac }), ...(vni !== undefined && { vni }) };
}

/** A lease without its key (`etcdctl get` prints the value alone): whose subnet it is is not known, the tunnel's end is. */
function announce(value: Located, backend: string | undefined, out: Sink<EtcdFact>, line: number): void {
  const publicIp = textAt(value, 'PublicIP');
  if (publicIp === undefined || !isReadable(publicIp)) {
    out.gap(line, publicIp === undefined ? 'a lease without its key' : 'the public address is masked');
    return;
  }
  out.fact(line, {
    kind: 'flannel-announcement',
    publicIp,
    ...(backend !== undefined && { backend }),
    ...tunnelOf(valueAt(value, 'BackendData')),
  });
  out.incomplete('truncated', 'the key of a lease is not told');
}

const publicKey = (subnet: string): string => (subnet.includes(':') ? 'PublicIPv6' : 'PublicIP');
const isReadable = (address: string | undefined): boolean =>
  address === undefined || parseAddress(address) !== undefined;
