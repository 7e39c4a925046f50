import type { ContainerFact, DockerNetworkFact } from '../facts/index.js';
import { type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { criInspected, dockerContainer, dockerNetwork } from './runtime/inspected.js';
import { isBeforehand } from './text/documents.js';
import { collectFailures } from './text/failure.js';
import { lineAt, textAt } from './text/located.js';
import { columnsOf, rowCells } from './text/table.js';
import { eachJson } from './text/values.js';

/*
 * [ { "Id": "4c01db0b339c…", "State": { "Pid": 24011 }, "HostConfig": { "NetworkMode": "bridge" }, "NetworkSettings": { … } } ]
 * { "status": { "id": "…", "network": { "ip": "10.244.1.5" } }, "info": { "pid": 24011 } }
 * NETWORK ID     NAME      DRIVER    SCOPE
 *
 * `docker inspect` of containers and networks, `docker network ls`, the same of podman, `crictl inspect` and `inspectp`.
 */
type InspectFact = ContainerFact | DockerNetworkFact;

const TABLE = /^NETWORK ID\s+NAME\s+(?:DRIVER|VERSION)/;

/** Containers and networks, one by one. */
export const dockerInspect = defineParser<InspectFact>({
  command: 'docker-inspect',
  emits: ['container', 'docker-network'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv.some((word) => /^(?:-f|--format|--template)(?:=|$)|^-o=?go-template/.test(word))) return undefined;
      const [first = '', second = '', ...rest] = argv.slice(1).filter((word) => !word.startsWith('-'));
      if (argv[0] === 'crictl')
        return /^inspectp?$/.test(first) ? { scope: { id: second }, kinds: ['container'] } : undefined;
      if (!/^(?:docker|podman|nerdctl)$/.test(argv[0] ?? '')) return undefined;
      if (first === 'network' && /^(?:ls|list)$/.test(second)) return { kinds: ['docker-network'] };
      if (first === 'network' && second === 'inspect')
        return { scope: { name: rest.join(',') }, kinds: ['docker-network'] };
      const named = first === 'container' && second === 'inspect';
      return first === 'inspect' || named
        ? { scope: { id: named ? rest.join(',') : [second, ...rest].join(',') } }
        : undefined;
    },
    file: /(?:^|-)(?:docker|podman|crictl|nerdctl)-(?:container-|network-)?(?:inspectp?|network-ls)(?:-|$)/,
    sniff(head) {
      if (head.some((line) => TABLE.test(line))) return 3;
      const all = head
        .filter((line) => !isBeforehand(line))
        .join('\n')
        .slice(0, 40_000);
      if (!/^\s*[[{]/.test(all)) return 0;
      const isContainer = /"Id"\s*:/.test(all) && /"(?:HostConfig|NetworkSettings|ResolvConfPath)"\s*:/.test(all);
      const isNetwork = /"Driver"\s*:/.test(all) && /"IPAM"\s*:/.test(all) && /"Scope"\s*:/.test(all);
      const isCri =
        /^\s*\{\s*"(?:status|info)"\s*:\s*\{/.test(all) && /"state"\s*:\s*"(?:CONTAINER|SANDBOX)_/.test(all);
      const isPodman = /"network_interface"\s*:/.test(all) && /"subnets"\s*:/.test(all);
      return isContainer || isNetwork || isCri || isPodman ? 3 : 0;
    },
  },
  parse(text, out, context) {
    const kinds = new Set<InspectFact['kind']>();
    const emit = (line: number, fact: Draft<InspectFact>): void => {
      kinds.add(fact.kind);
      out.fact(line, fact);
    };
    if (takeTable(text, out, emit)) return;
    eachJson(text, out, 'not what inspect prints', ({ value, from, to }) => {
      const fact = dockerContainer(value) ?? criInspected(value) ?? dockerNetwork(value);
      const line = lineAt(value, 'Id') ?? lineAt(value, 'Name') ?? value.line;
      if (fact) emit(line, fact);
      // An image, a volume: nothing of the network.
      else if (
        textAt(value, 'Id') !== undefined ||
        textAt(value, 'Name') !== undefined ||
        textAt(value, 'Mountpoint') !== undefined
      )
        return;
      else for (let i = from; i < to; i++) out.gap(i, 'neither a container nor a network');
    });
    if (context.argv.length === 0) out.incomplete('filtered', 'what somebody chose to inspect, not a list of all');
    if (kinds.size > 0) out.only([...kinds]);
  },
});

/** `docker network ls`; true when the text is such a table. */
function takeTable(
  text: Text,
  out: Sink<InspectFact>,
  emit: (line: number, fact: Draft<DockerNetworkFact>) => void,
): boolean {
  let header = 0;
  while (header < Math.min(text.count, 20) && !TABLE.test(text.line(header))) header++;
  if (header >= Math.min(text.count, 20)) return false;
  const failures = collectFailures(out);
  const columns = columnsOf(text.line(header));
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    if (line.trim() === '' || TABLE.test(line)) {
      out.noise(i);
      continue;
    }
    const cells = i > header && line.length < 4000 ? rowCells(columns, line) : undefined;
    const cell = (name: string): string => cells?.[columns.findIndex((c) => c.name === name)] ?? '';
    const [id, name] = [cell('NETWORK ID'), cell('NAME')];
    if (/^[\da-f]{6,}$/.test(id) && name !== '') {
      const scope = cell('SCOPE');
      emit(i, {
        kind: 'docker-network',
        name,
        id,
        driver: cell('DRIVER') || cell('PLUGINS').split(',')[0] || '',
        ...(scope !== '' && { scope }),
      });
    } else if (!failures.take(i, line)) out.gap(i, 'a row that does not fit its header');
  }
  failures.close(true);
  out.only(['docker-network']);
  return true;
}
