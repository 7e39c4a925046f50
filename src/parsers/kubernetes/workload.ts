import type { WorkloadFact } from '../../facts/index.js';
import { flagAt, itemsAt, numberAt, textAt, valueAt } from '../text/located.js';
import { nameLine, nameOf, namespaceOf, type ObjectContext } from './read.js';
import { argumentsOf, environment, networkWords, readClusterCidrs } from './template-spec.js';

/** A resource that makes pods: how many there should be and are, and what its template decides of the network. */
export const readWorkload =
  (type: WorkloadFact['type']) =>
  (context: ObjectContext): void => {
    const { object } = context;
    const template = valueAt(object, 'spec', 'template', 'spec');
    const args = argumentsOf(template);
    readClusterCidrs(context, args);
    const status = valueAt(object, 'status');
    // A manifest that nobody applied says nothing of a cluster.
    if (!status && textAt(object, 'metadata', 'uid') === undefined) return;
    const set = type === 'DaemonSet';
    const numbers = {
      desired: set ? numberAt(status, 'desiredNumberScheduled') : numberAt(object, 'spec', 'replicas'),
      // The API server leaves out what is zero.
      ready: (set ? numberAt(status, 'numberReady') : numberAt(status, 'readyReplicas')) ?? 0,
      updated: set ? numberAt(status, 'updatedNumberScheduled') : numberAt(status, 'updatedReplicas'),
      available: set ? numberAt(status, 'numberAvailable') : numberAt(status, 'availableReplicas'),
    };
    const images = itemsAt(template, 'containers').flatMap((c) => textAt(c, 'image') ?? []);
    const hostNetwork = flagAt(template, 'hostNetwork');
    const words = networkWords(args);
    const env = environment(template);
    context.emit(nameLine(context), {
      kind: 'workload',
      type,
      namespace: namespaceOf(context),
      name: nameOf(context),
      ...Object.fromEntries(Object.entries(status ? numbers : {}).filter(([, n]) => n !== undefined)),
      ...(hostNetwork !== undefined && { hostNetwork }),
      ...(images.length > 0 && { images }),
      ...(words.length > 0 && { args: words }),
      ...(env && { env }),
    });
  };
