import type { AddressFact, LinkFact, ManagedDeviceFact, RouteFact } from '../facts/index.js';
import { defineParser, formatAddress, isLladdr, parseAddress } from '../kit/index.js';
import { isManaged, isVerb, nmcliCommand, PRETTY } from './nmcli/command.js';
import { routeOf } from './nmcli/route.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { share } from './text/share.js';

/*
 * GENERAL.DEVICE:                         eth0
 * GENERAL.HWADDR:                         52:54:00:12:35:02
 * GENERAL.STATE:                          100 (connected)
 * IP4.ADDRESS[1]:                         192.168.50.11/24
 * IP4.ROUTE[1]:                           dst = 192.168.50.0/24, nh = 0.0.0.0, mt = 100
 *
 * NetworkManager src/nmcli/devices.c show_device_info and connections.c: `device show` has these for each device, `connection show NAME` has
 * the settings of the profile in front of them (`ipv4.method: auto`), which say what was asked for and not what is.
 */
const LINE = /^\s*([A-Za-z0-9][\w-]*(?:\[\d+\])?(?:\.[\w-]+(?:\[\d+\])?)+):\s*(.*?)\s*$/;
/** Values that go on in the next lines. */
const CONTINUED = /^\s{16,}\S/;

type Any = ManagedDeviceFact | LinkFact | AddressFact | RouteFact;

interface Device {
  readonly line: number;
  name: string;
  state: string;
  profile?: string;
  link: { lladdr?: string; mtu?: number };
  readonly rest: { readonly line: number; readonly key: string; readonly value: string }[];
}

const newDevice = (line: number, name: string): Device => ({ line, name, state: '', link: {}, rest: [] });

/** `192.168.50.11/24`, in old versions `ip = 192.168.50.11/24, gw = 192.168.50.1`. */
function addressOf(value: string): Pick<AddressFact, 'family' | 'address' | 'prefixLength'> | undefined {
  const match = /^(?:ip = )?([\da-fA-F.:]+)\/(\d{1,3})(?:,.*)?$/.exec(value);
  const parsed = parseAddress(match?.[1] ?? '');
  const length = Number(match?.[2]);
  if (!parsed || !(length <= (parsed.family === 4 ? 32 : 128))) return undefined;
  return { family: parsed.family, address: formatAddress(parsed), prefixLength: length };
}

function take(device: Device, key: string, value: string): string | undefined {
  if (value === '--' || value === '') return undefined;
  if (key === 'GENERAL.HWADDR') {
    if (!isLladdr(value))
      return /^[\da-fA-F:]{2,}$/.test(value) ? undefined : 'the link-layer address is masked or unreadable';
    device.link.lladdr = value.toLowerCase();
  } else if (key === 'GENERAL.MTU' && /^\d{1,10}$/.test(value)) device.link.mtu = Number(value);
  else if (key === 'GENERAL.STATE') device.state = /\((.*)\)$/.exec(value)?.[1] ?? value.replace(/^\d+ /, '');
  else if (key === 'GENERAL.CONNECTION' || key === 'GENERAL.NAME') device.profile = value;
  return undefined;
}

const REST = /^IP([46])\.(ADDRESS|ROUTE)\[\d+\]$/;

/** `nmcli device show`, `nmcli connection show NAME`. */
export const nmcliShow = defineParser<Any>({
  command: 'nmcli-show',
  emits: ['managed-device', 'link', 'address', 'route'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = nmcliCommand(argv);
      if (!command || command.terse || !isVerb(command.args, 'show')) return undefined;
      const names = command.args.slice(1).filter((word) => !word.startsWith('-'));
      if (command.object === 'device')
        return { kinds: ['managed-device'], ...(names[0] !== undefined && { scope: { dev: names[0] } }) };
      return command.object === 'connection' && names.length > 0 ? { kinds: [] } : undefined;
    },
    file: /(?:^|-)nmcli-(?:d|dev|device|c|con|connection)-show(?:-|$)/,
    sniff: (head) =>
      share(head, (line) => LINE.test(line.slice(0, 300))) > 0.7 &&
      head.some((line) => /^\s*(?:GENERAL|connection)\.\S+:/.test(line.slice(0, 100)))
        ? 3
        : 0,
  },
  parse(text, out) {
    let device: Device | undefined;
    let profile = false;
    const flush = (): void => {
      if (!device || device.name === '') return;
      const { line, name, state, link, rest } = device;
      if (state !== '')
        out.fact(line, {
          kind: 'managed-device',
          manager: 'NetworkManager',
          dev: name,
          managed: isManaged(state),
          state,
          ...(device.profile !== undefined && { profile: device.profile }),
        });
      out.fact(line, { kind: 'link', name, ...link });
      for (const { line: at, key, value } of rest) {
        const fact = factOf(name, key, value);
        if (typeof fact === 'string') out.gap(at, fact);
        else if (fact) out.fact(at, fact);
      }
      device = undefined;
    };
    const setting = (key: string, value: string, i: number): Taken => {
      if (key === 'GENERAL.DEVICE') {
        flush();
        device = newDevice(i, value);
        return 'row';
      }
      // The part of an active profile starts with its name, and says the device later.
      if (key === 'GENERAL.NAME') {
        flush();
        device = newDevice(i, '');
      }
      if (key === 'GENERAL.DEVICES' && device && !value.includes(',')) device.name = value === '--' ? '' : value;
      if (!device) {
        profile ||= key === 'connection.id';
        return 'noise';
      }
      if (REST.test(key)) device.rest.push({ line: i, key, value });
      const reason = take(device, key, value);
      return reason === undefined ? 'row' : gap(reason);
    };
    readRows(
      text,
      out,
      (whole, i) => {
        const line = whole.slice(0, 4000);
        const [, key, value = ''] = LINE.exec(line) ?? [];
        if (key !== undefined) return setting(key, value, i);
        return CONTINUED.test(line) || PRETTY.test(line) ? 'noise' : gap('not a line of nmcli');
      },
      flush,
    );
    out.only(profile ? [] : ['managed-device']);
  },
});

/** The fact of an address or route; nothing when it has none; a reason when it can't be read. */
function factOf(dev: string, key: string, value: string) {
  const match = REST.exec(key);
  const family = match?.[1] === '4' ? 4 : 6;
  if (match?.[2] === 'ROUTE') return routeOf(value, dev, family);
  const address = addressOf(value);
  if (!address) return 'the address is masked or unreadable';
  return { kind: 'address' as const, dev, ...address, flags: [] };
}
