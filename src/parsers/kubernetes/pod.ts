import { parseAddress } from '../../kit/index.js';
import { flagAt, itemsAt, type Located, numberAt, textAt, valueAt, wordsAt } from '../text/located.js';
import { nameLine, nameOf, namespaceOf, type ObjectContext } from './read.js';
import { argumentsOf, environment, networkWords, readClusterCidrs } from './template-spec.js';

/** A v1 Pod: the pod, and the networks that its arguments fix. */
export function readPod(context: ObjectContext): void {
  const { object, emit, elided } = context;
  const args = argumentsOf(valueAt(object, 'spec'));
  readClusterCidrs(context, args);
  const node = textAt(object, 'spec', 'nodeName');
  // A manifest in /etc/kubernetes/manifests is not a running pod: nothing scheduled it, nothing reports on it.
  if (node === undefined && valueAt(object, 'status', 'phase') === undefined) return;
  const podIps = itemsAt(object, 'status', 'podIPs').flatMap((p) => textAt(p, 'ip') ?? []);
  const ips = podIps.length > 0 ? podIps : [textAt(object, 'status', 'podIP') ?? []].flat();
  if (ips.some((ip) => !parseAddress(ip))) {
    context.gap(nameLine(context), 'the address of the pod is masked');
    return;
  }
  const hostNetwork = flagAt(object, 'spec', 'hostNetwork');
  const hostIp = textAt(object, 'status', 'hostIP');
  const labels = wordsAt(object, 'metadata', 'labels');
  const networkArgs = networkWords(args);
  const env = environment(valueAt(object, 'spec'));
  const known = hostNetwork ?? (itemsAt(object, 'spec', 'containers').length > 0 && !elided ? false : undefined);
  emit(nameLine(context), {
    kind: 'pod',
    namespace: namespaceOf(context),
    name: nameOf(context),
    ...state(object),
    ips,
    ...(node !== undefined && { node }),
    ...(hostIp !== undefined && { hostIp }),
    ...(known !== undefined && { hostNetwork: known }),
    ...(labels && { labels }),
    ...(networkArgs.length > 0 && { args: networkArgs }),
    ...(env && { env }),
  });
}

/** STATUS as kubectl's printer has it, as far as it matters: Terminating, a waiting reason, `Evicted`, else the phase. */
function state(object: Located) {
  const containers = itemsAt(object, 'status', 'containerStatuses');
  const waiting = [...itemsAt(object, 'status', 'initContainerStatuses'), ...containers]
    .flatMap((c) => textAt(c, 'state', 'waiting', 'reason') ?? [])
    .find((reason) => reason !== 'PodInitializing');
  const deleted = textAt(object, 'metadata', 'deletionTimestamp') !== undefined;
  const phase = textAt(object, 'status', 'phase');
  const status = deleted ? 'Terminating' : (waiting ?? textAt(object, 'status', 'reason') ?? phase);
  const total = itemsAt(object, 'spec', 'containers').length || containers.length;
  const ready = containers.filter((c) => flagAt(c, 'ready')).length;
  return {
    ...(status !== undefined && { status }),
    ...(containers.length > 0 && {
      ready: { ready, total },
      restarts: containers.reduce((sum, c) => sum + (numberAt(c, 'restartCount') ?? 0), 0),
    }),
  };
}
