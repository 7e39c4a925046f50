import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from './usage.js';

export type Thing = 'parser' | 'layout';

/** What is written, and what is left to do by hand. */
export interface Scaffold {
  readonly files: readonly string[];
  readonly next: readonly string[];
}

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** The name behind a variable: lists are in the order of names, where a dash stands before letters. */
const kebab = (variable: string): string => variable.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

const camel = (name: string): string => name.replace(/-([a-z0-9])/g, (_, c: string) => c.toUpperCase());

const parserOf = (name: string): string => `import type { HostnameFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * node-1
 *
 * Two or three lines of the real output, and the source of its form: which file of which program prints it.
 */
const LINE = /^[\\w.-]{1,253}$/;

/** What ${name} is, in one sentence. */
export const ${camel(name)} = defineParser<HostnameFact>({
  command: '${name}',
  // Kinds of src/facts; a new kind is an interface there, one word in its index, and one line in src/engine/inputs.ts.
  emits: ['hostname'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === '${name}' ? {} : undefined),
    file: /^${name}$/,
    // 0 no, 1 possible, 2 typical, 3 unmistakable. Strict: it must never take another command's output.
    sniff: () => 0,
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '') out.noise(i);
      else if (LINE.test(line)) {
        some = true;
        out.fact(i, { kind: 'hostname', name: line, source: 'hostname' });
      } else if (!failures.take(i, line)) out.gap(i, 'not a line of ${name}');
    }
    failures.close(some);
  },
});
`;

const layoutOf = (name: string): string => `import type { Layout } from './layout.js';
import { commandsBy, machine, namesAbove, rootBefore } from './machine.js';

/** Which collector, by whom (owner/repo:path of its source), and what is odd about its files. */
const command = commandsBy({
  'network/ip-addr.txt': 'ip addr',
  'network/ip-route.txt': 'ip route show table all',
});

export const ${camel(name)}: Layout = {
  name: '${name}',
  title: '${name}',
  // A path that only this collector writes; what stands before it is the root.
  root: rootBefore('network/ip-addr\\\\.txt$'),
  confirm: (paths) => paths.has('${name}.txt'),
  locate: (_path, root) => machine(root, '${name}', namesAbove(root)[0]),
  command,
};
`;

const writerOf = (name: string): string => `import { perMachine } from './per-machine.js';

/** Which collector and version; where its source says so. */
export const ${camel(name)} = perMachine({
  layout: '${name}',
  title: '${name}',
  files: { 'ip addr': 'network/ip-addr.txt', 'ip route show table all': 'network/ip-route.txt' },
  archive: (node) => \`${name}-\${node}.tar.gz\`,
  top: (node) => \`\${node}/\`,
  extra: () => ({ '${name}.txt': 'collected\\n' }),
});
`;

/** Adds an import and an entry to a list of the repository, both where their order wants them. */
function listed(text: string, list: RegExp, variable: string, from: string): string {
  const lines = text.split('\n');
  const statement = `import { ${variable} } from '${from}';`;
  const imports = lines.flatMap((line, i) => (/^import \{ \w+(?:, \w+)* \} from '\.\//.test(line) ? [i] : []));
  const source = (line: string): string => /from '([^']+)'/.exec(line)?.[1] ?? '';
  const at = imports.find((i) => source(lines[i] ?? '') > from) ?? (imports.at(-1) ?? -1) + 1;
  lines.splice(at, 0, statement);
  const head = lines.findIndex((line) => list.test(line));
  const entry = (line: string): string => kebab(/^ {2}(?:\.\.\.)?(\w+),$/.exec(line)?.[1] ?? '');
  let to = head + 1;
  while (entry(lines[to] ?? '') !== '' && entry(lines[to] ?? '') < kebab(variable)) to++;
  lines.splice(to, 0, `  ${variable},`);
  return lines.join('\n');
}

interface Plan {
  readonly write: Readonly<Record<string, string>>;
  readonly list: readonly { readonly file: string; readonly head: RegExp; readonly from: string }[];
  readonly next: readonly string[];
}

const PLANS: Readonly<Record<Thing, (name: string) => Plan>> = {
  parser: (name) => ({
    write: {
      [`src/parsers/${name}.ts`]: parserOf(name),
      [`samples/parsers/${name}/plain.txt`]: 'node-1\n',
      [`samples/parsers/${name}/plain.json`]: `${JSON.stringify(
        {
          facts: [{ line: 1, kind: 'hostname', name: 'node-1', source: 'hostname' }],
          gaps: [],
          tally: { facts: 1, noise: 0, gaps: 0 },
        },
        undefined,
        1,
      )}\n`,
    },
    list: [{ file: 'src/parsers/index.ts', head: /^export const parsers\b/, from: `./${name}.js` }],
    next: [
      `put real output into samples/parsers/${name}/NAME.txt, its command line into NAME.cmd`,
      `make src/parsers/${name}.ts read it to the last line`,
      `UPDATE=1 npm test -- parsers.test -t samples/parsers/${name}   # writes what was read: read it`,
      'npm test',
    ],
  }),
  layout: (name) => ({
    write: {
      [`src/capture/layouts/${name}.ts`]: layoutOf(name),
      [`test/layouts/${name}.ts`]: writerOf(name),
    },
    list: [
      { file: 'src/capture/layouts/index.ts', head: /^export const layouts\b/, from: `./${name}.js` },
      { file: 'test/layouts/writers.ts', head: /^export const writers\b/, from: `./${name}.js` },
    ],
    next: [
      `make src/capture/layouts/${name}.ts say what the collector's source says`,
      `make test/layouts/${name}.ts write its bundle as the collector does`,
      `npm test -- layouts/layouts -t ${name}`,
      'UPDATE=1 npm test -- layouts/layouts -t docs/collectors   # writes the table',
      'npm test',
    ],
  }),
};

/** Writes the skeleton of a parser or a layout into the checkout at `root`. Throws UsageError with a sentence. */
export function scaffold(root: string, thing: Thing, name: string): Scaffold {
  if (!NAME.test(name))
    throw new UsageError(`${name} is no name for a ${thing}: small letters, digits and dashes, as in ip-route.`);
  const plan = PLANS[thing](name);
  const missing = plan.list.find(({ file }) => !existsSync(join(root, file)));
  if (missing)
    throw new UsageError(
      `${missing.file} is not here: run this at the top of a checkout of dumplint, where parsers and layouts live. A rule of your own needs no checkout, see docs/guide.md.`,
    );
  const taken = Object.keys(plan.write).find((file) => existsSync(join(root, file)));
  if (taken) throw new UsageError(`${taken} is there already: choose another name.`);
  for (const [file, text] of Object.entries(plan.write)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  for (const { file, head, from } of plan.list)
    writeFileSync(join(root, file), listed(readFileSync(join(root, file), 'utf8'), head, camel(name), from));
  return { files: [...Object.keys(plan.write), ...plan.list.map((l) => l.file)], next: plan.next };
}
