import type { AddressFact, LinkFact } from '../../../src/facts/index.js';
import { canonicalAddress } from '../../../src/kit/index.js';
import type { Comparison, CorpusCommand } from '../corpus.js';

/** A row of ntc-templates' `linux_ip_address_show` and `linux_ip_link_show`; what a line lacks is ''. */
interface Row {
  readonly id?: string;
  readonly interface?: string;
  readonly name?: string;
  readonly flags?: string;
  readonly mtu?: string;
  readonly master?: string;
  readonly state?: string;
  readonly type?: string;
  readonly mac_address?: string;
  readonly ip_addresses?: readonly string[];
  readonly ip_masks?: readonly string[];
  readonly ipv6_addresses?: readonly string[];
  readonly ipv6_masks?: readonly string[];
}

const rowsOf = (answer: unknown): readonly Row[] => (answer as { parsed_sample?: readonly Row[] }).parsed_sample ?? [];

const pairs = (addresses: readonly string[] = [], masks: readonly string[] = []): string[] =>
  addresses.map((a, i) => `${canonicalAddress(a) ?? a}/${masks[i]}`);

/** Devices, and with `addresses` what stands on them, in one form. */
export function links(answer: unknown, facts: readonly unknown[], addresses: boolean): Comparison {
  const ours = facts.filter((f): f is LinkFact => (f as LinkFact).kind === 'link');
  const on = (dev: string, family: number): string[] =>
    facts
      .filter((f): f is AddressFact => (f as AddressFact).kind === 'address')
      .filter((f) => f.dev === dev && f.family === family)
      .map((f) => `${f.address}/${f.prefixLength}`);
  return {
    ours: ours.map((f) => ({
      id: String(f.index),
      name: f.name,
      flags: f.flags?.join(),
      mtu: String(f.mtu),
      master: f.master ?? '',
      state: f.state ?? '',
      type: f.linkType ?? '',
      lladdr: f.lladdr ?? '',
      ...(addresses && { four: on(f.name, 4), six: on(f.name, 6) }),
    })),
    theirs: rowsOf(answer).map((r) => ({
      id: r.id,
      name: (r.interface ?? r.name ?? '').replace(/@.*$/, ''),
      flags: r.flags,
      mtu: r.mtu,
      master: r.master ?? '',
      state: r.state ?? '',
      type: r.type,
      lladdr: r.mac_address ?? '',
      ...(addresses && { four: pairs(r.ip_addresses, r.ip_masks), six: pairs(r.ipv6_addresses, r.ipv6_masks) }),
    })),
  };
}

export const ipAddr: CorpusCommand = {
  command: 'ip-addr',
  folders: ['ip-addr'],
  foreign: [{ file: 'netenglabs+suzieq__cumulus', because: 'output of vtysh' }],
  incomplete: [
    { file: 'k8snet_L182', because: '`...` where lines were left out' },
    { file: 'k8snet_L235', because: '`...` where lines were left out' },
    { file: 'docs_vagrant_L162', because: 'goes on with prose' },
    { file: 'internals_layer3_L228', because: 'goes on with the next section of the document' },
    { file: 'deploy-ha-vrrp-verifynetworkoperation_L86', because: 'goes on with the next step of the document' },
    { file: 'Linux_LVS_IPVS_L72', because: '`...` where lines were left out' },
  ],
  oracleErrors: [
    {
      file: 'ntc-templates__linux_ip_address_show',
      because:
        'brred is named as label below the header of brblue: its own header was cut away, and the kernel keeps labels and names together',
    },
  ],
  oracle: (file, facts) => links(file.answer, facts, true),
};
