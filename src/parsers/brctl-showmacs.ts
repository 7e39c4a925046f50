import type { BridgeMacFact } from '../facts/index.js';
import { type CaptureContext, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { share } from './text/share.js';

/*
 * port no	mac addr		is local?	ageing timer
 *   1	8e:e4:1c:d8:37:f0	no		  12.44
 *   1	9e:e4:1c:d8:37:f0	yes		   0.00
 *
 * bridge-utils brctl/brctl_cmd.c br_cmd_showmacs. The bridge stands in the command line only.
 */
const HEADER = /^\s*port no\s+mac addr\s+is local\?\s+ageing timer\s*$/;
const ROW = /^\s*(\d{1,5})\s+([\da-fA-F]{2}(?::[\da-fA-F]{2}){5})\s+(yes|no)\s+(\d{1,9}\.\d\d)\s*$/;

/** From the command line, else from the file that sos names after it: `brctl_showmacs_cni0`. */
function bridgeOf({ argv, fileName }: CaptureContext): string | undefined {
  const at = argv.indexOf('showmacs');
  if (at !== -1) return argv[at + 1];
  return /^brctl[_ -]showmacs[_ -](\S+?)(?:\.txt|\.log|\.out)?$/.exec(fileName)?.[1];
}

/** `brctl showmacs BRIDGE`: what a bridge learnt, by port number. */
export const brctlShowmacs = defineParser<BridgeMacFact>({
  command: 'brctl-showmacs',
  emits: ['bridge-mac'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
      if (words[0] !== 'brctl' || words[1] !== 'showmacs') return undefined;
      return words[2] === undefined ? {} : { scope: { bridge: words[2] } };
    },
    file: /(?:^|-)brctl-showmacs(?:-|$)/,
    sniff(head) {
      const fit = share(head, (line) => HEADER.test(line) || ROW.test(line));
      if (head.some((line) => HEADER.test(line))) return fit >= 0.5 ? 3 : 0;
      return fit === 1 ? 2 : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const bridge = bridgeOf(context);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '') continue;
      const row = ROW.exec(line);
      if (row) {
        out.fact(i, {
          kind: 'bridge-mac',
          port: Number(row[1]),
          lladdr: (row[2] ?? '').toLowerCase(),
          local: row[3] === 'yes',
          ageing: Number(row[4]),
          ...(bridge !== undefined && { bridge }),
        });
        some = true;
      } else if (HEADER.test(line)) {
        out.noise(i);
        some = true;
      } else if (!failures.take(i, line)) out.gap(i, 'not a line of brctl showmacs');
    }
    failures.close(some);
  },
});
