import type { ToolVersionFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * Client: Docker Engine - Community
 *  Version:           20.10.7
 * Server: Docker Engine - Community
 *  Engine:
 *   Version:          20.10.7
 *  containerd:
 *   Version:          1.4.6
 *
 * Version:  0.1.0
 * RuntimeName:  containerd
 * RuntimeVersion:  v1.6.8
 *
 * `docker version` (cli/command/system/version.go; until 1.7 one line each) and `crictl version`. What counts is what runs: the server's.
 */
const PART =
  /^\s*(Client|Server|Engine|containerd|runc|docker-init|[\w.-]{2,40})\s*:(?:\s+(?:Docker|Podman|Mirantis|Cloud)\b.*)?\s*$/;
const FIELD =
  /^\s*(?:Cloud integration|RemoteAPI Version|Version|API [Vv]ersion|Go [Vv]ersion|Git ?[Cc]ommit|Built(?: Time)?|OS\/Arch|Context|Experimental|Orchestrator|Package version|BuildTags|Kubernetes|StackAPI|Minimum API [Vv]ersion|Default API version|MinAPIVersion|Runtime(?:Name|Version|ApiVersion)|Kernel(?:Version)?)\s*:/;
const VERSION = /^\s*Version\s*:\s+v?(\d[\w.+~-]{0,60})\s*$/;
const OLD =
  /^\s*(Client|Server) version: (\d[\w.+~-]{0,60})$|^\s*(?:(?:Client|Server) API version|Go version \((?:client|server)\)|Git commit \((?:client|server)\)|OS\/Arch \((?:client|server)\)): /;

type Where = 'client' | 'server' | 'part';

/** `docker version`, `crictl version`: versions of what runs containers. */
export const runtimeVersion = defineParser<ToolVersionFact>({
  command: 'runtime-version',
  emits: ['tool-version'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv.some((word) => /^(?:-f|--format)(?:=|$)/.test(word))) return undefined;
      const words = argv.slice(1).filter((word) => !word.startsWith('-'));
      return /^(?:docker|podman|nerdctl|crictl)$/.test(argv[0] ?? '') && words[0] === 'version' ? {} : undefined;
    },
    file: /(?:^|-)(?:docker|podman|nerdctl|crictl)-version$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '').slice(0, 60);
      const some = (form: RegExp): boolean => lines.some((line) => form.test(line));
      if (some(/^RuntimeName: +\S/) && some(/^RuntimeVersion: +\S/)) return 3;
      return some(/^Client(?: version)?:/) && some(/^ +Version: +\d|^Client version: \d/) && some(/API version/)
        ? 3
        : 0;
    },
  },
  parse(text, out, { argv }) {
    const failures = collectFailures(out);
    let where: Where = 'client';
    let engine = /^(?:podman|nerdctl)$/.test(argv[0] ?? '') ? (argv[0] ?? '') : 'docker';
    let program = engine;
    let client: { readonly line: number; readonly version: string } | undefined;
    let server = false;
    let some = false;
    const tell = (line: number, name: string, version: string): void => {
      server ||= name === engine;
      out.fact(line, { kind: 'tool-version', program: name, version });
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 300).trimEnd();
      const part = FIELD.test(line) ? undefined : PART.exec(line)?.[1];
      const version = VERSION.exec(line)?.[1];
      const [, end, old] = OLD.exec(line) ?? [];
      const [, runtime = ''] = /^\s*RuntimeName:\s+([\w.-]{1,40})$/.exec(line) ?? [];
      const [, running] = /^\s*RuntimeVersion:\s+v?(\d[\w.+~-]{0,60})$/.exec(line) ?? [];
      const known = part !== undefined || FIELD.test(line) || OLD.test(line);
      some ||= known;
      if (part === 'Client' || part === 'Server') {
        where = part === 'Client' ? 'client' : 'server';
        if (/Podman/.test(line)) engine = 'podman';
        program = engine;
        out.noise(i);
      } else if (part !== undefined) {
        where = part === 'Engine' ? 'server' : 'part';
        program = part === 'Engine' ? engine : part;
        out.noise(i);
      } else if (runtime !== '') {
        program = runtime;
        out.part(i);
      } else if (running !== undefined) tell(i, program, running);
      else if (version !== undefined && (where === 'server' || program === 'containerd' || program === 'runc'))
        tell(i, program, version);
      else if (end === 'Server' && old !== undefined) tell(i, engine, old);
      else if ((version ?? old) !== undefined && program === engine && where === 'client') {
        client = { line: i, version: version ?? old ?? '' };
        out.part(i);
      } else if (known || line === '') out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a line of docker version or crictl version');
    }
    // crictl's own number is that of the kubelet's interface.
    const isCri = program !== engine && !server && where === 'client';
    if (client && !server && !isCri)
      out.fact(client.line, { kind: 'tool-version', program: engine, version: client.version });
    failures.close(some);
  },
});
