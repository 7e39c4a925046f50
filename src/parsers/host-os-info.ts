import type { HostnameFact, KernelReleaseFact, OsReleaseFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { parseObjects } from './text/iproute2-json.js';
import { lineAt, textAt } from './text/located.js';

/*
 * {
 *  "name": "node-1",
 *  "kernelVersion": "6.1.0-18-amd64",
 *  "platformVersion": "12.5",
 *  "platform": "debian"
 * }
 *
 * troubleshoot.sh's host collector (host-collectors/system/hostos_info.json): what gopsutil says of the host.
 */
const KEYS = ['name', 'kernelVersion', 'platformVersion', 'platform'];

/** troubleshoot.sh's word on a host: its name, kernel and distribution. */
export const hostOsInfo = defineParser<HostnameFact | KernelReleaseFact | OsReleaseFact>({
  command: 'host-os-info',
  emits: ['hostname', 'kernel-release', 'os-release'],
  scope: 'stack',
  claims: {
    file: /(?:^|-)hostos-info-json$/,
    sniff(head) {
      const text = head.join('').slice(0, 2000);
      return /^\s*\{\s*"name":/.test(text) && KEYS.every((key) => text.includes(`"${key}":`)) ? 3 : 0;
    },
  },
  parse(text, out, context) {
    parseObjects<HostnameFact | KernelReleaseFact | OsReleaseFact>(text, out, context, (object, sink) => {
      const line = (key: string): number => lineAt(object, key) ?? lineAt(object) ?? 0;
      const [name, release, version, platform] = KEYS.map((key) => textAt(object, key) || undefined);
      if (name !== undefined) sink.fact(line('name'), { kind: 'hostname', name, source: 'hostname' });
      if (release !== undefined) sink.fact(line('kernelVersion'), { kind: 'kernel-release', release });
      if (platform !== undefined)
        sink.fact(line('platform'), { kind: 'os-release', id: platform, ...(version !== undefined && { version }) });
    });
  },
});
