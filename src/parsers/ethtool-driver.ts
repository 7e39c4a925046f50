import type { EthtoolDriverFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { claimEthtool, deviceOf } from './ethtool/command.js';
import { gap, readRows } from './text/rows.js';

/*
 * driver: vmxnet3
 * version: 1.7.0.0-k-NAPI
 * firmware-version:
 * bus-info: 0000:0b:00.0
 * supports-statistics: yes
 *
 * ethtool.c dump_drvinfo. The device stands in the command line only.
 */
const KEY = /^\s*(driver|version|firmware-version|expansion-rom-version|bus-info|supports-[a-z-]+):(?: (.*))?$/;

/** `ethtool -i`: driver and firmware. */
export const ethtoolDriver = defineParser<EthtoolDriverFact>({
  command: 'ethtool-driver',
  emits: ['ethtool-driver'],
  scope: 'stack',
  claims: {
    command: (argv) => claimEthtool(argv, 'driver'),
    file: /(?:^|-)ethtool-(?:i|driver)(?:-[\w@.:-]+)?$/,
    sniff(head) {
      const keys = head.flatMap((line) => KEY.exec(line.slice(0, 200))?.[1] ?? []);
      if (head[0]?.startsWith('Cannot get driver information: ')) return 2;
      return keys.includes('driver') && (keys.includes('bus-info') || keys.includes('firmware-version')) ? 3 : 0;
    },
  },
  parse(text, out, context) {
    const dev = deviceOf(context);
    let driver: { readonly line: number; readonly values: Map<string, string> } | undefined;
    const flush = (): void => {
      if (!driver) return;
      const get = (key: string): string | undefined => driver?.values.get(key);
      const [version, firmware, bus] = ['version', 'firmware-version', 'bus-info'].map(get);
      out.fact(driver.line, {
        kind: 'ethtool-driver',
        ...(dev !== undefined && { dev }),
        driver: get('driver') ?? '',
        ...(version !== undefined && { version }),
        ...(firmware !== undefined && { firmware }),
        ...(bus !== undefined && { bus }),
      });
      driver = undefined;
    };
    readRows(
      text,
      out,
      (line, i) => {
        const [, key, value] = KEY.exec(line.slice(0, 300)) ?? [];
        if (key === undefined) return gap('not a line of ethtool -i');
        if (key === 'driver') {
          flush();
          driver = { line: i, values: new Map() };
        }
        const said = value?.trim() ?? '';
        if (said !== '' && said !== 'N/A') driver?.values.set(key, said);
        return 'row';
      },
      flush,
    );
  },
});
