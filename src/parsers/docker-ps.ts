import type { ContainerFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { container, namedByKubelet, publishedPorts, stateOf } from './runtime/containers.js';
import { collectFailures } from './text/failure.js';
import { columnsOf, rowCells } from './text/table.js';

/*
 * CONTAINER ID   IMAGE       COMMAND                  CREATED       STATUS       PORTS                  NAMES
 * 4c01db0b339c   nginx:1.9   "nginx -g 'daemon of…"   3 hours ago   Up 3 hours   0.0.0.0:8080->80/tcp   web
 *
 * docker, podman and nerdctl; `--format table …` prints fewer columns.
 */
const HEADER = /^\s*(?:CONTAINER ID|NAMES|CONTAINER)\b[A-Z /]*$/;
const KNOWN: ReadonlySet<string> = new Set(
  'CONTAINER ID,IMAGE,COMMAND,CREATED,STATUS,PORTS,NAMES,SIZE,POD ID,PODNAME,LOCAL VOLUMES,MOUNTS,NETWORKS,STATE,CREATED AT,RUNNING FOR'.split(
    ',',
  ),
);

const isHeader = (line: string): boolean =>
  line.length < 500 && HEADER.test(line) && columnsOf(line).every(({ name }) => KNOWN.has(name));

/** Containers as docker, podman and nerdctl list them. */
export const dockerPs = defineParser<ContainerFact>({
  command: 'docker-ps',
  emits: ['container'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv.slice(1).filter((word) => !word.startsWith('-'));
      const lists = words[0] === 'ps' || (words[0] === 'container' && /^(?:ls|list|ps)$/.test(words[1] ?? ''));
      if (!/^(?:docker|podman|nerdctl)$/.test(argv[0] ?? '') || !lists) return undefined;
      const all = argv.some((word) => /^-[a-z]*a|^--all$/.test(word));
      const picked = argv.some((word) => /^(?:-f|--filter|-n|--last|-l|--latest)\b/.test(word));
      // Without -a only running ones are listed.
      return picked ? { scope: { selection: 'filter' } } : all ? {} : { scope: { state: 'running' } };
    },
    file: /(?:^|-)(?:docker|podman|nerdctl)-(?:ps|container-(?:ls|list)|containers)(?:-|$)/,
    sniff: (head) => (head.some((line) => isHeader(line) && line.includes('CONTAINER ID')) ? 3 : 0),
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const formatted = context.argv.some((word) => /^(?:-q|--quiet|-\w*q\w*|--format)(?:=|$)/.test(word));
    const runtime = context.argv[0] === 'podman' ? 'podman' : context.argv[0] === 'nerdctl' ? 'containerd' : 'docker';
    let columns: ReturnType<typeof columnsOf> | undefined;
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '') out.noise(i);
      else if (isHeader(line)) {
        columns = columnsOf(line);
        some = true;
        out.noise(i);
      } else if (!columns) {
        if (!failures.take(i, line)) formatted ? out.noise(i) : out.gap(i, 'a row without its header');
        some ||= formatted;
      } else {
        const cells = line.length < 8000 ? rowCells(columns, line) : undefined;
        const cell = (name: string): string => cells?.[columns?.findIndex((c) => c.name === name) ?? -1] ?? '';
        const [id, name] = [cell('CONTAINER ID'), cell('NAMES')];
        if (!cells || (id === '' && name === '')) out.gap(i, 'a row that does not fit its header');
        else if (id === '' || !/^[\da-f]+$/.test(id)) out.noise(i);
        else {
          const ports = publishedPorts(cell('PORTS'));
          out.fact(
            i,
            container({
              kind: 'container',
              runtime,
              id,
              name,
              image: cell('IMAGE') || undefined,
              state: stateOf(cell('STATUS')),
              ...namedByKubelet(name),
              ports: ports.length > 0 ? ports : undefined,
            }),
          );
        }
      }
    }
    failures.close(some);
  },
});
