import type { ContainerFact } from '../facts/index.js';
import { type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { container } from './runtime/containers.js';
import { criListed } from './runtime/inspected.js';
import { isBeforehand } from './text/documents.js';
import { collectFailures } from './text/failure.js';
import { itemsAt } from './text/located.js';
import { type Column, cellsOf, columnsOf, rowCells } from './text/table.js';
import { eachJson } from './text/values.js';

/*
 * CONTAINER      IMAGE          CREATED      STATE    NAME     ATTEMPT  POD ID         POD
 * POD ID         CREATED        STATE        NAME     NAMESPACE   ATTEMPT  RUNTIME
 * TASK           PID            STATUS
 *
 * `crictl ps` and `crictl pods` (text and JSON), `ctr container ls` and `ctr task ls`.
 */
const isHeader = (line: string): boolean =>
  line.length < 500 &&
  /^(?:CONTAINER(?: ID)?\s+IMAGE\s+(?:CREATED\s+STATE\s+NAME|RUNTIME)|POD ID\s+CREATED\s+STATE\s+NAME|TASK\s+PID\s+STATUS)\b/.test(
    line,
  );

const AGO = /^(?:About |Less than )?(?:an?|\d+)(?: \w+)? ago$|^\d+ \w+ ago$|^Less than a second ago$/;

function rowOf(columns: readonly Column[], line: string): Draft<ContainerFact> | undefined {
  const cells = rowCells(columns, line);
  const cell = (name: string): string | undefined => {
    const at = columns.findIndex((c) => c.name === name);
    return at < 0 ? undefined : cells?.[at] || undefined;
  };
  const id = cell('CONTAINER') ?? cell('CONTAINER ID') ?? cell('TASK') ?? cell('POD ID');
  if (!cells || id === undefined || /\s/.test(id)) return undefined;
  const created = cell('CREATED');
  if (created !== undefined && !AGO.test(created) && !/^\d{4}-/.test(created) && !/ago/.test(created)) return undefined;
  const sandbox =
    cell('CONTAINER') === undefined && cell('CONTAINER ID') === undefined && cell('NAMESPACE') !== undefined;
  const [name, pod, namespace] = [cell('NAME'), cell('POD'), cell('NAMESPACE')];
  const pid = cell('PID');
  return container({
    kind: 'container',
    runtime:
      cell('RUNTIME') !== undefined && !sandbox ? 'containerd' : cell('TASK') === undefined ? 'cri' : 'containerd',
    id,
    name: name ?? '',
    image: cell('IMAGE'),
    state: (cell('STATE') ?? cell('STATUS'))?.toLowerCase(),
    sandbox: sandbox || undefined,
    pod: sandbox
      ? `${namespace}/${name ?? ''}`
      : pod === undefined || namespace === undefined
        ? pod
        : `${namespace}/${pod}`,
    podId: sandbox ? undefined : cell('POD ID'),
    pid: pid !== undefined && /^\d{1,9}$/.test(pid) ? Number(pid) : undefined,
  });
}

/** Cells are padded by two blanks at least (cri-tools cmd/crictl/display.go, text/tabwriter of ctr): rows that grep left without their header. */
const HEADLESS: readonly (readonly [readonly string[], (cells: readonly string[]) => boolean])[] = [
  [
    'CONTAINER,IMAGE,CREATED,STATE,NAME,ATTEMPT,POD ID,POD,NAMESPACE'.split(','),
    ([id = '', , created = '', state = '', , attempt = '']) =>
      /^[\da-f]{12,64}$/.test(id) && AGO.test(created) && /^[A-Z]\w+$/.test(state) && /^\d+$/.test(attempt),
  ],
  [
    'POD ID,CREATED,STATE,NAME,NAMESPACE,ATTEMPT,RUNTIME'.split(','),
    ([id = '', created = '', state = '', , , attempt = '']) =>
      /^[\da-f]{12,64}$/.test(id) && AGO.test(created) && /^(?:Ready|NotReady)$/.test(state) && /^\d+$/.test(attempt),
  ],
  [
    ['TASK', 'PID', 'STATUS'],
    ([id = '', pid = '', state = '', more]) =>
      more === undefined && /^[\w.-]{3,80}$/.test(id) && /^\d+$/.test(pid) && /^[A-Z]+$/.test(state),
  ],
];

function headlessRow(line: string): Draft<ContainerFact> | undefined {
  const cells = cellsOf(line);
  const titles = HEADLESS.find(([names, fits]) => cells.length <= names.length && fits(cells))?.[0];
  if (!titles) return undefined;
  let end = 0;
  const columns = cells.map((cell, n): Column => {
    const start = line.indexOf(cell, end);
    end = start + cell.length;
    return { name: titles[n] ?? '', start };
  });
  return rowOf(columns, line);
}

/** Containers and sandboxes as the CRI and containerd list them. */
export const crictlPs = defineParser<ContainerFact>({
  command: 'crictl-ps',
  emits: ['container'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv.slice(1).filter((word) => !word.startsWith('-'));
      if (argv[0] === 'ctr') {
        const at = words.findIndex((word) => /^(?:c|containers?|t|tasks?)$/.test(word));
        return at >= 0 && /^(?:ls|list)$/.test(words[at + 1] ?? '') ? { scope: { runtime: 'containerd' } } : undefined;
      }
      if (!/^crictl$/.test(argv[0] ?? '')) return undefined;
      const verb = words.find((word) => /^(?:ps|pods?|po|p|sandboxes)$/.test(word));
      if (verb === undefined) return undefined;
      const picked = argv.some((word) => /^--?(?:name|pod|image|label|latest|last|namespace|state|s|id)\b/.test(word));
      if (picked) return { scope: { selection: 'filter' } };
      if (verb !== 'ps') return { scope: { sandbox: 'true' } };
      return argv.some((word) => /^-[a-z]*a|^--all$/.test(word))
        ? { scope: { runtime: 'cri' } }
        : { scope: { state: 'running' } };
    },
    file: /(?:^|-)(?:crictl-(?:ps|pods?)|ctr-.*(?:containers?|tasks?)-(?:ls|list))(?:-|$)/,
    sniff(head) {
      if (head.some(isHeader)) return 3;
      const all = head
        .filter((line) => !isBeforehand(line))
        .join('\n')
        .slice(0, 8000);
      return /^\s*\{\s*"(?:containers|items)"\s*:\s*\[/.test(all) && /"state"\s*:\s*"(?:CONTAINER|SANDBOX)_/.test(all)
        ? 3
        : 0;
    },
  },
  parse(text, out) {
    if (firstLine(text).startsWith('{')) {
      eachJson(text, out, 'not a listing of crictl', ({ value, from }) => {
        const items = itemsAt(value, 'containers');
        for (const item of items.length > 0 ? items : [value]) {
          const fact = criListed(item);
          if (fact) out.fact(item.line, fact);
          else if (items.length > 0) out.gap(from, 'a container without id and state');
        }
      });
      return;
    }
    takeTable(text, out);
  },
});

function firstLine(text: Text): string {
  for (let i = 0; i < Math.min(text.count, 20); i++) {
    const line = text.line(i).trim();
    if (line !== '' && !isBeforehand(line)) return line;
  }
  return '';
}

function takeTable(text: Text, out: Sink<ContainerFact>): void {
  const failures = collectFailures(out);
  let columns: readonly Column[] | undefined;
  let headless = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    if (line.trim() === '' || /^(?:WARN|ERRO\[|DEBU\[|INFO\[|time=|[IWE]\d{4} )/.test(line)) out.noise(i);
    else if (isHeader(line)) {
      columns = columnsOf(line);
      out.noise(i);
    } else {
      const fact = line.length > 4000 ? undefined : columns ? rowOf(columns, line) : headlessRow(line);
      headless ||= fact !== undefined && !columns;
      if (fact) out.fact(i, fact);
      else if (!failures.take(i, line))
        out.gap(i, columns ? 'a row that does not fit its header' : 'a row without its header');
    }
  }
  if (headless) out.incomplete('filtered', 'rows without their header, as grep leaves them');
  failures.close(columns !== undefined || headless);
}
