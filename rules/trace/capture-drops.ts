import { defineRule, finding, lineIn, type PacketCaptureFact, shows } from '#rule';

/** `3 by the kernel and 2 by the device`, or undefined where nothing was lost. */
function lossOf({ droppedByKernel, droppedByInterface }: PacketCaptureFact): string | undefined {
  const parts = [
    ...(droppedByKernel ? [`${droppedByKernel} by the kernel, whose buffer was full`] : []),
    ...(droppedByInterface ? [`${droppedByInterface} by the device`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(' and ');
}

export default defineRule({
  id: 'trace/capture-drops',
  since: '0.1.0',
  severity: 'info',
  title: 'A packet capture lost packets',
  why:
    'tcpdump counts at its end how many packets it did not get to see: its buffer was full, or the device threw them away. In such a capture a packet that is not there may have been there, so no rule concludes from ' +
    'its absence.',
  fix: 'Capture again with a narrower filter, a larger buffer (`-B 8192`), a short snapshot (`-s 128`) and without name resolution (`-n`).',
  needs: ['packet-capture'],
  onMissing: 'skip',
  causedBy: [],
  *check(view) {
    for (const stack of [...view.hosts, ...view.podStacks]) {
      const told = new Set<string>();
      for (const capture of stack.facts['packet-capture']) {
        const loss = lossOf(capture);
        const subject = `${capture.dev ?? 'an unnamed device'}${capture.filter === undefined ? '' : ` (${capture.filter})`}`;
        if (loss === undefined || told.has(subject)) continue;
        told.add(subject);
        yield finding({
          nodes: [stack.node],
          subject,
          message: `The capture on ${subject} of ${stack.node} lost packets: ${loss}. That a packet is missing from it proves nothing.`,
          evidence: [shows({ at: lineIn(capture, capture.lossLine) }, 'lost')],
          fix: {
            summary: 'capture again with a narrower filter and a larger buffer',
            commands: [`tcpdump -n -B 8192 -s 128 -i ${capture.dev ?? 'DEVICE'} FILTER`],
          },
        });
      }
    }
  },
});
