import type { EventFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { numberAt, textAt } from '../text/located.js';
import { bareName, given, type Row, type RowReading } from './cells.js';
import { nameLine, namespaceOf, type ObjectContext } from './read.js';

/** Longest message that is kept. */
const MESSAGE = 600;

/** Reasons that tell of the network whatever their message says (kubelet, node and endpoint controllers). */
const REASON =
  /Network|Sandbox|DNS|CIDR|Endpoint|HostPort|NodeNotReady|NodeReady|NodeNotSchedulable|RegisteredNode|RemovingNode|ContainerGCFailed|LoadBalancer|ClusterIP|PortAlreadyAllocated|IPAllocat|NodePort|Rebooted|Route/i;
const WORDS =
  /\b(?:network|cni\d?|dns|iptables|ipvs|nftables|route|subnet|bird|bgp|felix|calico|flannel|cilium|weave|kube-proxy|dial (?:tcp|udp)|i\/o timeout|no such host|connection (?:refused|reset|timed out)|no route to host|unreachable|deadline exceeded|veth|MTU|IP address|hostPort)\b/i;

/** Does the event bear on the network? Successes of pods (`Pulled`, `Started`) do not. */
const isTelling = (reason: string, message: string): boolean => REASON.test(reason) || WORDS.test(message);

function eventOf(event: Omit<Draft<EventFact>, 'kind'>): Draft<EventFact> | undefined {
  const message = event.message.slice(0, MESSAGE);
  return isTelling(event.reason, message) ? { kind: 'event', ...event, message } : undefined;
}

/** A v1 or events.k8s.io Event. */
export function readEvent(context: ObjectContext): void {
  const { object } = context;
  const at = (...path: string[]): string | undefined => textAt(object, ...path);
  const about = at('involvedObject', 'kind') === undefined ? 'regarding' : 'involvedObject';
  const type = at('type');
  const lastSeen = at('lastTimestamp') ?? at('series', 'lastObservedTime') ?? at('eventTime');
  const count = numberAt(object, 'count') ?? numberAt(object, 'series', 'count');
  const node = at('source', 'host') ?? at('reportingInstance') ?? at('deprecatedSource', 'host');
  const source = at('source', 'component') ?? at('reportingComponent') ?? at('reportingController');
  const event = eventOf({
    namespace: at(about, 'namespace') ?? namespaceOf(context),
    ...(type !== undefined && { type }),
    reason: at('reason') ?? '',
    object: `${at(about, 'kind') ?? ''}/${at(about, 'name') ?? ''}`,
    message: at('message') ?? at('note') ?? '',
    ...(count !== undefined && { count }),
    ...(lastSeen !== undefined && { lastSeen }),
    ...(node !== undefined && node !== '' && { node }),
    ...(source !== undefined && source !== '' && { source }),
  });
  if (event) context.emit(nameLine(context), event);
}

/**
 * Row of `kubectl get events`: `LAST SEEN TYPE REASON OBJECT MESSAGE`, wide with SUBOBJECT and SOURCE, before 1.14 with `LASTSEEN FIRSTSEEN
 * COUNT NAME KIND`. Ages are left out: they are relative to the moment of the capture.
 */
export function eventRow(row: Row, namespace: string): RowReading<EventFact> {
  const lastSeen = row['LAST SEEN'] ?? row['LASTSEEN'];
  const times = /\(x(\d+)/.exec(lastSeen ?? '')?.[1] ?? row['COUNT'];
  const old = row['KIND'];
  const type = given(row['TYPE']);
  const [source, node] = (given(row['SOURCE']) ?? '').split(', ');
  const object = row['OBJECT'] ?? `${old ?? ''}/${(row['NAME'] ?? '').replace(/\.[0-9a-f]{16}$/, '')}`;
  const slash = object.indexOf('/');
  const event = eventOf({
    namespace: row['NAMESPACE'] ?? namespace,
    ...(type !== undefined && { type }),
    reason: row['REASON'] ?? '',
    object: slash < 0 ? object : `${object.slice(0, 1).toUpperCase()}${object.slice(1)}`,
    message: row['MESSAGE'] ?? '',
    ...(times !== undefined && /^\d{1,9}$/.test(times) && { count: Number(times) }),
    ...(source && { source }),
    ...(node !== undefined && { node: bareName(node) }),
  });
  return { facts: event ? [event] : [] };
}
