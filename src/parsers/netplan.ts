import type { InterfaceConfigFact } from '../facts/index.js';
import { canonicalAddress, type Draft, defineParser, parseAddress } from '../kit/index.js';
import { failureIn } from './text/failure.js';
import { flagAt, itemsAt, type Located, numberAt, textAt, valueAt } from './text/located.js';
import { pathsRead } from './text/reader.js';
import { loadYaml, readYaml } from './text/yaml.js';

/*
 * network:
 *   version: 2
 *   ethernets:
 *     eth0:
 *       dhcp4: false
 *       addresses: [10.0.0.5/24]
 *
 * /etc/netplan/*.yaml. Passwords of wireless networks stay unread.
 */
const GROUPS = ['ethernets', 'bonds', 'bridges', 'vlans', 'tunnels', 'vrfs', 'dummy-devices'] as const;

/** Devices as netplan wants them. */
export const netplan = defineParser<InterfaceConfigFact>({
  command: 'netplan',
  emits: ['interface-config'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] === 'netplan' && argv[1] === 'get') return {};
      return pathsRead(argv).some((path) => /\/netplan\/[^/]+\.ya?ml$/.test(path)) ? {} : undefined;
    },
    file: /(?:^|-)netplan(?:-|$)|(?:cloud-init|network-manager-all|installer-config|netcfg)-ya?ml$/,
    sniff(head) {
      const at = head.findIndex((line) => /^network:\s*$/.test(line));
      if (at < 0) return 0;
      const inside = head.slice(at + 1).filter((line) => line.length < 500);
      return inside.some((line) => /^\s+(?:ethernets|bonds|bridges|vlans|tunnels|renderer|version):/.test(line))
        ? 3
        : 0;
    },
  },
  prepare: loadYaml,
  parse(text, out) {
    const lines = Array.from({ length: text.count }, (_, i) => text.line(i));
    const first = lines.findIndex((line) => line.trim() !== '');
    const reason = first < 0 ? undefined : failureIn(lines[first] ?? '');
    if (reason) {
      out.failed(first, reason, (lines[first] ?? '').trim().slice(0, 200));
      return;
    }
    const reading = readYaml(lines.join('\n'), 0);
    if ('error' in reading) {
      out.gap(Math.min(reading.line, text.count - 1), reading.error);
      return;
    }
    const network = valueAt(reading.value, 'network') ?? reading.value;
    if (GROUPS.every((group) => valueAt(network, group) === undefined) && valueAt(network, 'version') === undefined)
      return;
    for (const [i, line] of lines.entries()) line.trim().startsWith('#') ? out.noise(i) : out.part(i);
    for (const group of GROUPS) {
      const devices = valueAt(network, group);
      if (devices?.kind !== 'map') continue;
      for (const [dev, { line, value }] of devices.entries) {
        const fact = deviceOf(dev, value);
        if (fact) out.fact(line, fact);
        else out.gap(line, 'an address of the device is masked');
      }
    }
  },
});

function deviceOf(dev: string, value: Located): Draft<InterfaceConfigFact> | undefined {
  // An address may be a map of one entry with its options.
  const addresses = itemsAt(value, 'addresses').flatMap((item) =>
    item.kind === 'text' ? item.text : item.kind === 'map' ? [...item.entries.keys()] : [],
  );
  const routed = itemsAt(value, 'routes').find((route) =>
    /^(?:default|0\.0\.0\.0\/0)$/.test(textAt(route, 'to') ?? ''),
  );
  const gateway = textAt(value, 'gateway4') ?? textAt(routed, 'via');
  if (![...addresses, ...(gateway === undefined ? [] : [gateway])].every((a) => parseAddress(a.replace(/\/\d+$/, ''))))
    return undefined;
  const dhcp = flagAt(value, 'dhcp4') ?? flagAt(value, 'dhcp6');
  const mtu = numberAt(value, 'mtu');
  const mac = textAt(value, 'macaddress')?.toLowerCase();
  const master = textAt(value, 'link');
  return {
    kind: 'interface-config',
    dev,
    source: 'netplan',
    addresses,
    ...(dhcp !== undefined && { dhcp }),
    ...(gateway !== undefined && { gateway: canonicalAddress(gateway) ?? gateway }),
    ...(mtu !== undefined && { mtu }),
    ...(mac !== undefined && { mac }),
    ...(master !== undefined && { master }),
  };
}
