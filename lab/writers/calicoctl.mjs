/**
 * `calicoctl node status` from what `birdcl show protocols` really said: calicoctl asks BIRD the same question and
 * draws a box (calicoctl/commands/node/status.go).
 */
const wrap = (text, width) =>
  text.split(' ').reduce((rows, word) => {
    const last = rows[rows.length - 1];
    if (last !== undefined && `${last} ${word}`.length <= width) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
    return rows;
  }, []);

function box(header, rows, infoWidth) {
  const cells = rows.flatMap((row) => {
    const info = wrap(row[4], infoWidth);
    return info.map((part, i) => [...(i === 0 ? row.slice(0, 4) : ['', '', '', '']), part]);
  });
  const widths = header.map((h, i) => Math.max(h.length, ...cells.map((c) => c[i].length)));
  const rule = `+${widths.map((w) => '-'.repeat(w + 2)).join('+')}+`;
  const centred = (text, width) => text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width);
  const line = (cs, place) => `|${cs.map((c, i) => ` ${place(c, widths[i])} `).join('|')}|`;
  return [
    rule,
    line(header, centred),
    rule,
    ...cells.map((c) => line(c, (text, width) => text.padEnd(width))),
    rule,
  ].join('\n');
}

/** @param {string} protocols the output of `birdcl show protocols` */
export function nodeStatus(protocols) {
  const rows = [...protocols.matchAll(/^Mesh_(\S+) +BGP +\S+ +(\S+) +(\d\d:\d\d:\d\d)\.\d+ +(.*?) *$/gm)].map(
    ([, peer, state, since, info]) => [
      peer.replaceAll('_', '.'),
      'node-to-node mesh',
      state,
      since,
      info.replace(/ {2,}/g, ' '),
    ],
  );
  if (rows.length === 0)
    return 'Calico process is running.\n\nNone of the BGP backend processes (BIRD or GoBGP) are running.\n';
  const table = box(['PEER ADDRESS', 'PEER TYPE', 'STATE', 'SINCE', 'INFO'], rows, 30);
  return `Calico process is running.\n\nIPv4 BGP status\n${table}\n\nIPv6 BGP status\nNo IPv6 peers found.\n\n`;
}
