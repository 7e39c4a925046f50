import type { AddressFact, HostnameFact, LinkFact, RouteFact, RouteType } from '../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft, defineParser, isLladdr, parseAddress } from '../kit/index.js';
import { splitObjects } from './text/documents.js';
import { readJson } from './text/json.js';
import { type Located, numberAt, textAt, valueAt } from './text/located.js';
import { loadYaml, readYaml } from './text/yaml.js';

/*
 * metadata:
 *     namespace: network
 *     type: RouteStatuses.net.talos.dev
 *     id: inet4/192.168.50.1//1024
 * spec:
 *     family: inet4
 *     dst: ""
 *     gateway: 192.168.50.1
 *
 * What a Talos node says of its network: resources of pkg/machinery/resources/network (route_status.go, address_status.go, link_status.go,
 * hostname_status.go), one YAML document each, as `talosctl get -o yaml` and `talosctl support` print them.
 */
type TalosFact = AddressFact | HostnameFact | LinkFact | RouteFact;

const TYPES: ReadonlySet<string> = new Set([
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
]);
const isRouteType = (text: string): text is RouteType => TYPES.has(text);

const familyOf = (spec: Located | undefined): 4 | 6 => (textAt(spec, 'family') === 'inet6' ? 6 : 4);

/** An empty text is the absence of a value. */
const said = (spec: Located | undefined, key: string): string | undefined => textAt(spec, key) || undefined;

const flagsOf = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : text.split(/[,|]\s*/).filter((f) => f !== '');

function routeOf(spec: Located | undefined): Draft<RouteFact> | string {
  const family = familyOf(spec);
  const dst = said(spec, 'dst');
  const prefix = dst === undefined ? (family === 4 ? '0.0.0.0/0' : '::/0') : canonicalPrefix(dst);
  if (prefix === undefined) return 'the destination is masked or unreadable';
  const type = said(spec, 'type') ?? 'unicast';
  const [via, dev] = [said(spec, 'gateway'), said(spec, 'outLinkName')];
  const [proto, scope, src] = [said(spec, 'protocol'), said(spec, 'scope'), said(spec, 'src')];
  const metric = numberAt(spec, 'priority');
  const source = src === undefined ? undefined : canonicalAddress(src);
  const gateway = via === undefined ? undefined : canonicalAddress(via);
  if (via !== undefined && gateway === undefined) return 'the gateway is masked or unreadable';
  return {
    kind: 'route',
    family,
    type: isRouteType(type) ? type : 'unicast',
    prefix,
    table: said(spec, 'table') ?? 'main',
    nexthops:
      gateway === undefined && dev === undefined
        ? []
        : [
            {
              ...(gateway !== undefined && { via: gateway }),
              ...(dev !== undefined && { dev }),
              flags: flagsOf(said(spec, 'flags')),
            },
          ],
    ...(proto !== undefined && { proto }),
    ...(scope !== undefined && { scope }),
    ...(source !== undefined && { src: source }),
    ...(metric !== undefined && metric !== 0 && { metric }),
  };
}

function addressOf(spec: Located | undefined): Draft<AddressFact> | string {
  const [text = '', length = ''] = (said(spec, 'address') ?? '').split('/');
  const dev = said(spec, 'linkName');
  const address = canonicalAddress(text);
  if (address === undefined || !/^\d{1,3}$/.test(length)) return 'the address is masked or unreadable';
  if (dev === undefined) return 'an address without its link';
  const scope = said(spec, 'scope');
  return {
    kind: 'address',
    dev,
    family: parseAddress(address)?.family ?? 4,
    address,
    prefixLength: Number(length),
    flags: flagsOf(said(spec, 'flags')).filter((f) => f !== 'permanent'),
    ...(scope !== undefined && { scope }),
  };
}

