import type { AddressFact, LinkFact, ManagedDeviceFact } from '../facts/index.js';
import { type Draft, defineParser, formatAddress, isLladdr, parseAddress } from '../kit/index.js';
import { isManaged, nmcliCommand } from './nmcli/command.js';
import { gap, readRows, type Taken } from './text/rows.js';

/*
 * eth0: connected to eth0
 * 	"Red Hat Virtio"
 * 	ethernet (virtio_net), 52:54:00:12:35:02, hw, mtu 1500
 * 	ip4 default
 * 	inet4 192.168.50.11/24
 * 	route4 192.168.50.0/24 metric 100
 *
 * NetworkManager src/nmcli/general.c nmc_command_func_overview.
 */
const STATE =
  /^(\S{1,15}): ((?:connected|connecting|disconnected|deactivating|unmanaged|unavailable|connection failed|unknown|not connected)\b(?: \([^()]*\))?)(?: to (.*?))?\s*$/;
const HARDWARE = /^\s+[\w-]+(?: \([^()]*\))?, (?:([\da-fA-F:]{2,}|[\w:.-]+), )?(?:hw|sw)(?:, .*)?\s*$/;
const INET = /^\s+inet[46] (\S+)\/(\d{1,3})\s*$/;
const REST =
  /^\s+(?:".*"\s*$|ip[46](?:,? ip[46])? default|route[46] \S|master |port |servers: |domains: |interface: |type: |\d+ connections? available|[\w ]+, [\w-]+)/;
const REMARK = /^(?:Warning: nmcli |DNS configuration:|Use "nmcli |"nmcli connection show|Consult nmcli)/;
/** A VPN's line has no device of its own. */
const VPN = /^\S.* VPN connection\s*$/;

type Link = { -readonly [K in keyof Draft<LinkFact>]: Draft<LinkFact>[K] };

/** `nmcli` without arguments: devices that NetworkManager knows. */
export const nmcli = defineParser<ManagedDeviceFact | LinkFact | AddressFact>({
  command: 'nmcli',
  emits: ['managed-device', 'link', 'address'],
  scope: 'stack',
  claims: {
    command: (argv) => (nmcliCommand(argv)?.object === 'overview' ? { kinds: ['managed-device'] } : undefined),
    file: /(?:^|-)nmcli$/,
    sniff: (head) =>
      head.some(
        (line, i) =>
          STATE.test(line.slice(0, 300)) && /^\t"|^\s+[\w-]+(?: \([^()]*\))?, /.test(head[i + 1]?.slice(0, 300) ?? ''),
      )
        ? 3
        : 0,
  },
  parse(text, out) {
    out.only(['managed-device']);
    let device: { readonly line: number; readonly link: Link } | undefined;
    let some = false;
    const flush = (): void => {
      if (device) out.fact(device.line, device.link);
      device = undefined;
    };
    readRows(
      text,
      out,
      (whole, i): Taken => {
        const line = whole.slice(0, 1000);
        const state = STATE.exec(line);
        if (state) {
          flush();
          some = true;
          const [, dev = '', words = '', profile] = state;
          device = { line: i, link: { kind: 'link', name: dev } };
          out.fact(i, {
            kind: 'managed-device',
            manager: 'NetworkManager',
            dev,
            managed: isManaged(words),
            state: words,
            ...(profile !== undefined && { profile }),
          });
          return 'row';
        }
        const [inet, hardware] = [INET.exec(line), HARDWARE.exec(line)];
        if (inet && device) {
          const address = parseAddress(inet[1] ?? '');
          const prefixLength = Number(inet[2]);
          if (!address || prefixLength > (address.family === 4 ? 32 : 128))
            return gap('the address is masked or unreadable');
          const own = formatAddress(address);
          out.fact(i, {
            kind: 'address',
            dev: device.link.name,
            family: address.family,
            address: own,
            prefixLength,
            flags: [],
          });
          return 'row';
        }
        if (hardware && device) {
          if (isLladdr(hardware[1] ?? '')) device.link.lladdr = (hardware[1] ?? '').toLowerCase();
          const mtu = /, mtu (\d{1,10})\b/.exec(line)?.[1];
          if (mtu !== undefined) device.link.mtu = Number(mtu);
          return 'row';
        }
        if (REMARK.test(line) || VPN.test(line)) {
          if (line.startsWith('DNS')) flush();
          return 'noise';
        }
        return some && REST.test(line) ? 'noise' : gap('not a line of nmcli');
      },
      flush,
    );
  },
});
