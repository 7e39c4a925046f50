import type { InterfaceConfigFact } from '../facts/index.js';
import { canonicalAddress, defineParser, maskLength } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { baseOf, onlyPath, pathsRead } from './text/reader.js';

/*
 * DEVICE=eth0
 * BOOTPROTO=none
 * IPADDR=10.0.0.5
 * PREFIX=24
 *
 * /etc/sysconfig/network-scripts/ifcfg-* of RHEL and /etc/sysconfig/network/ifcfg-* of SUSE. Keys of wireless networks stay unread.
 */
const LINE = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$/;
const TELLING: ReadonlySet<string> = new Set([
  'DEVICE',
  'BOOTPROTO',
  'IPADDR',
  'NETMASK',
  'PREFIX',
  'ONBOOT',
  'STARTMODE',
  'HWADDR',
  'NM_CONTROLLED',
  'GATEWAY',
  'MTU',
  'MASTER',
  'BRIDGE',
]);

const unquoted = (value: string): string => value.trim().replace(/^(["'])(.*)\1$/, '$2');

/** One device as an ifcfg file wants it. */
export const ifcfg = defineParser<InterfaceConfigFact>({
  command: 'ifcfg',
  emits: ['interface-config'],
  scope: 'stack',
  claims: {
    command: (argv) => (pathsRead(argv).some((path) => /\/ifcfg-[^/]+$/.test(path)) ? {} : undefined),
    file: /(?:^|-)ifcfg-[\w-]+$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
      const keys = lines.map((line) => LINE.exec(line.slice(0, 500))?.[1]);
      if (keys.includes(undefined)) return 0;
      const telling = keys.filter((key) => TELLING.has(key ?? '')).length;
      return keys.includes('BOOTPROTO') && telling > 1 ? 3 : telling > 2 ? 2 : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const values = new Map<string, { value: string; line: number }>();
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const [, key, value = ''] = LINE.exec(line.slice(0, 2000)) ?? [];
      if (line.trim() === '' || line.trim().startsWith('#')) out.noise(i);
      else if (key === undefined) {
        if (!failures.take(i, line)) out.gap(i, 'no variable');
      } else {
        values.set(key, { value: unquoted(value), line: i });
        out.part(i);
      }
    }
    failures.close(values.size > 0);
    const of = (key: string): string | undefined => values.get(key)?.value || undefined;
    const [first] = values.values();
    const path = onlyPath(context.argv) ?? context.fileName;
    const dev = of('DEVICE') ?? /^ifcfg-(.+)$/.exec(baseOf(path))?.[1];
    if (!first || dev === undefined) return;
    const addresses: string[] = [];
    for (const suffix of ['', '0', '1', '2', '3']) {
      const written = of(`IPADDR${suffix}`);
      if (written === undefined) continue;
      const address = canonicalAddress(written.replace(/\/\d+$/, ''));
      if (address === undefined) {
        out.gap(values.get(`IPADDR${suffix}`)?.line ?? first.line, 'the address of the device is masked');
        return;
      }
      const length =
        /\/(\d+)$/.exec(written)?.[1] ??
        of(`PREFIX${suffix}`) ??
        of(`PREFIXLEN${suffix}`) ??
        maskLength(of(`NETMASK${suffix}`) ?? '');
      addresses.push(length === undefined ? address : `${address}/${length}`);
    }
    const [proto, gateway, mtu] = [of('BOOTPROTO'), canonicalAddress(of('GATEWAY') ?? ''), of('MTU')];
    const master = of('MASTER') ?? of('BRIDGE');
    const mac = (of('HWADDR') ?? of('MACADDR'))?.toLowerCase();
    const controlled = of('NM_CONTROLLED');
    out.fact(first.line, {
      kind: 'interface-config',
      dev,
      source: 'ifcfg',
      addresses,
      ...(proto !== undefined && { dhcp: /dhcp/i.test(proto) }),
      ...(gateway !== undefined && { gateway }),
      ...(mtu !== undefined && /^\d{1,6}$/.test(mtu) && { mtu: Number(mtu) }),
      ...(mac !== undefined && { mac }),
      ...(master !== undefined && { master }),
      ...(controlled !== undefined && { nmControlled: !/^(?:no|false|0)$/i.test(controlled) }),
    });
  },
});
