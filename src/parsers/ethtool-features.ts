import type { EthtoolFeatureFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { claimChanges, claimEthtool } from './ethtool/command.js';
import { lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { flagAt, textAt } from './text/located.js';
import { gap, readRows } from './text/rows.js';

/*
 * Features for flannel.1:
 * tx-checksumming: on
 * 	tx-checksum-ip-generic: on
 * large-receive-offload: off [fixed]
 * generic-receive-offload: off [requested on]
 *
 * ethtool netlink/features.c dump_feature. Before 3.7 the header was `Offload parameters for eth0:` and names had blanks.
 * `ethtool -K` prints the rows that it changed below `Actual changes:`.
 * [ { "ifname": "eth0", "tx-checksumming": { "active": true, "fixed": null, "requested": null } } ]
 */
const HEADER = /^\s*(?:Features|Offload parameters) for (\S+):\s*$/;
const ROW = /^\s*([\w-]+(?: [\w-]+){0,4}): (on|off)(?: \[(fixed|not requested|requested (on|off))\])*\s*$/;
/** Above what `-K` has changed. */
/** What grep left: names that hardly anything else has. */
const NAMES =
  /^\s*(?:[rt]x-[\w-]+|[\w-]+-(?:offload|segmentation|checksumming|filters)|scatter-gather|receive-hashing|highdma|rx-hashing): /;
const CHANGES = /^Actual changes:\s*$/;
/** The driver doesn't answer for one of them: the rest stands. */
const UNANSWERED = /^Cannot get device .+ settings: /;

const readDevice: ReadObject<EthtoolFeatureFact> = (object, out) => {
  const dev = textAt(object, 'ifname');
  if (dev === undefined || object.kind !== 'map') {
    out.gap(object.line, 'a device without its name');
    return;
  }
  for (const name of object.entries.keys()) {
    const on = flagAt(object, name, 'active');
    if (on === undefined) continue;
    const requested = flagAt(object, name, 'requested');
    const fixed = flagAt(object, name, 'fixed') === true;
    out.fact(lineOfKey(object, name), {
      kind: 'ethtool-feature',
      dev,
      name,
      on,
      fixed,
      ...(!fixed && requested !== undefined && requested !== on && { requested }),
    });
  }
};

/** `ethtool -k`, also with `--json`, and what `-K` changed: offloads. */
export const ethtoolFeatures = defineParser<EthtoolFeatureFact>({
  command: 'ethtool-features',
  emits: ['ethtool-feature'],
  scope: 'stack',
  claims: {
    command: (argv) => claimEthtool(argv, 'features') ?? claimChanges(argv),
    file: /(?:^|-)ethtool-(?:k|show-features|features|offload)(?:-[\w@.:-]+)?$/,
    sniff(head) {
      if (head[0]?.startsWith('Cannot get device feature names: ')) return 2;
      if (head.some((line) => HEADER.test(line.slice(0, 100)))) return 3;
      const rows = head.filter((line) => line.trim() !== '');
      if (rows.length > 0 && rows.every((line) => ROW.test(line) && NAMES.test(line))) return 2;
      return startsWith(head, ['ifname', 'rx-checksumming']);
    },
  },
  parse(text, out, context) {
    if (startsWith([text.line(0), text.line(1)], ['ifname']) === 3) {
      parseObjects(text, out, context, readDevice);
      return;
    }
    let dev = context.scope['dev'];
    readRows(text, out, (line, i) => {
      const header = HEADER.exec(line)?.[1];
      if (header !== undefined) {
        dev = header;
        return 'row';
      }
      if (CHANGES.test(line)) {
        out.incomplete('filtered', 'only what was changed');
        return 'noise';
      }
      const row = line.length < 300 ? ROW.exec(line) : null;
      if (!row) return UNANSWERED.test(line) ? 'noise' : gap('not a line of ethtool -k');
      if (dev === undefined) {
        out.incomplete('filtered', 'whose features they are was left out');
        return 'noise';
      }
      out.fact(i, {
        kind: 'ethtool-feature',
        dev,
        name: (row[1] ?? '').replaceAll(' ', '-'),
        on: row[2] === 'on',
        fixed: row[3] === 'fixed',
        ...(row[4] !== undefined && { requested: row[4] === 'on' }),
      });
      return 'row';
    });
  },
});
