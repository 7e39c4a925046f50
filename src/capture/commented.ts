import type { Text } from '../kit/index.js';
import { edited } from './edited.js';
import { parseText } from './parse.js';
import { type AnyParser, headOf, recogniseOutput } from './recognise.js';
import { runsOf } from './runs.js';
import { isProse } from './sentences.js';
import { context } from './starts.js';
import { uncommented } from './undress.js';

/*
 * Outputs that stand in comments without the command that printed them:
 *
 *     // Kernel IP routing table
 *     // Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
 *     // 0.0.0.0         192.168.50.1    0.0.0.0         UG    100    0        0 eth0
 *
 * Nothing but their content tells them from remarks and from settings that somebody took out.
 */

const MARK = /^\s{0,8}(\/\/|[#;]|--(?=\s|$))/;
/** What slashes set off is a comment in no file that is read here; the others make one in files of settings. */
const SLASHES = '//';

/** A longer text was not commented by hand. */
const LONGEST = 5000;

/** Files of settings, and listings that are kept as files: there a line behind a comment sign is one that does not count. */
const SETTINGS =
  /^(?:bird-cfg|chrony.*|cni-config|component-.*|containerd-config|corefile|daemon-json|hosts|ifcfg|ip(?:set|vsadm|tables)-save|journal|kubectl-object|kubelet-config|machine-id|netplan|network-manager-conf|nft-list|os-release|other-output|resolv-conf|subnet-env|sysctl.*|.*-json)$/;

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly mark: string;
}

/** Lines behind one comment sign, blank ones between them included. */
function stretchesOf(lines: readonly string[]): Stretch[] {
  const out: Stretch[] = [];
  for (const [i, line] of lines.entries()) {
    const mark = MARK.exec(line)?.[1];
    if (mark === undefined) continue;
    const last = out.at(-1);
    const adjoins = last?.mark === mark && lines.slice(last.to, i).every((l) => l.trim() === '');
    if (last && adjoins) out[out.length - 1] = { ...last, to: i + 1 };
    else out.push({ from: i, to: i + 1, mark });
  }
  return out.filter(({ from, to }) => to - from > 1);
}

/** Is it mostly what parsers read, each from its content alone? */
async function isOutput(parsers: readonly AnyParser[], text: Text, mark: string): Promise<boolean> {
  const first = recogniseOutput(parsers, [], headOf(text));
  let facts = 0;
  let gaps = 0;
  for (const { from, to, recognised } of await runsOf(parsers, text, undefined, first)) {
    if (!recognised) {
      gaps += to - from;
      continue;
    }
    if (mark !== SLASHES && SETTINGS.test(recognised.parser.command)) return false;
    const { tally } = parseText(recognised.parser, text.slice(from, to), 0, context(recognised.claim));
    facts += tally.facts;
    gaps += tally.gaps;
  }
  return facts > 1 && gaps * 4 < facts;
}

/** The text with its outputs out of their comments; between them only prose may stand. The very text where it has none. */
export async function outOfComments(parsers: readonly AnyParser[], text: Text): Promise<Text> {
  if (text.count < 2 || text.count > LONGEST) return text;
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i));
  const stretches = stretchesOf(lines);
  const inside = (i: number): boolean => stretches.some(({ from, to }) => i >= from && i < to);
  if (stretches.length === 0 || !lines.every((l, i) => l.trim() === '' || inside(i) || isProse(l))) return text;
  const changed = new Map<number, string>();
  for (const { from, to, mark } of stretches) {
    const bare = uncommented(lines.slice(from, to));
    if (!bare) continue;
    const plain = new Map(bare.map((line, n) => [n, line]));
    if (!(await isOutput(parsers, edited(text.slice(from, to), plain), mark))) continue;
    for (const [n, line] of plain) changed.set(from + n, line);
  }
  return edited(text, changed);
}
