import type { BridgeFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * bridge name	bridge id		STP enabled	interfaces
 * cni0		8000.8a8ceec46e1a	no		veth131bfd8c
 * 							veth229867f3
 *
 * bridge-utils brctl/brctl_cmd.c br_cmd_show; busybox prints the same. Tabs often become blanks in a paste.
 */
const HEADER = /^\s*bridge name\s+bridge id\s+STP enabled\s+interfaces\s*$/;
const ID = /^[\da-f]{4}\.[\da-f]{12}$/;

/** A further port: behind the tabs of three empty columns, or the blanks that a paste made of them. */
const PORT = /^(?:\t{3,}|\s{8,})\S+\s*$/;

/** The same where a paste lost the indentation: a bridge's own row has three words at least. */
const AT_MARGIN = /^[\w.@:-]{1,15}\s*$/;

const isRow = (words: readonly string[]): boolean =>
  (words.length === 3 || words.length === 4) && ID.test(words[1] ?? '') && (words[2] === 'yes' || words[2] === 'no');

interface Bridge {
  readonly line: number;
  readonly name: string;
  readonly id: string;
  readonly stp: boolean;
  readonly ports: string[];
}

/** `brctl show`: bridges and their ports. */
export const brctlShow = defineParser<BridgeFact>({
  command: 'brctl-show',
  emits: ['bridge'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
      if (words[0] !== 'brctl' || words[1] !== 'show') return undefined;
      return words[2] === undefined ? {} : { scope: { name: words[2] } };
    },
    file: /(?:^|-)brctl(?:-show)?$/,
    sniff(head) {
      const header = head.some((line) => HEADER.test(line));
      const fit = share(head, (line) => HEADER.test(line) || PORT.test(line) || isRow(wordsOf(line)));
      if (header) return fit >= 0.5 ? 3 : 0;
      return fit === 1 && head.some((line) => isRow(wordsOf(line))) ? 2 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let bridge: Bridge | undefined;
    let some = false;
    const close = (): void => {
      if (!bridge) return;
      const { line, ...fields } = bridge;
      out.fact(line, { kind: 'bridge', ...fields });
      bridge = undefined;
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = wordsOf(line);
      if (words.length === 0) continue;
      if (HEADER.test(line)) {
        out.noise(i);
        some = true;
      } else if (isRow(words)) {
        close();
        const [name = '', id = '', stp, port] = words;
        bridge = { line: i, name, id, stp: stp === 'yes', ports: port === undefined ? [] : [port] };
        some = true;
      } else if (bridge && words.length === 1 && (/^\s/.test(line) || AT_MARGIN.test(line))) {
        bridge.ports.push(words[0] ?? '');
        out.part(i);
      } else if (!failures.take(i, line)) {
        close();
        out.gap(i, 'not a line of brctl show');
      }
    }
    close();
    failures.close(some);
  },
});
