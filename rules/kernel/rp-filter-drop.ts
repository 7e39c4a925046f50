import { defineRule, finding, openQuestions, pairsOf, severityOf, shows, waysOf } from '#rule';

export default defineRule({
  id: 'kernel/rp-filter-drop',
  since: '0.1.0',
  severity: 'error',
  title: 'Reverse-path filtering drops packets between pods',
  why:
    'With rp_filter the kernel looks up the way back to the source of each packet. Strict (1): it must leave by the device that the packet came from; loose (2): there must be some route. The greater ' +
    'of conf.all and conf.<device> counts. Packets that take one way and answers that take another are dropped without a word: two NICs, policy routing, a tunnel beside a direct route, a route that is ' +
    'missing or wrong. The counter is TcpExtIPReversePathFilter; the log tells only with log_martians.',
  fix: 'Make the ways symmetric (routes, ip rules), or set rp_filter of the device to 2.',
  needs: [['netconf', 'sysctl']],
  uses: ['network-counter'],
  addresses: 'contained',
  causedBy: [
    'route/policy-routing-hijack',
    'route/missing-peer-subnet',
    'route/wrong-device-or-gateway',
    'route/shadowed-or-duplicate',
    'route/blackhole-remote-pods',
    'route/subnet-overlap',
    'calico/missing-bird-routes',
    'calico/wrong-node-ip',
    'flannel/subnet-overlap',
  ],
  *check(view) {
    const { paths } = view;
    yield* openQuestions(paths, (m) => m.input.startsWith('rp_filter') || m.supply === 'netconf');
    for (const loss of paths.losses) {
      const [setting, ...back] = loss.evidence;
      if (loss.by !== 'rp-filter' || loss.netns !== '' || setting === undefined || loss.device === undefined) continue;
      const strict = / strict /.test(loss.reason);
      const counter = view.allHosts
        .find((h) => h.node === loss.node)
        ?.facts['network-counter'].find((c) => c.name === 'TcpExtIPReversePathFilter' && c.value > 0);
      const found = loss.reason.replace(/^[^:]*: /, '');
      yield finding({
        nodes: [loss.node],
        subject: `${loss.device}: ${found}`,
        message:
          `${strict ? 'Strict' : 'Loose'} reverse-path filtering on ${loss.device} of ${loss.node} drops ${waysOf([loss])}: ${found}, not by ${loss.device}.`.replace(
            /(there is no route back to \S+), not by \S+\.$/,
            '$1.',
          ),
        severity: severityOf([loss], paths),
        confidence: loss.skew === undefined ? 'certain' : 'likely',
        evidence: [
          { at: setting, note: `reverse-path filtering of ${loss.device} is ${strict ? 'strict' : 'loose'}` },
          ...back.map((at) => ({ at, note: 'the best way back' })),
          ...(counter ? [shows(counter, 'it has dropped packets')] : []),
          ...(loss.skew === undefined ? [] : [{ at: setting, note: loss.skew }]),
        ],
        breaks: pairsOf([loss]),
        fix: strict
          ? {
              summary: `on ${loss.node} make the way back the same, or let ${loss.device} filter loosely (the greater of all and the device counts)`,
              commands: [
                `sysctl -w net.ipv4.conf.${loss.device.replaceAll('.', '/')}.rp_filter=2`,
                'grep -rn rp_filter /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d',
              ],
            }
          : {
              summary: `on ${loss.node} add the missing route back`,
              commands: [`ip route show table all   # on ${loss.node}`],
            },
      });
    }
  },
});
