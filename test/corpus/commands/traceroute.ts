import type { TracerouteFact } from '../../../src/facts/index.js';
import { canonicalAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

/** jc's answer to one traceroute. */
interface Answer {
  readonly destination_ip?: string;
  readonly destination_name?: string;
  readonly hops: readonly {
    readonly hop: number;
    readonly probes: readonly {
      readonly annotation: string | null;
      readonly ip: string | null;
      readonly name: string | null;
      readonly rtt: number | null;
    }[];
  }[];
}

/** jc repeats an address as its name, and keeps probes without an answer as if they had an address. */
const theirHops = (a: Answer): unknown =>
  a.hops.map((h) => [
    h.hop,
    h.probes
      .filter((p) => p.rtt !== null)
      .map((p) => [canonicalAddress(p.ip ?? '') ?? null, p.rtt, p.annotation ?? null]),
  ]);

const ourHops = (fact: TracerouteFact | undefined): unknown =>
  fact?.hops.map((h) => [
    h.ttl,
    h.probes.filter((p) => p.milliseconds !== undefined).map((p) => [p.from ?? null, p.milliseconds, p.note ?? null]),
  ]);

export const traceroute: CorpusCommand = {
  command: 'traceroute',
  folders: ['traceroute'],
  oracle(file, facts) {
    const answer = file.answer as Answer;
    const fact = (facts as readonly TracerouteFact[])[0];
    const named = answer.destination_name !== undefined;
    const address = canonicalAddress(answer.destination_ip ?? '');
    return {
      ours: [named && fact?.target, address && fact?.address, ourHops(fact)],
      theirs: [named && answer.destination_name, address, theirHops(answer)],
    };
  },
};
