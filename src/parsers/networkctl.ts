import type { LinkFact, ManagedDeviceFact } from '../facts/index.js';
import { type Draft, defineParser, isLladdr } from '../kit/index.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * IDX LINK     TYPE     OPERATIONAL SETUP
 *   2 eth0     ether    routable    configured
 *
 * ● 2: eth0
 *              Network File: /run/systemd/network/10-netplan-eth0.network
 *                     State: routable (configured)
 *          Hardware Address: 52:54:00:12:35:02
 *
 * systemd src/network/networkctl.c list_links, link_status_one, system_status, link_lldp_status.
 */
const LIST = /^\s*IDX LINK\s+TYPE\s+OPERATIONAL\s+SETUP\s*$/;
const LLDP = /^\s*LINK\s+(?:SYSTEM-NAME|CHASSIS[- ]ID)\s/;
const ROW = /^\s*(\d{1,10}) (\S+)\s+(\S+)\s+([a-z/-]+)\s+([a-z/-]+)\s*$/;
const BLOCK = /^\s*(?:[●○◌×*x↻]\s+)?(\d{1,10}): (\S+)\s*$/;
const KEY = /^\s*(?:[●○◌×*x↻]\s*)?([A-Z6][\w ()/.-]{1,40}): (\S.*?)\s*$/;
/** `networkctl status` of the machine begins so. */
const MACHINE = /^[●○*] +State: [a-z-]+\s*$/;
const CONTINUED = /^\s{8,}\S/;
/** The service's last lines in the journal, below each status. */
const JOURNAL = /^[A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2} \S+ \S+?\[\d+\]: /;
const REMARK =
  /^\s*(?:\d+ links? listed\.|Total entries displayed: \d+|Capability Flags:|\S+ - .*; .*|Warning: The unit file|systemd-networkd is not running, output (?:will|might) be incomplete\.|Journal has been rotated|-- )/;

const isManaged = (setup: string): boolean => setup !== 'unmanaged';

type Managed = { -readonly [K in keyof Draft<ManagedDeviceFact>]: Draft<ManagedDeviceFact>[K] };
type Link = { -readonly [K in keyof Draft<LinkFact>]: Draft<LinkFact>[K] };

interface Device {
  readonly line: number;
  readonly managed: Managed;
  readonly link: Link;
}

/** One setting of a device; a reason when it can't be read. */
function take({ managed, link }: Device, key: string, value: string): string | undefined {
  if (key === 'State') {
    const state = /^([a-z-]+) \(([a-z-]+)\)/.exec(value);
    if (!state) return 'the state is unreadable';
    managed.state = state[1] ?? '';
    managed.setup = state[2] ?? '';
    managed.managed = isManaged(managed.setup);
  } else if (key === 'Network File' && value !== 'n/a') managed.profile = value;
  else if (key === 'HW Address' || key === 'Hardware Address') {
    const address = wordsOf(value)[0] ?? '';
    if (!isLladdr(address)) return 'the link-layer address is masked or unreadable';
    link.lladdr = address.toLowerCase();
  } else if (key === 'MTU') {
    const mtu = /^\d{1,10}/.exec(value)?.[0];
    if (mtu !== undefined) link.mtu = Number(mtu);
  } else if (key === 'Master') link.master = value;
  return undefined;
}

/** `networkctl [list]`, `networkctl status`, `networkctl lldp`. */
export const networkctl = defineParser<ManagedDeviceFact | LinkFact>({
  command: 'networkctl',
  emits: ['managed-device', 'link'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] !== 'networkctl') return undefined;
      const words = argv.slice(1).filter((word) => !word.startsWith('-'));
      const [verb = 'list', ...names] = words;
      if (verb === 'lldp') return { kinds: [] };
      if (verb !== 'list' && verb !== 'status') return undefined;
      // Without a name `status` is that of the machine.
      const all = verb === 'list' || argv.some((word) => word === '--all' || /^-[a-z]*a/.test(word));
      if (names.length === 0) return all ? { kinds: ['managed-device'] } : { kinds: [] };
      return { kinds: ['managed-device'], scope: { dev: names.join(' ') } };
    },
    file: /(?:^|-)networkctl(?:-(?:list|status|lldp))?(?:-a|-all)?(?:-|$)/,
    sniff(all) {
      const head = all.filter((line) => line.trim() !== '');
      if (head.some((line) => LIST.test(line.slice(0, 200)))) return 3;
      if (MACHINE.test(head.find((line) => line.trim() !== '')?.slice(0, 200) ?? '')) return 3;
      const at = head.findIndex((line) => BLOCK.test(line.slice(0, 200)));
      return at !== -1 && /^\s+(?:Link File|NetDev File|Network File): /.test(head[at + 1]?.slice(0, 200) ?? '')
        ? 3
        : 0;
    },
  },
  parse(text, out) {
    let device: Device | undefined;
    let table: 'list' | 'lldp' | undefined;
    let machine = false;
    let some = false;
    const flush = (): void => {
      if (device && device.managed.state !== '') {
        out.fact(device.line, device.managed);
        out.fact(device.line, device.link);
      }
      device = undefined;
    };
    const setting = (key: string, value: string): Taken => {
      if (!device) {
        machine = true;
        return 'noise';
      }
      const reason = take(device, key, value);
      return reason === undefined ? 'row' : gap(reason);
    };
    readRows(
      text,
      out,
      (whole, i) => {
        const line = whole.slice(0, 2000);
        const [block, row] = [BLOCK.exec(line), ROW.exec(line)];
        if (LIST.test(line) || LLDP.test(line)) {
          table = LIST.test(line) ? 'list' : 'lldp';
          return 'noise';
        }
        if (JOURNAL.test(line) || REMARK.test(line)) return 'noise';
        if (block) {
          flush();
          some = true;
          const name = block[2] ?? '';
          const managed: Managed = {
            kind: 'managed-device',
            manager: 'systemd-networkd',
            dev: name,
            managed: false,
            state: '',
          };
          device = { line: i, managed, link: { kind: 'link', name, index: Number(block[1]) } };
          return 'row';
        }
        if (table === 'lldp') return 'noise';
        if (table === 'list' && row) {
          const [, index, name = '', , state = '', setup = ''] = row;
          // Long names are cut with an ellipsis.
          if (/…|\.\.\./.test(name)) return gap('the interface name is cut');
          some = true;
          const managed = isManaged(setup);
          out.fact(i, { kind: 'managed-device', manager: 'systemd-networkd', dev: name, managed, state, setup });
          out.fact(i, { kind: 'link', name, index: Number(index) });
          return 'row';
        }
        const [, key = '', value = ''] = KEY.exec(line) ?? [];
        if (key !== '' && table === undefined) return setting(key, value);
        return (device || machine) && CONTINUED.test(line) ? 'row' : gap('not a line of networkctl');
      },
      flush,
    );
    out.only(some ? ['managed-device'] : []);
  },
});
