import type { BridgeFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * bridge name	bridge id		STP enabled	interfaces
 * cni0		8000.8a8ceec46e1a	no		veth131bfd8c
 * 							veth229867f3
 *
 * bridge-utils brctl/brctl_cmd.c br_cmd_show; busybox prints the same. Tabs often become blanks in a paste.
 */
const HEADER = /^\s*bridge name\s+bridge id\s+STP enabled\s+interfaces\s*$/;
const ID = /^[\da-f]{4}\.[\da-f]{12}$/;

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
      if (head.some((line) => HEADER.test(line))) return 3;
      const lines = head.filter((line) => line.trim() !== '');
      const rows = lines.filter((line) => isRow(line.trim().split(/\s+/))).length;
      const ports = lines.filter((line) => /^\s{8,}\S+$/.test(line) || /^\t{3,}\S+$/.test(line)).length;
      return rows > 0 && rows + ports === lines.length ? 2 : 0;
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
      const words = line.trim().split(/\s+/);
      if (line.trim() === '') continue;
      if (HEADER.test(line)) {
        out.noise(i);
        some = true;
      } else if (isRow(words)) {
        close();
        const [name = '', id = '', stp, port] = words;
        bridge = { line: i, name, id, stp: stp === 'yes', ports: port === undefined ? [] : [port] };
        some = true;
      } else if (bridge && words.length === 1 && /^\s/.test(line)) {
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