/** `lowerLayerDown` is LOWERLAYERDOWN in `ip link`. */
function linkOf(name: string, spec: Located | undefined): Draft<LinkFact> {
  const [index, mtu, peer] = [numberAt(spec, 'index'), numberAt(spec, 'mtu'), numberAt(spec, 'linkIndex')];
  const [state, type, lladdr, kind] = ['operationalState', 'type', 'hardwareAddr', 'kind'].map((k) => said(spec, k));
  return {
    kind: 'link',
    name,
    flags: flagsOf(said(spec, 'flags')).map((f) => f.toUpperCase()),
    ...(index !== undefined && { index }),
    ...(peer !== undefined && peer !== 0 && { peerIndex: peer }),
    ...(mtu !== undefined && { mtu }),
    ...(state !== undefined && { state: state.toUpperCase() }),
    ...(type !== undefined && { linkType: type }),
    ...(lladdr !== undefined && isLladdr(lladdr) && { lladdr: lladdr.toLowerCase() }),
    ...(kind !== undefined && { info: { kind, attributes: {} } }),
  };
}

/** The fact of one resource; undefined for types that tell nothing of the network's state. */
function factOf(root: Located): Draft<TalosFact> | string | undefined {
  const spec = valueAt(root, 'spec');
  const id = textAt(root, 'metadata', 'id') ?? '';
  switch (textAt(root, 'metadata', 'type')) {
    case 'RouteStatuses.net.talos.dev':
      return routeOf(spec);
    case 'AddressStatuses.net.talos.dev':
      return addressOf(spec);
    case 'LinkStatuses.net.talos.dev':
      return id === '' ? 'a link without its name' : linkOf(id, spec);
    case 'HostnameStatuses.net.talos.dev': {
      const name = said(spec, 'hostname');
      return name === undefined ? undefined : { kind: 'hostname', name, source: 'hostname' };
    }
    default:
      return undefined;
  }
}

const KINDS: readonly (readonly [RegExp, TalosFact['kind']])[] = [
  [/^routestatus|^routes?$/, 'route'],
  [/^addressstatus|^address(?:es)?$/, 'address'],
  [/^linkstatus|^links?$/, 'link'],
  [/^hostnamestatus|^hostname$/, 'hostname'],
];

const kindsOf = (word: string): readonly TalosFact['kind'][] =>
  KINDS.flatMap(([pattern, kind]) => (pattern.test(word.toLowerCase()) ? [kind] : []));

/** Resources of Talos. */
export const talosResource = defineParser<TalosFact>({
  command: 'talos-resource',
  emits: ['address', 'hostname', 'link', 'route'],
  scope: 'stack',
  claims: {
    command(argv) {
      const at = argv[0] === 'talosctl' ? argv.indexOf('get') : -1;
      const kinds = at > 0 ? kindsOf(argv[at + 1] ?? '') : [];
      return kinds.length > 0 && argv.some((w) => /yaml|json/.test(w)) ? { kinds } : undefined;
    },
    file: /talos-dev-ya?ml$/,
    sniff: (head) => (head.some((line) => /^\s+"?type"?: "?\w+\.(?:\w+\.)?talos\.dev"?,?$/.test(line)) ? 3 : 0),
  },
  prepare: loadYaml,
  parse(text, out, { fileName }) {
    splitObjects(text, {
      noise: (line) => out.noise(line),
      gap: (line, reason) => out.gap(line, reason),
      cut: (detail) => out.incomplete('truncated', detail),
      object({ format, from, to, source }) {
        const read = format === 'json' ? readJson(source(), from) : readYaml(source(), from);
        const fact = 'error' in read ? read.error : factOf(read.value);
        for (let i = from; i < to; i++)
          if (typeof fact === 'string' && i === from) out.gap(i, fact);
          else if (fact === undefined || typeof fact === 'string') out.noise(i);
          else out.part(i);
        if (fact !== undefined && typeof fact !== 'string') out.fact(from, fact);
      },
    });
    const kinds = kindsOf(fileName);
    if (kinds.length > 0) out.only(kinds);
  },
});
