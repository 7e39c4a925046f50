import {
  atLeastKernel,
  defineRule,
  type EvidenceDraft,
  finding,
  type KernelVersion,
  kernelOf,
  shows,
  unknown,
} from '#rule';

const KEY = 'net.ipv4.tcp_tw_recycle';
/** procps: `cannot stat /proc/sys/net/ipv4/tcp_tw_recycle: No such file or directory`; busybox and old procps: `unknown key`. */
const NO_SUCH_KEY = /tcp_tw_recycle.*No such file|unknown key.*tcp_tw_recycle|tcp_tw_recycle.*unknown key/i;

/** 4.10 gave each connection its own timestamp offset (tcp_v4_init_ts_off); 4.12 took the setting away. */
function consequence(kernel: KernelVersion | undefined): string {
  const early = kernel !== undefined && !atLeastKernel(kernel, 4, 10);
  if (early) return 'clients that share one address behind NAT or masquerading get their SYNs dropped at random';
  return kernel === undefined
    ? 'clients behind NAT or masquerading, on kernels 4.10 and 4.11 all clients, get their SYNs dropped at random'
    : 'this kernel gives each connection its own timestamp offset, so any client gets its SYNs dropped at random';
}

export default defineRule({
  id: 'kernel/tcp-tw-recycle',
  since: '0.1.0',
  severity: 'error',
  title: 'net.ipv4.tcp_tw_recycle is on',
  why:
    'With tcp_tw_recycle the kernel remembers the last TCP timestamp per remote address and silently drops a SYN whose timestamp is older. Clients behind one NAT ' +
    'address have unrelated clocks, and Kubernetes masquerades all the time: pods of one node, ingress, NodePorts. Since 4.10 timestamps start at a random offset ' +
    'per connection, which breaks it for everybody; 4.12 removed the setting.',
  fix: 'Set net.ipv4.tcp_tw_recycle=0 and take it out of sysctl.d. net.ipv4.tcp_tw_reuse is harmless.',
  addresses: 'none',
  needs: [['sysctl', 'kernel-release', 'node']],
  uses: [],
  *check(view) {
    const refusing = new Set(
      view.model.captures.flatMap((c) =>
        c.failure && c.place.kind === 'stack' && NO_SUCH_KEY.test(c.failure.detail) ? [c.place.node] : [],
      ),
    );
    for (const host of view.hosts) {
      const kernel = kernelOf(view, host);
      const setting = host.facts.sysctl.find((s) => s.key === KEY);
      const gone = kernel !== undefined && atLeastKernel(kernel, 4, 12);
      if (!setting) {
        const absence = host.absence('sysctl', { key: KEY });
        // Absent from the kernel (4.12 and later, or it says so itself) or from a full listing: there is nothing to turn off.
        if (!gone && !refusing.has(host.node) && !absence.known)
          yield unknown({
            node: host.node,
            input: `sysctl ${KEY}`,
            reason: absence.reason,
            ...(absence.detail !== undefined && { detail: absence.detail }),
          });
        continue;
      }
      if (setting.value.trim() !== '1') continue;
      const evidence: [EvidenceDraft, ...EvidenceDraft[]] = [shows(setting)];
      if (kernel)
        evidence.push(
          shows(kernel, gone ? 'this kernel has no such setting: the two captures are of different boots' : undefined),
        );
      yield finding({
        nodes: [host.node],
        subject: KEY,
        message: `${KEY} is 1 on ${host.node}${kernel && !gone ? ` (kernel ${kernel.release})` : ''}, expected 0: ${consequence(gone ? undefined : kernel)}.`,
        ...(gone && { confidence: 'likely' as const }),
        evidence,
        fix: {
          summary: `on ${host.node} turn it off, then remove the line that sets it`,
          commands: [
            `sysctl -w ${KEY}=0`,
            'grep -rn tcp_tw_recycle /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d',
          ],
        },
      });
    }
  },
});
