import { captureAt, defineRule, finding, type PlacedCapture, unknown } from '#rule';

/** State that changes by itself within minutes. */
const DYNAMIC = new Set([
  'ip-neigh',
  'bridge-fdb',
  'brctl-showmacs',
  'ip-route',
  'route-n',
  'ip-addr',
  'ip-link',
  'iptables-save',
  'kubectl-get',
  'kubectl-describe',
  'kubectl-object',
  'birdcl',
  'calicoctl-node-status',
]);

interface Dated {
  readonly capture: PlacedCapture;
  readonly moment: number;
}

/** What the captures themselves say of their time. */
const stamped = (captures: readonly PlacedCapture[]): Dated[] =>
  captures.flatMap((capture) => (capture.time === undefined ? [] : [{ capture, moment: capture.time }]));

/**
 * When the archive says that the files were written. Copying changes it, so it is never compared with a stamp in the text; zero and the like
 * stand for no time at all.
 */
const written = (captures: readonly PlacedCapture[]): Dated[] =>
  captures.flatMap((capture) =>
    capture.mtime !== undefined && capture.mtime > 1_000_000_000 ? [{ capture, moment: capture.mtime }] : [],
  );

const span = (seconds: number): string =>
  seconds < 7200
    ? `${Math.round(seconds / 60)} min`
    : seconds < 172800
      ? `${Math.round(seconds / 3600)} h`
      : `${Math.round(seconds / 86400)} days`;

export default defineRule({
  id: 'capture/time-spread',
  since: '0.1.0',
  severity: 'warning',
  title: 'Captures of changing state are far apart in time',
  why: 'Neighbours, forwarding entries and routes change within minutes, leases within a day. Captures that lie further apart describe different states, and a disagreement between them may be no fault.',
  fix: 'Capture all nodes within a few minutes.',
  addresses: 'none',
  needs: [],
  options: {
    defaults: { minutes: 10 },
    schema: (z) => z.strictObject({ minutes: z.number().positive().max(100000) }).partial(),
    describe: { minutes: 'span in minutes from which captures of changing state count as far apart' },
  },
  seeAlso: ['capture/mixed-clusters'],
  *check(view, { minutes }) {
    const changing = view.model.captures.filter((c) => DYNAMIC.has(c.command.replace(/-json$/, '')));
    const said = stamped(changing);
    const dated = (said.length > 1 ? said : written(changing)).sort(
      (a, b) => a.moment - b.moment || a.capture.id - b.capture.id,
    );
    const first = dated[0];
    const last = dated.at(-1);
    if (!first || !last) {
      yield unknown({
        input: 'capture times',
        reason: 'not-captured',
        detail: 'no capture of changing state says when it was taken',
      });
      return;
    }
    const apart = last.moment - first.moment;
    if (apart <= minutes * 60) return;
    const nodes = [
      ...new Set([first, last].map(({ capture: { place } }) => (place.kind === 'stack' ? place.node : 'cluster'))),
    ];
    const [node = 'cluster', ...others] = nodes;
    yield finding({
      nodes: [node, ...others],
      subject: 'capture times',
      // Beyond a lease's length (24 h) even pod subnets may have changed hands.
      severity: apart > 86400 && said.length > 1 ? 'warning' : 'info',
      message: `Captures of changing state are ${span(apart)} apart: what differs between them may have changed in the meantime.`,
      evidence: [
        { at: captureAt(first.capture), note: 'earliest' },
        { at: captureAt(last.capture), note: 'latest' },
      ],
    });
  },
});
