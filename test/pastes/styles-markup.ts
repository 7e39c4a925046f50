import { each, lines, type Style, style } from './style.js';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Documents: the machine is a heading or part of one, the outputs are set off. */
export const markup: readonly Style[] = [
  style('Markdown, fence per command', (plain) =>
    each(
      plain,
      (o) => `\n\`\`\`bash\n$ ${o.command}\n${o.text}\n\`\`\`\n`,
      (m) => `## ${m.name}\n`,
    ),
  ),
  style('Markdown, command and output in two fences', (plain) =>
    each(
      plain,
      (o) => `We run:\n\n\`\`\`sh\n${o.command}\n\`\`\`\n\nwhich prints\n\n\`\`\`\n${o.text}\n\`\`\`\n`,
      (m) => `**On ${m.name}:**\n`,
    ),
  ),
  style('Markdown, command in the prose', (plain) =>
    each(plain, (o, m) => `\nOutput of \`${o.command}\` on ${m.name}:\n\n~~~\n${o.text}\n~~~\n`),
  ),
  style('Markdown, command as the heading', (plain) =>
    each(
      plain,
      (o) => `### ${o.command}\n\n\`\`\`\n${o.text}\n\`\`\`\n`,
      (m) => `# ${m.name}\n`,
    ),
  ),
  style('Markdown in a list and a quotation', (plain) =>
    each(plain, (o, m) =>
      lines(
        `1. ${m.name}\n\n   \`\`\`\n   root@${m.name}:~# ${o.command}\n${lines(o.text, (l) => `   ${l}`)}\n   \`\`\`\n`,
        (l) => `> ${l}`,
      ),
    ),
  ),
  style('GitHub details', (plain) =>
    each(
      plain,
      (o, m) => `<details><summary>${m.name}: ${o.command}</summary>\n\n\`\`\`\n${o.text}\n\`\`\`\n\n</details>\n`,
    ),
  ),
  style('Markdown, indented code', (plain) =>
    each(
      plain,
      (o) => `\nThe command says\n\n${lines(`$ ${o.command}\n${o.text}`, (l) => `    ${l}`)}\n`,
      (m) => `${m.name}\n${'='.repeat(m.name.length)}\n\n### ${m.name}\n`,
    ),
  ),
  style('Markdown, indented by a tab', (plain) =>
    each(
      plain,
      (o, m) =>
        `\nAnd this is what it says:\n\n${lines(`root@${m.name}:~# ${o.command}\n${o.text}`, (l) => `\t${l}`)}\n`,
    ),
  ),
  style(
    'outputs as comments',
    (plain) =>
      each(
        plain,
        (o) => `\`\`\`console\n${o.command}\n${lines(o.text, (l) => `# ${l}`)}\n\`\`\`\n`,
        (m) => `### Node: ${m.name}\n`,
      ),
    'comments',
  ),
  style('reStructuredText', (plain) =>
    each(plain, (o, m) => `The output::\n\n${lines(`root@${m.name}:~# ${o.command}\n${o.text}`, (l) => `  ${l}`)}\n`),
  ),
  style('AsciiDoc', (plain) =>
    each(plain, (o, m) => `[source,console]\n----\n[root@${m.name} ~]# ${o.command}\n${o.text}\n----\n`),
  ),
  style('MediaWiki', (plain) =>
    each(plain, (o, m) => `== Routes ==\n\n${lines(`root@${m.name}:~# ${o.command}\n${o.text}`, (l) => ` ${l}`)}\n`),
  ),
  style('Jira', (plain) =>
    each(plain, (o, m) => `h3. Output\n{noformat:title=x}\n[root@${m.name} ~]# ${o.command}\n${o.text}\n{noformat}\n`),
  ),
  style('BBCode', (plain) =>
    each(plain, (o, m) => `Hi, here it is:\n[code]root@${m.name}:~# ${o.command}\n${o.text}[/code]\n`),
  ),
  style('Slack', (plain) => each(plain, (o, m) => `\`\`\`root@${m.name}:~# ${o.command}\n${o.text}\`\`\`\nany idea?`)),
  style('Org', (plain) =>
    each(plain, (o, m) => `* TODO look\n#+BEGIN_EXAMPLE\nroot@${m.name}:~# ${o.command}\n${o.text}\n#+END_EXAMPLE\n`),
  ),
  style('escaped in a mail', (plain) => escaped(each(plain, (o, m) => `root@${m.name}:~# ${o.command}\n${o.text}`))),
  style('pre in Markdown', (plain) =>
    each(plain, (o, m) => `<pre><code>root@${m.name}:~# ${escaped(o.command)}\n${escaped(o.text)}\n</code></pre>\n`),
  ),
  style('saved page', (plain) => {
    const body = each(
      plain,
      (o, m) =>
        `<div class="post"><p>Here&rsquo;s the output of a node</p><pre class="hl"><span class="gp">root@${m.name}:~#</span>&nbsp;${escaped(o.command)}\n${escaped(o.text)}</pre></div>`,
    );
    return `<!DOCTYPE html>\n<html><head><title>Help</title><script>var a = "<pre>$ ip route</pre>";</script>\n<style>pre { color: red }</style></head>\n<body>\n${body}\n</body></html>\n`;
  }),
  style('saved page with breaks', (plain) => {
    const body = each(plain, (o, m) => `<p>root@${m.name}:~# ${escaped(o.command)}\n${escaped(o.text)}</p>`);
    const inBody = body
      .trimEnd()
      .replaceAll('\n', '<br>')
      .replaceAll('    ', '&nbsp; &nbsp; ')
      .replaceAll('  ', '&nbsp; ');
    return `<html><body>${inBody}</body></html>`;
  }),
];
