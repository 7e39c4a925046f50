import { type Text, textFrom } from '../../kit/index.js';

/*
 * Conditions:
 * Type             Status  LastHeartbeatTime                 …
 * Ready            True    Wed, 06 Mar 2024 10:23:10 +0000   …
 * Addresses:
 * InternalIP:  10.0.0.5
 *
 * Lists of a web page, and editors that "tidy" a paste, take the indentation away from a description.
 */

/** Fields that stand at the margin in a description of a node, a pod or a workload (describe.go). */
const AT_MARGIN: ReadonlySet<string> = new Set(
  `Name,Namespace,Priority,Priority Class Name,Service Account,Node,Start Time,Roles,Labels,Annotations,CreationTimestamp,Taints,Unschedulable,\
Lease,Status,Reason,Message,IP,IPs,Controlled By,Controllers,Selector,Replicas,StrategyType,RollingUpdateStrategy,MinReadySeconds,Pod Template,\
OldReplicaSets,NewReplicaSet,Containers,Init Containers,Conditions,Volumes,QoS Class,Node-Selectors,Tolerations,Addresses,Capacity,Allocatable,\
System Info,PodCIDR,PodCIDRs,ProviderID,ExternalID,Non-terminated Pods,Allocated resources,Events`.split(','),
);
/** Fields whose value is nothing but lines below them. */
const OPENS =
  /^(Conditions|Addresses|Capacity|Allocatable|System Info|Allocated resources|Lease|Events|Containers|Init Containers|Volumes|Pod Template):\s*$|^(Non-terminated Pods):\s+\(\d+ in total\)/;
/** Behind the events of an object its description ends. */
const EVENT_LINE = /^(?:Type\s+Reason|-{3,}\s|Normal\s|Warning\s)/;

const isIndented = (line: string): boolean => /^[ \t]/.test(line);

const isAtMargin = (line: string): boolean => AT_MARGIN.has(/^([A-Z][\w ()/.-]{0,60}?):(?:\s|$)/.exec(line)?.[1] ?? '');

/** Blanks that all lines begin with: the description stands indented below its command. */
function shift(text: Text): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < text.count && least > 0; i++) {
    const line = text.line(i);
    if (line.trim() !== '') least = Math.min(least, line.length - line.trimStart().length);
  }
  return Number.isFinite(least) ? least : 0;
}

/** The description at the margin and its lists indented, as many lines as before; the very text where that is how it stands. */
export function indentedAgain(text: Text): Text {
  const left = shift(text);
  if (left === 0) return withLists(text);
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i).slice(left));
  return withLists(textFrom(`${lines.join('\n')}\n`));
}

function withLists(text: Text): Text {
  const lines: string[] = [];
  let open = '';
  let lost = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    const opens = OPENS.exec(line);
    if (opens || isAtMargin(line)) {
      const below = text.line(Math.min(i + 1, text.count - 1));
      const title = opens?.[1] ?? opens?.[2] ?? '';
      open = below.trim() === '' || isIndented(below) || isAtMargin(below) ? '' : title;
    } else if (open === 'Events' && !EVENT_LINE.test(line)) open = '';
    else if (open !== '') lost = true;
    const body = open !== '' && !opens && line.trim() !== '';
    lines.push(body ? `  ${line}` : line);
  }
  return lost ? textFrom(`${lines.join('\n')}\n`) : text;
}
