import {
  defineRule,
  finding,
  forwardingDevices,
  isIpv6Only,
  type NetconfFact,
  type StackView,
  type SysctlFact,
  shows,
  unknown,
} from '#rule';

type Seen = 'netconf' | 'sysctl' | 'link' | 'address' | 'route' | 'bridge';

/** ip_forward and conf.all.forwarding are one knob (ip-sysctl). The later of the two captures counts. */
function globalSetting(host: StackView<Seen>): NetconfFact | SysctlFact | undefined {
  const all = host.facts.netconf.find((n) => n.family === 4 && n.scope === 'all' && n.key === 'forwarding');
  const knob = host.facts.sysctl.find((s) => s.key === 'net.ipv4.ip_forward');
  if (!all || !knob) return all ?? knob;
  return all.at > knob.at ? all : knob;
}

const isOff = (fact: NetconfFact | SysctlFact): boolean => Number(fact.value) === 0;

export default defineRule({
  id: 'kernel/ip-forward-off',
  since: '0.1.0',
  severity: 'error',
  title: 'net.ipv4.ip_forward is 0',
  why:
    'ip_forward is the same knob as conf.all.forwarding: writing it copies the value to every device that exists and to the default for new ones. ' +
    'With 0 the node routes nothing between its pods, the overlay and its NIC. It is not asked when a packet is forwarded: devices that were set to 1 afterwards still forward, ' +
    'until something writes the knob again or a device is made anew.',
  fix: 'Set net.ipv4.ip_forward=1 and keep it in a file of sysctl.d; CNI and container engine set it only when they start.',
  addresses: 'none',
  needs: [['netconf', 'sysctl']],
  uses: ['link', 'address', 'route', 'bridge'],
  seeAlso: ['kernel/forwarding-disabled'],
  *check(view) {
    for (const host of view.hosts) {
      // Nobody promised that a machine beside the nodes forwards; what is lost there the walk says.
      if (view.node(host.node)?.beside) continue;
      if (host.absence('address', { family: '4' }).known && isIpv6Only(host.facts.address)) continue;
      const setting = globalSetting(host);
      if (!setting) {
        yield unknown({ node: host.node, input: 'sysctl net.ipv4.ip_forward', reason: 'not-captured' });
        continue;
      }
      if (!isOff(setting)) continue;
      const needed = new Set(
        forwardingDevices(host.facts)
          .filter((d) => !d.idle)
          .map((d) => d.dev),
      );
      const perDevice = host.facts.netconf.filter(
        (n) => n.family === 4 && n.scope === 'device' && n.key === 'forwarding' && needed.has(n.dev),
      );
      const on = perDevice.filter((n) => n.value === 1);
      const allOn = perDevice.length > 0 && on.length === perDevice.length;
      yield finding({
        nodes: [host.node],
        subject: 'net.ipv4.ip_forward',
        message: allOn
          ? `net.ipv4.ip_forward is 0 on ${host.node}, expected 1: its devices still forward, but new ones and the next write of the setting will not.`
          : `net.ipv4.ip_forward is 0 on ${host.node}, expected 1: the node forwards nothing to or from its pods.`,
        severity: allOn ? 'warning' : 'error',
        // Nothing shows that this machine is a node of a cluster: then only likely.
        confidence: view.model.technologies.size > 0 ? 'certain' : 'likely',
        evidence: [shows(setting), ...on.slice(0, 2).map((n) => shows(n, 'this device still forwards'))],
        repair: [{ node: host.node, kind: 'set', key: 'forwarding', value: 1 }],
        fix: {
          summary: `on ${host.node} turn forwarding on and keep it`,
          commands: [
            'sysctl -w net.ipv4.ip_forward=1',
            "echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/90-kubernetes-forward.conf",
          ],
        },
      });
    }
  },
});
