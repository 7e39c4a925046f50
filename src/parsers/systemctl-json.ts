import type { UnitFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { isUnit, systemctlOf } from './systemctl/command.js';
import { systemctlClaim } from './systemctl.js';
import { parseObjects, startsWith } from './text/iproute2-json.js';
import { lineAt, textAt } from './text/located.js';

/*
 * [{"Unit":"kubelet.service","Load":"loaded","Active":"active","Sub":"running"}]
 * [{"unit":"kubelet.service","load":"loaded","active":"active","sub":"running","description":"kubelet: The Kubernetes Node Agent"}]
 *
 * troubleshoot.sh's host collector (host-collectors/system/systemctl_services.json), and `systemctl list-units -o json`. Services alone are facts.
 */
const MARK = /^[●*×○↻✖]$/;
const titled = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);
const ROW = ['unit', 'load', 'active', 'sub'] as const;

/** Units of systemd as JSON. */
export const systemctlJson = defineParser<UnitFact>({
  command: 'systemctl-json',
  emits: ['unit'],
  scope: 'stack',
  claims: {
    command(argv) {
      const asked = systemctlOf(argv);
      return asked?.json && asked.verb === 'list-units' ? systemctlClaim(asked) : undefined;
    },
    file: /(?:^|-)systemctl-services-json$/,
    sniff: (head) => startsWith(head, ROW.map(titled)) || startsWith(head, ROW),
  },
  parse(text, out, context) {
    parseObjects<UnitFact>(text, out, context, (object, sink) => {
      const cells = ROW.map((key) => textAt(object, key) ?? textAt(object, titled(key)) ?? '');
      // The collector reads the mark before a failed unit as its name, and all else one column later.
      const [name = '', load = '', active = '', sub = ''] = MARK.test(cells[0] ?? '') ? cells.slice(1) : cells;
      const description = textAt(object, 'description') ?? '';
      if (!isUnit(name)) return sink.gap(lineAt(object) ?? 0, 'a unit without its name');
      if (!name.endsWith('.service')) return;
      sink.fact(lineAt(object) ?? 0, {
        kind: 'unit',
        name,
        ...(load !== '' && { load }),
        ...(active !== '' && { active }),
        ...(sub !== '' && { sub }),
        ...(description !== '' && { description }),
      });
    });
  },
});
