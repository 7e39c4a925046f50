import type { NeighbourFact } from '../../../src/facts/index.js';
import { parseAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

/** Rows of jc and of ntc-templates. */
interface Row {
  readonly address?: string;
  readonly hwaddress?: string;
  readonly iface?: string;
  readonly ip_address?: string;
  readonly mac_address?: string;
  readonly interface?: string;
}

const full = (text: string): string =>
  /^[\da-f]{1,2}(?::[\da-f]{1,2}){5}$/i.test(text)
    ? text
        .split(':')
        .map((octet) => octet.padStart(2, '0'))
        .join(':')
        .toLowerCase()
    : '';

const rowsOf = (answer: unknown): readonly Row[] =>
  Array.isArray(answer) ? answer : (answer as { parsed_sample: readonly Row[] }).parsed_sample;

export const arp: CorpusCommand = {
  command: 'arp',
  folders: ['arp'],
  foreign: [{ file: 'aix-7.1', because: 'AIX, which names no device' }],
  incomplete: [
    { file: 'centos-7.7_arp.txt', because: 'printed without -n: a name stands in place of an address' },
    { file: 'centos-7.7_arp-v.txt', because: 'printed without -n: a name stands in place of an address' },
    { file: 'ubuntu-18.04_arp.txt', because: 'printed without -n: a name stands in place of an address' },
    { file: 'ubuntu-18.04_arp-v.txt', because: 'printed without -n: a name stands in place of an address' },
  ],
  oracle: (file, facts) => ({
    ours: (facts as readonly NeighbourFact[]).map((f) => ({ address: f.address, lladdr: f.lladdr ?? '', dev: f.dev })),
    theirs: rowsOf(file.answer)
      .map((row) => ({
        address: row.address ?? row.ip_address ?? '',
        lladdr: full(row.hwaddress ?? row.mac_address ?? ''),
        dev: row.iface ?? row.interface,
      }))
      .filter((row) => parseAddress(row.address) !== undefined),
  }),
};
