import type { AddressFact, LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { addressOf, type Counters, flagsOf, hardwareOf, headerOf, type Link, takeCounters } from './ifconfig/lines.js';
import { ifconfigInEnglish } from './text/net-tools.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * cni0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1450
 *         inet 10.244.0.1  netmask 255.255.255.0  broadcast 10.244.0.255
 *
 * cni0      Link encap:Ethernet  HWaddr 7A:01:61:E2:EF:DE
 *           inet addr:10.244.0.1  Bcast:10.244.0.255  Mask:255.255.255.0
 *           UP BROADCAST RUNNING MULTICAST  MTU:1450  Metric:1
 *
 * net-tools lib/interface.c ife_print_long: since 2.0 the first form; before, and in busybox (networking/interface.c), the second. BSD prints
 * the first with lines of its own. Of a device's IPv4 addresses only the first is shown, and those with a label of their own.
 */
const OLD_FLAGS = /^\s*((?:\[NO FLAGS\]|[A-Z]+)(?: +[A-Z]+)*) +MTU:(\d{1,10}) +Metric:\d+/;
/** Queue, interrupts, other protocols; the settings that BSD prints. */
const REST =
  /^\s+(?:collisions:\d|txqueuelen|Interrupt:|Base address:|Memory:|DMA chan:|device (?:interrupt|base|memory)|compressed:|media[: ]|status:|options[ =]|nd6 options|(?:xflags|ec_capabilities|ec_enabled|eflags|rtlimits|capabilities|enabled)=|ether |hwaddr |groups?:|member:|syncpeer: |tcp_sendspace |supported media: |Configuration:|id \d|maxage|root id|ifmaxaddr|ipfilter|tunnel |laggproto|laggport|vlan:|parent |plugged:|vendor:|module temperature|lane \d|[RT]X:? |bridge|agent |priority|nexus |generation|link quality|state (?:availability|quality)|timestamp|qosmarking|mode: |trunk|carp:|index \d|description:|(?:un)?spec\b|RX|TX|EtherTalk|econet|IPX|inet6? options|port|fib:|drivername:|pltime|desired|scheduler:|uplink|downlink|low power|multi|netif:|flowswitch:|type:|routermode|cost |hostap|Address cache|Outfill:)/i;
/** Those that most have, where a paste lost the indentation. */
const AT_MARGIN =
  /^(?:collisions:\d|Interrupt:\d|Base address:|Memory:[\da-f]|options=|nd6 options=|ether [\da-f:]+|hwaddr [\da-f:]+|media: |status: |groups?: |member: |inet6 options=|Infiniband hardware address can be incorrect!)/;

interface Block {
  readonly line: number;
  readonly link: Link;
  /** The device and, for `eth0:1`, its label. */
  readonly alias: boolean;
  readonly counters: Counters;
}

const deviceOf = (name: string): string => name.replace(/:.*$/, '');

/** `ifconfig`: devices with their addresses. */
export const ifconfig = defineParser<LinkFact | AddressFact>({
  command: 'ifconfig',
  emits: ['link', 'address'],
  scope: 'stack',
  claims: {
    command(argv) {
      const [program, ...words] = argv[0] === 'busybox' ? argv.slice(1) : argv;
      const options = words.filter((word) => word.startsWith('-'));
      const names = words.filter((word) => !word.startsWith('-'));
      // `-s` is the table of `netstat -i`; more words set something.
      if (program !== 'ifconfig' || names.length > 1 || options.some((o) => /^-(?:s|-short)$/.test(o)))
        return undefined;
      // Secondary addresses without a label are left out: no listing of addresses.
      const kinds = ['link'];
      if (names[0] !== undefined) return { kinds, scope: { dev: names[0] } };
      return options.some((o) => /^-\w*a/.test(o)) ? { kinds } : { kinds, scope: { up: '' } };
    },
    file: /(?:^|-)ifconfig(?:-?a|-all)?$/,
    sniff: (head) => (head.some((line) => headerOf(ifconfigInEnglish(line.slice(0, 300))) !== undefined) ? 3 : 0),
  },
  parse(text, out, { argv }) {
    out.only(['link']);
    let block: Block | undefined;
    let down = false;
    const flush = (): void => {
      if (!block) return;
      const { line, link, alias, counters } = block;
      if (link.flags && !link.flags.includes('UP')) down = true;
      if (!alias) out.fact(line, { ...link, ...(Object.keys(counters).length > 0 && { counters }) });
      block = undefined;
    };
    readRows(
      text,
      out,
      (whole, i): Taken => {
        const line = ifconfigInEnglish(whole.slice(0, 1000));
        // `netstat -ie` has the title of its table.
        if (!block && /^Kernel Interface table$/.test(line)) return 'noise';
        const header = headerOf(line);
        if (header) {
          flush();
          block = { line: i, link: header.link, alias: header.alias, counters: {} };
          return header.masked ? gap('the link-layer address is masked or unreadable') : 'row';
        }
        if (!block) return gap('not a line of ifconfig');
        const address = addressOf(line);
        if (typeof address === 'string') return gap(address);
        if (address) {
          const { name } = block.link;
          out.fact(i, { kind: 'address', dev: deviceOf(name), ...address, ...(block.alias && { label: name }) });
          return 'row';
        }
        const flags = OLD_FLAGS.exec(line);
        if (flags) {
          block.link.flags = flags[1] === '[NO FLAGS]' ? [] : flagsOf(wordsOf(flags[1] ?? ''));
          block.link.mtu = Number(flags[2]);
          return 'row';
        }
        const hardware = hardwareOf(line);
        if (hardware) {
          if (hardware.type !== undefined) block.link.linkType = hardware.type;
          if (hardware.lladdr !== undefined) block.link.lladdr = hardware.lladdr;
          return hardware.masked ? gap('the link-layer address is masked or unreadable') : 'row';
        }
        if (takeCounters(line, block.counters)) return 'row';
        return REST.test(line) || AT_MARGIN.test(line) ? 'noise' : gap('not a line of ifconfig');
      },
      flush,
    );
    if (argv.length === 0 && !down) out.incomplete('filtered', 'without -a only the devices that are up');
  },
});
