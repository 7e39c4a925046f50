import type { AddressFact, LinkFact } from '../../../src/facts/index.js';
import { maskLength, parseAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

interface Row {
  readonly name: string;
  readonly state?: readonly string[] | null;
  readonly mtu: number;
  readonly mac_addr?: string | null;
  readonly rx_packets?: number | null;
  readonly rx_errors?: number | null;
  readonly rx_dropped?: number | null;
  readonly tx_packets?: number | null;
  readonly tx_errors?: number | null;
  readonly tx_dropped?: number | null;
  readonly ipv4?: readonly { readonly address: string; readonly mask: string }[];
  readonly ipv6?: readonly { readonly address: string; readonly mask: number; readonly type?: string }[];
}

const address = (dev: string, text: string, length: number | undefined): string => {
  const parsed = parseAddress(text);
  return `${dev} ${parsed ? parsed.words.join('.') : text}/${length}`;
};

/** jc leaves the flags of the old form in one. */
const flagsOf = (flags: readonly string[] | null | undefined): readonly string[] =>
  (flags ?? []).flatMap((flag) => flag.split(' ')).filter((flag) => flag !== 'NO-CARRIER' && flag !== '');

export const ifconfig: CorpusCommand = {
  command: 'ifconfig',
  folders: ['ifconfig'],
  oracle(file, facts) {
    const links = (facts as readonly (LinkFact | AddressFact)[]).filter((f) => f.kind === 'link');
    const addresses = (facts as readonly (LinkFact | AddressFact)[]).filter((f) => f.kind === 'address');
    const rows = file.answer as readonly Row[];
    return {
      ours: [
        ...links.map((f) => ({
          name: f.name,
          flags: flagsOf(f.flags),
          mtu: f.mtu,
          lladdr: f.lladdr ?? '',
          counters: [
            f.counters?.rxPackets,
            f.counters?.rxErrors,
            f.counters?.rxDropped,
            f.counters?.txPackets,
            f.counters?.txErrors,
            f.counters?.txDropped,
          ].map((n) => n ?? null),
        })),
        ...addresses.map((f) => address(f.dev, f.address, f.prefixLength)).sort(),
      ],
      theirs: [
        ...rows.map((row) => ({
          name: row.name,
          flags: flagsOf(row.state),
          mtu: row.mtu,
          lladdr: row.mac_addr?.toLowerCase() ?? '',
          counters: [row.rx_packets, row.rx_errors, row.rx_dropped, row.tx_packets, row.tx_errors, row.tx_dropped].map(
            (n) => n ?? null,
          ),
        })),
        ...rows
          .flatMap((row) => [
            ...(row.ipv4 ?? []).map((a) => address(row.name, a.address, maskLength(a.mask))),
            ...(row.ipv6 ?? []).map((a) => address(row.name, a.address, a.mask)),
          ])
          .sort(),
      ],
    };
  },
};
