import { defineRule, finding, forgets, type Pair, type Paths, type SysctlFact, shows } from '#rule';

/** What the kernel has by default, in seconds (nf_conntrack_proto_*.c, nf_conntrack_proto_generic.c). */
const USUAL: Readonly<Record<string, number>> = {
  tcp_timeout_syn_sent: 120,
  tcp_timeout_syn_recv: 60,
  tcp_timeout_established: 432_000,
  udp_timeout: 30,
  udp_timeout_stream: 120,
  icmp_timeout: 30,
  icmpv6_timeout: 30,
  generic_timeout: 600,
};

const nameOf = (key: string): string => key.replace('net.netfilter.nf_conntrack_', '');

/** Paths on which conntrack forgot the flow by this very line. */
const forgotten = ({ pairs }: Paths, { at }: SysctlFact): readonly Pair[] =>
  pairs.filter(({ trace }) =>
    trace.outcomes.some(
      (o) => o.verdict === 'dropped' && o.legs.some((l) => l.steps.some((s) => forgets(s) && s.at.includes(at))),
    ),
  );

export default defineRule({
  id: 'kernel/conntrack-timeout-zero',
  since: '0.1.0',
  severity: 'error',
  title: 'Conntrack forgets flows at once',
  why:
    'A timeout of 0 ends a flow before anything else of it comes. What was translated is not translated back: an answer of a service comes from the address of its endpoint, one that was masqueraded for a port that nobody has, ' +
    'and rules that take ESTABLISHED do not match. The asker drops such answers, so that DNS over UDP, services or all egress fail while nothing is blocked anywhere.',
  fix: "Give the timeout its usual value, and find what set it to 0: a file of sysctl.d, a tuning profile, kube-proxy's conntrack settings.",
  needs: ['sysctl'],
  addresses: 'none',
  *check(view) {
    for (const { node, facts } of view.hosts)
      for (const setting of facts.sysctl) {
        const name = nameOf(setting.key);
        const usual = USUAL[name];
        if (usual === undefined || name === setting.key || setting.value !== '0') continue;
        const lost = forgotten(view.paths, setting);
        const sort = name.replace(/_.*$/, '');
        yield finding({
          nodes: [node],
          subject: setting.key,
          message: `${setting.key} of ${node} is 0, expected ${usual}: conntrack forgets flows of ${sort === 'generic' ? 'other protocols' : sort} at once, and answers that need translating back or ESTABLISHED are lost.`,
          severity: lost.length > 0 ? 'error' : 'warning',
          evidence: [shows(setting, `${setting.key} is 0`)],
          breaks: lost,
          fix: {
            summary: `on ${node} give it its usual value, and find what set it`,
            commands: [
              `sysctl -w ${setting.key}=${usual}`,
              'grep -rn nf_conntrack_ /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d',
            ],
          },
        });
      }
  },
});
