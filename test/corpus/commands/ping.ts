import type { PingFact } from '../../../src/facts/index.js';
import { canonicalAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

/** jc's answer to one ping. */
interface Answer {
  readonly destination?: string;
  readonly destination_ip?: string;
  readonly data_bytes?: number;
  readonly packets_transmitted?: number;
  readonly packets_received?: number;
  readonly responses?: readonly { readonly type: string; readonly ttl?: number }[];
}

/** The fields that an answer has; jc leaves out what a broken header does not say. */
function rowOf(a: Answer, fact: PingFact | undefined): { ours: unknown; theirs: unknown } {
  const ttl = a.responses?.find((r) => r.type === 'reply')?.ttl;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['target', fact?.target, a.destination],
    ['address', fact?.address, a.destination_ip && canonicalAddress(a.destination_ip)],
    ['size', fact?.size, a.data_bytes],
    ['transmitted', fact?.transmitted, a.packets_transmitted],
    ['received', fact?.received, a.packets_received],
    ['ttl', fact?.ttl, ttl],
  ];
  const said = pairs.filter(([, , theirs]) => theirs !== undefined && theirs !== null);
  return {
    ours: Object.fromEntries(said.map(([key, ours]) => [key, ours])),
    theirs: Object.fromEntries(said.map(([key, , theirs]) => [key, theirs])),
  };
}

export const ping: CorpusCommand = {
  command: 'ping',
  folders: ['ping'],
  incomplete: [
    { file: 'unparsable', because: 'has a line that its author put in to be no ping output' },
    { file: 'unparsedlines', because: 'has a line that its author put in to be no ping output' },
    { file: 'openstack+neutron__doc_source', because: 'cut out of a manual with the prose around it' },
  ],
  oracle(file, facts) {
    const runs = facts as readonly PingFact[];
    const { ours, theirs } = rowOf(file.answer as Answer, runs[0]);
    return { ours: [runs.length, ours], theirs: [1, theirs] };
  },
};
