import type { AddressFact, BridgePortFact, LinkCounters, LinkFact, LinkInfo } from '../../../facts/index.js';
import { formatAddress, parseAddress } from '../../../kit/index.js';
import { bridgePort } from '../../bridge/port.js';
import { hasFlag, isLinkAddress, lineOfKey, type ObjectOut } from '../iproute2-json.js';
import { itemsAt, type Located, lineAt, numberAt, textAt, textsAt, valueAt } from '../located.js';
import { vxlanOf } from './details.js';
import type { LinkFields } from './header.js';
import { FLAGS as ADDRESS_FLAGS } from './inet.js';

/*
 * {"ifindex":2,"link_index":2,"ifname":"eth0","flags":["BROADCAST","UP"],"mtu":1500,"operstate":"UP","link_type":"ether",
 *  "address":"b6:23:44:d9:52:7e","link_netnsid":0,"addr_info":[{"family":"inet","local":"192.168.50.11","prefixlen":24,…}]}
 *
 * iproute2 ip/ipaddress.c print_linkinfo and print_addrinfo.
 */

/** Members of a kind's settings whose plain words are others (ip/iplink_vxlan.c). */
const VXLAN_WORDS: ReadonlyMap<string, string> = new Map([
  ['link', 'dev'],
  ['port', 'dstport'],
]);

/** Settings by the names that JSON has for them; switches as the plain form prints them. */
function infoOf(object: Located | undefined, kind: string): LinkInfo {
  const pairs: [string, string][] = [];
  if (object?.kind === 'map') {
    for (const [key, { value }] of object.entries) {
      if (value.kind !== 'text') continue;
      const text = textAt(object, key);
      const flag = value.plain && (text === 'true' || text === 'false');
      if (kind === 'vxlan' && flag && (key === 'learning' || key === 'gbp')) {
        if (text === 'true') pairs.push([key, '']);
        else if (key === 'learning') pairs.push(['nolearning', '']);
      } else {
        const name = kind === 'vxlan' ? (VXLAN_WORDS.get(key) ?? key) : key;
        pairs.push([name, flag ? (text === 'true' ? 'on' : 'off') : (text ?? '')]);
      }
    }
  }
  return { kind, attributes: Object.fromEntries(pairs) };
}

function takeInfo(object: Located, fields: LinkFields, out: ObjectOut<never>): void {
  const kind = textAt(object, 'linkinfo', 'info_kind');
  const slave = textAt(object, 'linkinfo', 'info_slave_kind');
  if (slave !== undefined)
    fields.slave = infoOf(
      valueAt(object, 'linkinfo', 'info_slave_data'),
      slave.endsWith('_slave') ? slave : `${slave}_slave`,
    );
  if (kind === undefined) return;
  const info = infoOf(valueAt(object, 'linkinfo', 'info_data'), kind);
  if (kind === 'vxlan') {
    const vxlan = vxlanOf(info);
    if (!vxlan) {
      out.gap(valueAt(object, 'linkinfo')?.line ?? object.line, "VXLAN's settings are masked or unreadable");
      return;
    }
    fields.vxlan = vxlan;
  }
  fields.info = info;
}

function countersOf(object: Located): LinkCounters | undefined {
  const stats = valueAt(object, 'stats64') ?? valueAt(object, 'stats');
  if (!stats) return undefined;
  const counters: { -readonly [K in keyof LinkCounters]: LinkCounters[K] } = {};
  const take = (key: keyof LinkCounters, way: 'rx' | 'tx', name: string): void => {
    const n = numberAt(stats, way, name);
    if (n !== undefined) counters[key] = n;
  };
  take('rxPackets', 'rx', 'packets');
  take('rxErrors', 'rx', 'errors');
  take('rxDropped', 'rx', 'dropped');
  take('txPackets', 'tx', 'packets');
  take('txErrors', 'tx', 'errors');
  take('txDropped', 'tx', 'dropped');
  return counters;
}

