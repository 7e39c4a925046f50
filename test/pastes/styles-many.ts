import type { Machine, Plain } from './bundle.js';
import { each, lines, onMachines, type Style, style } from './style.js';

/** Commands by command, each with every machine's answer: what tools for many machines print. */
function byCommand(plain: Plain, head: (command: string) => string, one: (m: Machine, text: string) => string): string {
  const machines = onMachines(plain);
  const commands = [...new Set(machines.flatMap((m) => m.outputs.map((o) => o.command)))];
  return `${commands
    .map((command) => {
      const answers = machines.flatMap((m) =>
        m.outputs.filter((o) => o.command === command).map((o) => one(m, o.text)),
      );
      return `${head(command)}\n${answers.join('\n')}`;
    })
    .join('\n')}\n`;
}

/** Lines of all machines as they arrive: in turns of some lines. */
function interleaved(plain: Plain, head: (command: string) => string): string {
  return byCommand(plain, head, (m, text) => lines(text, (l) => `${m.name}: ${l}`))
    .split('\n')
    .join('\n');
}

const OTHER = ['第一个节点', 'zweiter Knoten', 'третий узел'];

/** Several machines in one text, told apart by something else than prompts. */
export const many: readonly Style[] = [
  style('loop with a ruler', (plain) =>
    byCommand(
      plain,
      (c) => `root@bastion:~# for n in node-1 node-2 node-3; do echo "=== $n ==="; ssh $n '${c}'; done`,
      (m, text) => `=== ${m.name} ===\n${text}`,
    ),
  ),
  style('loop in the manner of tail', (plain) =>
    byCommand(
      plain,
      (c) => `$ for n in $(cat nodes); do echo "==> $n <=="; ssh $n ${c}; done`,
      (m, text) => `==> ${m.name} <==\n${text}\n`,
    ),
  ),
  style('pdsh', (plain) => interleaved(plain, (c) => `root@bastion:~# pdsh -w node-[1-3] '${c}'`)),
  style('dshbak', (plain) =>
    byCommand(
      plain,
      (c) => `[root@bastion ~]# pdsh -a ${c} | dshbak`,
      (m, text) => `----------------\n${m.name}\n----------------\n${text}`,
    ),
  ),
  style('ansible', (plain) =>
    byCommand(
      plain,
      (c) => `$ ansible all -m shell -a '${c}'`,
      (m, text) => `${m.name} | CHANGED | rc=0 >>\n${text}`,
    ),
  ),
  style('salt', (plain) =>
    byCommand(
      plain,
      (c) => `$ salt '*' cmd.run '${c}'`,
      (m, text) => `${m.name}:\n${lines(text, (l) => `    ${l}`)}`,
    ),
  ),
  style('parallel-ssh', (plain) =>
    byCommand(
      plain,
      (c) => `$ parallel-ssh -i -h hosts ${c}`,
      (m, text) => `[1] 09:14:22 [SUCCESS] root@${m.name}\n${text}`,
    ),
  ),
  style('rulers with machine and command', (plain) =>
    each(plain, (o, m) => `=== ${m.name}: ${o.command} ===\n${o.text}\n`),
  ),
  style('comments with the command', (plain) =>
    each(
      plain,
      (o) => `# ${o.command}\n${o.text}\n`,
      (m) => `######## ${m.name} ########`,
    ),
  ),
  style('bare commands', (plain) =>
    each(
      plain,
      (o) => `${o.command}\n${o.text}\n`,
      (m) => `---- ${m.name} ----\n`,
    ),
  ),
  style('labels', (plain) =>
    each(
      plain,
      (o) => `Command: ${o.command}\n\n${o.text}\n`,
      (m) => `Hostname: ${m.name}\n`,
    ),
  ),
  style(
    'headings in other languages',
    (plain) => {
      const machines = onMachines(plain);
      return `${machines.map((m, i) => `## ${OTHER[i]}\n\n${m.outputs.map((o) => `\`\`\`\n$ ${o.command}\n${o.text}\n\`\`\`\n`).join('\n')}`).join('\n')}\n`;
    },
    'names',
  ),
  style(
    'another machine',
    (plain) => {
      const machines = onMachines(plain);
      return `\`\`\`\n${machines
        .map(
          (m, i) =>
            `${i === 0 ? '' : `# another machine${' '.repeat(i)}(${i})\n`}${m.outputs.map((o) => `$ ${o.command}\n${o.text}`).join('\n')}`,
        )
        .join('\n')}\n\`\`\`\n`;
    },
    'names',
  ),
  style(
    'nothing but outputs, a file per machine',
    (plain) =>
      Object.fromEntries(
        onMachines(plain).map((m) => [`${m.name}.txt`, `${m.outputs.map((o) => o.text).join('\n')}\n`]),
      ),
    'names',
    'commands',
  ),
];
