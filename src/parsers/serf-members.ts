import type { ClusterMemberFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/*
 * 10_0_0_5.example  10.0.0.5:7496  alive   publicip=10.0.0.5,role=master
 * 10_0_0_6.example  10.0.0.6:7496  failed  publicip=10.0.0.6,role=node
 *
 * hashicorp/serf command/members.go; `-detailed` adds the protocol's versions. Consul's `members` has a header and is another program.
 */
const STATUS = /^(?:alive|leaving|left|failed|none)$/;

function memberOf(
  line: string,
): { readonly name: string; readonly socket: string; readonly status: string; readonly tags: string } | undefined {
  const [name = '', socket = '', status = '', tags = ''] = wordsOf(line.slice(0, 4000));
  return STATUS.test(status) && /^\[?[\da-fA-Fx.:*]+\]?:\d+$/.test(socket) ? { name, socket, status, tags } : undefined;
}

/** Members of a serf cluster, which Gravity's planet used up to 7.0. */
export const serfMembers = defineParser<ClusterMemberFact>({
  command: 'serf-members',
  emits: ['cluster-member'],
  scope: 'cluster',
  claims: {
    command: (argv) => (argv[0] === 'serf' && argv.includes('members') ? {} : undefined),
    file: /^serf-members$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      return lines.length > 0 && lines.every((line) => memberOf(line)) ? 2 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const member = memberOf(line);
      const address = canonicalAddress((member?.socket ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
      const role = /(?:^|,)role=([^,]+)/.exec(member?.tags ?? '')?.[1];
      if (line.trim() === '') out.noise(i);
      else if (!member) {
        if (!failures.take(i, line)) out.gap(i, 'not a member of serf');
      } else if (address === undefined) out.gap(i, 'the address of the member is masked');
      else {
        some = true;
        out.fact(i, {
          kind: 'cluster-member',
          source: 'serf',
          name: member.name,
          address,
          ...(role !== undefined && { role }),
          status: member.status,
        });
      }
    }
    failures.close(some);
  },
});