/** One device of `ip -j link` or `ip -j addr`; an empty object is a device that a selection left out. */
export function readLink(object: Located, out: ObjectOut<LinkFact | BridgePortFact>): void {
  if (object.kind === 'map' && object.entries.size === 0) return;
  const line = lineOfKey(object, 'ifname');
  const name = textAt(object, 'ifname');
  if (name === undefined) {
    out.gap(line, 'a device without its name');
    return;
  }
  const fields: LinkFields = { name };
  const set = <K extends keyof LinkFields>(key: K, value: LinkFields[K] | undefined): void => {
    if (value !== undefined) fields[key] = value;
  };
  const flags = valueAt(object, 'flags');
  const altNames = textsAt(object, 'altnames');
  const lladdr = textAt(object, 'address');
  set('index', numberAt(object, 'ifindex'));
  set('peerIndex', numberAt(object, 'link_index'));
  set('peerName', textAt(object, 'link'));
  if (flags) fields.flags = textsAt(object, 'flags');
  set('mtu', numberAt(object, 'mtu'));
  set('state', textAt(object, 'operstate'));
  set('master', textAt(object, 'master'));
  const group = textAt(object, 'group');
  if (group !== 'default') set('group', group);
  set('linkType', textAt(object, 'link_type'));
  set('netnsId', numberAt(object, 'link_netnsid'));
  set('netnsName', textAt(object, 'link_netns'));
  if (altNames.length > 0) fields.altNames = altNames;
  if (lladdr !== undefined) {
    if (isLinkAddress(lladdr)) fields.lladdr = lladdr.toLowerCase();
    else out.gap(lineOfKey(object, 'address'), 'the link-layer address is masked or unreadable');
  }
  takeInfo(object, fields, out);
  const counters = countersOf(object);
  out.fact(line, { kind: 'link', ...fields, ...(counters && { counters }) });
  if (fields.slave?.kind === 'bridge_slave') {
    const proof = lineAt(object, 'linkinfo', 'info_slave_kind') ?? line;
    out.fact(proof, bridgePort(name, fields.master, fields.slave.attributes));
  }
}

/** Do the devices tell of bridge ports as well? `-d` does, but for an `ip` that is too old to. */
export function portsOf(): { see(object: Located): void; readonly told: () => boolean } {
  let [detailed, portless] = [false, false];
  return {
    see(object) {
      detailed ||= textAt(object, 'promiscuity') !== undefined;
      portless ||=
        textAt(object, 'master') !== undefined && textAt(object, 'linkinfo', 'info_slave_kind') === undefined;
    },
    told: () => detailed && !portless,
  };
}

/** What the kernel prints for a lifetime without end. */
const FOREVER = 0xffffffff;

/** The addresses of one device. */
export function readAddresses(object: Located, dev: string, out: ObjectOut<AddressFact>): void {
  for (const item of itemsAt(object, 'addr_info')) {
    if (item.kind === 'map' && item.entries.size === 0) continue;
    const line = lineOfKey(item, 'local');
    const local = parseAddress(textAt(item, 'local') ?? '');
    const length = numberAt(item, 'prefixlen');
    const said = textAt(item, 'address');
    const peer = said === undefined ? undefined : parseAddress(said);
    if (!local) out.gap(line, 'the address is masked or unreadable');
    else if (said !== undefined && peer?.family !== local.family)
      out.gap(lineOfKey(item, 'address'), "the peer's address is masked or unreadable");
    else if (length === undefined || length < 0 || length > (local.family === 4 ? 32 : 128))
      out.gap(line, 'an address without its prefix length');
    else {
      const scope = textAt(item, 'scope');
      const label = textAt(item, 'label');
      const lifetime = numberAt(item, 'valid_life_time');
      out.fact(line, {
        kind: 'address',
        dev,
        family: local.family,
        address: formatAddress(local),
        prefixLength: length,
        flags: [...ADDRESS_FLAGS].filter((flag) => hasFlag(item, flag)),
        ...(peer && { peer: formatAddress(peer) }),
        ...(scope !== undefined && { scope }),
        ...(label !== undefined && { label }),
        ...(lifetime !== undefined && { validLifetime: lifetime === FOREVER ? ('forever' as const) : lifetime }),
      });
    }
  }
}
