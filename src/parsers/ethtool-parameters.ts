import type { EthtoolSettingFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { claimEthtool } from './ethtool/command.js';
import { gap, readRows } from './text/rows.js';

/*
 * Ring parameters for eth0:
 * Pre-set maximums:
 * RX:		4096
 * Current hardware settings:
 * RX:		256
 *
 * ethtool netlink/rings.c, channels.c, pause.c. What is printed of interrupt coalescing, hashing, time stamps, FEC, EEE and optics has lines of
 * the form `key: value` as well; no packet takes another way by any of it, so those are known and no facts.
 */
const HEADER =
  /^\s*(?:(Ring|Channel|Pause) parameters|(?:Coalesce|Time stamping|FEC|Module) parameters|EEE settings|Private flags|RX flow hash indirection table|Tunnel information) for ([^\s:]+)/i;
const SECTION = /^\s*(?:(Pre-set maximums)|Current hardware settings):\s*$/;
const ROW = /^\s*([A-Za-z][\w ]{0,30}?)\s*:\s+(\d{1,10}|on|off|n\/a|\S.*)\s*$/;
/** All that a driver without these settings leaves. */
const REFUSED =
  /^Cannot get (?:device (?:ring|channel|pause|coalesce)|EEE settings|module EEPROM|FEC settings|RX (?:ring count|flow hash|network flow)|device time stamping)[\w ]*(?:$|: )/;
const OPTICS = /^\s+Identifier\s+: 0x[\da-f]{2} \(/;
/** Rows of other tables: hashes, keys, lists of modes, filters. */
const OTHER =
  /^\s+\S|^\s*(?:[\w ,/()-]{1,60}:|\d+ RX rings available|Filter: \d+|Total \d+ rules|[\da-f]{2}(?::[\da-f]{2})+$|Operation not supported$|rxclass: |tx-aggr-time-usecs\t|RX classification rule)/i;

/** `-n` has no header, and often no more than that there are none. */
const FILTERS = /^(?:\d+ RX rings available|Total \d+ rules|RX classification rule retrieval failed)\s*$/;

const GROUPS: ReadonlyMap<string, EthtoolSettingFact['group']> = new Map([
  ['ring', 'ring'],
  ['channel', 'channels'],
  ['pause', 'pause'],
]);

const settingOf = (text: string): number | boolean | undefined =>
  /^\d{1,10}$/.test(text) ? Number(text) : text === 'on' ? true : text === 'off' ? false : undefined;

/** `ethtool -g`, `-l`, `-a`; `-c`, `-x`, `-T`, `-m` and their like. */
export const ethtoolParameters = defineParser<EthtoolSettingFact>({
  command: 'ethtool-parameters',
  emits: ['ethtool-setting'],
  scope: 'stack',
  claims: {
    command(argv) {
      const claim = claimEthtool(argv, 'parameters');
      return claim && { ...claim, kinds: [] };
    },
    file: /(?:^|-)ethtool-(?:[acgltxnum]|show-(?:coalesce|ring|channels|pause|eee|fec|priv-flags|rxfh|time-stamping|module))(?:-[\w@.:-]+)?$/,
    sniff(head) {
      if (head.some((line) => HEADER.test(line.slice(0, 100)) || OPTICS.test(line.slice(0, 100)))) return 3;
      return REFUSED.test((head.find((line) => line.trim() !== '') ?? '').slice(0, 100)) ? 2 : 0;
    },
  },
  parse(text, out) {
    // Each option shows its own part of the settings.
    out.only([]);
    let dev: string | undefined;
    let group: EthtoolSettingFact['group'] | undefined;
    let maximums = false;
    let most = new Map<string, number>();
    let started = false;
    readRows(text, out, (line, i) => {
      const short = line.slice(0, 300);
      const header = HEADER.exec(short);
      const section = SECTION.exec(short);
      if (header) {
        dev = header[2];
        group = GROUPS.get((header[1] ?? '').toLowerCase());
        most = new Map();
        maximums = false;
      } else if (section) maximums = section[1] !== undefined;
      started ||= header !== null || OPTICS.test(short);
      if (header || section) return 'row';
      if (FILTERS.test(short)) return 'noise';
      if (!started) return gap('a row before any header');
      const [, name = '', said = ''] = ROW.exec(short) ?? [];
      const value = settingOf(said);
      if (group === undefined || dev === undefined || value === undefined)
        return OTHER.test(short) ? 'noise' : gap('not a line of ethtool');
      const maximum = most.get(name);
      if (maximums && typeof value === 'number') most.set(name, value);
      else out.fact(i, { kind: 'ethtool-setting', dev, group, name, value, ...(maximum !== undefined && { maximum }) });
      return 'row';
    });
  },
});
