import { each, prompted, type Style, style } from './style.js';

const ESCAPE = '\x1b';

const cast = (text: string): string => {
  const header = {
    version: 2,
    width: 200,
    height: 50,
    timestamp: 1773306862,
    env: { SHELL: '/bin/bash', TERM: 'xterm' },
  };
  // A recorder writes what arrives, and never by whole lines.
  const events = (text.replaceAll('\n', '\r\n').match(/[\s\S]{1,977}/g) ?? []).map((data, i) =>
    JSON.stringify([i / 10, 'o', data]),
  );
  return `${[JSON.stringify(header), ...events].join('\n')}\n`;
};

const bash = prompted((m) => `root@${m.name}:~# `);

/** Screens as they were: prompts, recorders, pagers. */
export const terminals: readonly Style[] = [
  style('bash', bash),
  style(
    'Red Hat bash',
    prompted((m) => `[root@${m.name} ~]# `),
  ),
  style(
    'SUSE bash',
    prompted((m) => `${m.name}:~ # `),
  ),
  style(
    'CoreOS',
    prompted((m) => `core@${m.name} ~ $ sudo `),
  ),
  style(
    'zsh on a Mac',
    prompted((m) => `admin@${m.name} ~ % sudo `),
  ),
  style(
    'fish',
    prompted((m) => `admin@${m.name} ~> sudo `),
  ),
  style(
    'killercoda',
    prompted((m) => `${m.name} ~ ➜  `),
  ),
  style(
    'katacoda',
    prompted((m) => `${m.name} $ `),
  ),
  style(
    'router',
    prompted((m) => `${m.name}# `),
  ),
  style(
    'cumulus',
    prompted((m) => `cumulus@${m.name}:mgmt:~$ sudo `),
  ),
  style(
    'time of day and virtual environment',
    prompted((m) => `[12:34:56] (venv) root@${m.name}:~# `),
  ),
  style(
    'git branch',
    prompted((m) => `root@${m.name}:~/infra (main)# `),
  ),
  style('Kali', (plain) => each(plain, (o, m) => `┌──(root㉿${m.name})-[~]\n└─# ${o.command}\n${o.text}\n`)),
  style('powerlevel10k', (plain) =>
    each(plain, (o, m) => `╭─ ~ ${'─'.repeat(40)} ✔  root@${m.name}\n╰─ ${o.command}\n${o.text}\n`),
  ),
  style('oh-my-zsh over ssh', (plain) => each(plain, (o, m) => `➜  ~ ssh root@${m.name} '${o.command}'\n${o.text}`)),
  style('PowerShell over ssh', (plain) =>
    Buffer.from(
      `\ufeff${each(plain, (o, m) => `PS C:\\Users\\me> ssh root@${m.name} ${o.command}\n${o.text}`)}`.replaceAll(
        '\n',
        '\r\n',
      ),
      'utf16le',
    ),
  ),
  style('ssh session', (plain) =>
    each(
      plain,
      (o) => `$ sudo ${o.command}\n${o.text}`,
      (m) => `$ ssh ${m.address}`.replace(m.address, m.name),
    ).replaceAll('\n$ ssh ', '\n$ exit\nlogout\nConnection to 10.0.0.1 closed.\n$ ssh '),
  ),
  style('vagrant ssh -c', (plain) =>
    each(plain, (o, m) => `$ vagrant ssh ${m.name} -c "sudo ${o.command}"\n${o.text}`),
  ),
  style('kubectl debug', (plain) =>
    each(plain, (o, m) => `$ kubectl debug node/${m.name} -it --image=busybox -- chroot /host ${o.command}\n${o.text}`),
  ),
  style('oc debug session', (plain) =>
    each(
      plain,
      (o) => `sh-4.4# ${o.command}\n${o.text}`,
      (m) =>
        `$ oc debug node/${m.name}\nStarting pod/${m.name}-debug ...\nTo use host binaries, run \`chroot /host\`\nPod IP: ${m.address}\nIf you don't see a command prompt, try pressing enter.\nsh-4.4# chroot /host`,
    ),
  ),
  style('script(1)', (plain) => {
    const body = each(
      plain,
      (o, m) =>
        `${ESCAPE}]0;root@${m.name}: ~\x07${ESCAPE}[?2004h${ESCAPE}[01;32mroot@${m.name}${ESCAPE}[00m:${ESCAPE}[01;34m~${ESCAPE}[00m# ipp\b${ESCAPE}[K\b\b${o.command}\n${ESCAPE}[?2004l${o.text}`,
    );
    return `Script started on 2026-03-12 09:14:22+00:00 [TERM="xterm" TTY="/dev/pts/0" COLUMNS="200" LINES="50"]\n${body}\nScript done on 2026-03-12 09:20:22+00:00 [COMMAND_EXIT_CODE="0"]\n`.replaceAll(
      '\n',
      '\r\n',
    );
  }),
  style('asciinema', (plain) => cast(bash(plain))),
  // Between entries: of one in two lines (birdcl) a page break leaves halves, which are gaps.
  style('pager', (plain) =>
    bash(plain)
      .split('\n')
      .map((line, i, all) => (i % 47 === 46 && /^\S/.test(all[i + 1] ?? '') ? `${line}\n--More--` : line))
      .join('\n'),
  ),
  style('watch', (plain) =>
    each(plain, (o, m) => `Every 2.0s: ${o.command}      ${m.name}: Thu Mar 12 09:14:22 2026\n\n${o.text}\n`),
  ),
  style(
    'time',
    prompted((m) => `root@${m.name}:~# time `),
  ),
  style('set -x over ssh', (plain) =>
    each(plain, (o, m) => `+ echo ----\n----\n+ ssh ${m.name} ${o.command}\n${o.text}`),
  ),
  style('old Mac line ends', (plain) => bash(plain).replaceAll('\n', '\r')),
  style('eighty columns', (plain) =>
    each(plain, (o, m) => {
      const wraps = /^(?:ip -d route|ip route|bridge fdb|ip neigh|ip netconf)/.test(o.command);
      return `root@${m.name}:~# ${o.command}\n${wraps ? o.text.replace(/^.{80}(?=.)/gm, '$&\n') : o.text}`;
    }),
  ),
];
