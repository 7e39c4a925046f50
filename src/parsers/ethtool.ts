import type { EthtoolLinkFact } from '../facts/index.js';
import { type Draft, defineParser, isLladdr } from '../kit/index.js';
import { claimEthtool, deviceOf } from './ethtool/command.js';
import { gap, readRows } from './text/rows.js';
import { share } from './text/share.js';

/*
 * Settings for eth0:
 * 	Supported link modes:   10baseT/Half 10baseT/Full
 * 	                        1000baseT/Full
 * 	Speed: 1000Mb/s
 * 	Duplex: Full
 * 	Link detected: yes
 *
 * ethtool.c dump_ecmd and netlink/settings.c; netlink/permaddr.c for `-P`, which since 6.x names the device.
 */
const HEADER = /^\s*Settings for (\S+):\s*$/;
const REFUSAL =
  /^(?:ethtool: bad command line argument|For more information run ethtool|ethtool: bad flag|Cannot get device settings: )/;
const ADDRESS = /^\s*Permanent address(?: of (\S+))?:\s+(\S+|not set)\s*$/;
const KEY = /^\s*([A-Z][\w /-]{1,40}?):(?:\s+(.*))?$/;
/** More link modes, and levels of messages. */
const CONTINUED =
  /^\s{8,}\S|^\t+\s*\S|^\s*\d+(?:000)?base[\w-]+\/(?:Full|Half)\b|^ (?:[a-z_]+ )*(?:drv|probe|link|timer|ifdown|ifup|rx_err|tx_err|tx_queued|intr|tx_done|rx_status|pktdata|hw|wol)\b/;
/** Some settings need root, or no driver answers: the rest stands. */
const UNANSWERED = /^(?:Cannot get |netlink error: |No data available)/;

type Fields = { -readonly [K in keyof Draft<EthtoolLinkFact>]: Draft<EthtoolLinkFact>[K] };

function take(fields: Fields, key: string, value: string): void {
  const speed = /^(\d{1,7})Mb\/s/.exec(value)?.[1];
  const word = value.toLowerCase();
  if (key === 'Speed' && speed !== undefined) fields.speed = Number(speed);
  else if (key === 'Duplex' && (word === 'full' || word === 'half')) fields.duplex = word;
  else if (key === 'Auto-negotiation') fields.autonegotiation = word.startsWith('on');
  else if (key === 'Port') fields.port = value;
  else if (key === 'Link detected') fields.detected = word.startsWith('yes');
}

/** `ethtool DEV`: speed and link; `ethtool -P DEV`: the address of the hardware. */
export const ethtool = defineParser<EthtoolLinkFact>({
  command: 'ethtool',
  emits: ['ethtool-link'],
  scope: 'stack',
  claims: {
    command: (argv) => claimEthtool(argv, 'settings') ?? claimEthtool(argv, 'address'),
    file: /(?:^|-)ethtool(?:-p)?(?:-[a-z][\w@]*)?$/,
    sniff(head) {
      if (head.some((line) => HEADER.test(line.slice(0, 100)) || ADDRESS.test(line.slice(0, 100)))) return 3;
      return share(head, (line) => REFUSAL.test(line.slice(0, 100))) === 1 ? 2 : 0;
    },
  },
  parse(text, out, context) {
    let device: { readonly line: number; readonly fields: Fields } | undefined;
    // Messages of what was not answered may come first when both streams went into one file.
    const answered = Array.from({ length: Math.min(text.count, 20) }, (_, i) => text.line(i)).some((line) =>
      HEADER.test(line),
    );
    const flush = (): void => {
      // Of a device that is none, old versions print the header and `No data available`.
      if (device && Object.keys(device.fields).length > 2) out.fact(device.line, device.fields);
      device = undefined;
    };
    readRows(
      text,
      out,
      (line, i) => {
        const header = HEADER.exec(line);
        const permanent = ADDRESS.exec(line);
        if (header) {
          flush();
          device = { line: i, fields: { kind: 'ethtool-link', dev: header[1] ?? '' } };
          return 'row';
        }
        if (permanent) {
          const dev = permanent[1] ?? deviceOf(context);
          const address = permanent[2] ?? '';
          if (address === 'not set') return 'noise';
          if (!isLladdr(address)) return gap('the link-layer address is masked or unreadable');
          out.fact(i, {
            kind: 'ethtool-link',
            ...(dev !== undefined && { dev }),
            permanentAddress: address.toLowerCase(),
          });
          return 'row';
        }
        if (UNANSWERED.test(line) && (device || answered)) return 'noise';
        if (!device) return gap('a setting before any header');
        const [, key, value = ''] = KEY.exec(line.slice(0, 300)) ?? [];
        if (key !== undefined) take(device.fields, key, value.trim());
        return key !== undefined || CONTINUED.test(line) ? 'row' : gap('not a line of ethtool');
      },
      flush,
    );
  },
});
