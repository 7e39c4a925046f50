import type { LinkCounters, LinkFact } from '../facts/index.js';
import { defineParser, type Text } from '../kit/index.js';
import { netstatMode } from './netstat/command.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/*
 * Kernel Interface table
 * Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg
 * cni0             1450    18231      0      0 0         19034      0      0      0 BMRU
 *
 * net-tools lib/interface.c ife_print_short. The name's column has been 5, 8 and 15 wide, and a longer name is cut. The letters of the
 * flags are not read: P is two of them, and LOWER_UP has none.
 */
const HEADER = /^Iface +MTU +(?:Met +)?RX[-_]OK +RX[-_]ERR\b/;
/** Cumulus' cl-netstat rules its table, and cuts no names. */
const RULE = /^-{3,}(?: +-{3,})+$/;
const NUMBER = /^\d{1,20}$/;

function countersOf(words: readonly string[], names: readonly string[]): LinkCounters | undefined {
  const value = (name: string): number => Number(words[names.indexOf(name)]);
  const columns = ['RX-OK', 'RX-ERR', 'RX-DRP', 'TX-OK', 'TX-ERR', 'TX-DRP'];
  if (!columns.every((name) => NUMBER.test(words[names.indexOf(name)] ?? ''))) return undefined;
  return {
    rxPackets: value('RX-OK'),
    rxErrors: value('RX-ERR'),
    rxDropped: value('RX-DRP'),
    txPackets: value('TX-OK'),
    txErrors: value('TX-ERR'),
    txDropped: value('TX-DRP'),
  };
}

/** The title of the table, in whatever language. */
const isTitle = (text: Text, i: number, line: string): boolean =>
  line === 'Kernel Interface table' ||
  (!/\d/.test(line) && line.length < 80 && i + 1 < text.count && HEADER.test(text.line(i + 1).trim()));

/** `netstat -i`: devices with their MTU and counters. */
export const netstatI = defineParser<LinkFact>({
  command: 'netstat-i',
  emits: ['link'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] === 'cl-netstat') return { scope: { up: 'yes' } };
      if (argv[0] === 'ifconfig' && argv.some((w) => /^-(?:a?sa?|-short)$/.test(w)))
        return argv.some((w) => /^-\w*a/.test(w)) ? {} : { scope: { up: 'yes' } };
      if (argv[0] !== 'netstat') return undefined;
      const { what, letters } = netstatMode(argv);
      if (what !== 'interfaces') return undefined;
      const dev = argv.find((w) => w.startsWith('-I'))?.replace(/^-I=?/, '');
      // Without `-a` only the devices that are up.
      if (dev !== undefined && dev !== '') return { scope: { dev } };
      return letters.includes('a') ? {} : { scope: { up: 'yes' } };
    },
    file: /(?:^|-)netstat(?:-[a-z]*i[a-z]*|-interfaces?)$/,
    sniff: (head) => (head.some((line) => HEADER.test(line.trim())) ? 3 : 0),
  },
  parse(text, out, { argv }) {
    const failures = collectFailures(out);
    let names: readonly string[] = [];
    let width = 0;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const words = wordsOf(line.slice(0, 1000));
      if (HEADER.test(line)) {
        names = words.map((word) => word.replace('_', '-'));
        // `%-15.15s %5d`
        width = line.includes('RX_OK') ? Number.POSITIVE_INFINITY : line.indexOf('MTU') + 3 - 5 - 1;
        out.noise(i);
      } else if (line === '' || RULE.test(line) || isTitle(text, i, line)) out.noise(i);
      else if (names.length > 0 && /^\S+ +\d+ /.test(line)) {
        const [name = '', mtu = ''] = words;
        const counters = countersOf(words, names);
        if (width < 15 && name.length >= width) out.gap(i, 'the interface name may be cut');
        else if (!counters && !line.includes('no statistics available')) out.gap(i, 'not a row of netstat -i');
        else out.fact(i, { kind: 'link', name, mtu: Number(mtu), ...(counters && { counters }) });
      } else if (!failures.take(i, line))
        out.gap(i, names.length > 0 ? 'not a row of netstat -i' : 'a row before any header');
    }
    failures.close(names.length > 0);
    if (argv.length === 0 && names.length > 0) out.incomplete('filtered', 'without -a only the devices that are up');
  },
});
