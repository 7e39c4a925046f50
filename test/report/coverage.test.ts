import { coverage } from '../../src/report/coverage.js';
import { capture, reportOf } from './fixtures.js';

test('captures by node, gaps and unread files with their reason', () => {
  const captures = [
    capture('case.tgz!/node-1/ip-netconf', 'node-1'),
    {
      ...capture('case.tgz!/node-2/ip-neigh', 'node-2'),
      completeness: 'filtered' as const,
      because: '| grep flannel.1',
      gaps: 2,
    },
  ];
  const gaps = [
    { file: 'case.tgz!/node-2/ip-neigh', line: 9, text: 'what is this', reason: 'unknown word', command: 'ip-neigh' },
  ];
  const unread = [{ file: 'case.tgz!/node-2/core', reason: 'unsupported', detail: 'not text' }];
  expect(
    coverage(reportOf([], { coverage: { captures, gaps, gapsOmitted: 3, unread }, summary: { unread: 1, gaps: 4 } })),
  ).toBe(`case.tgz: Gravity report, 2 nodes, 2 captures, 2020-01-23 16:55 to 17:26 UTC
files below case.tgz!/

node-1
  ip-netconf  node-1/ip-netconf:1  8 lines

node-2
  ip-netconf  node-2/ip-neigh:1  8 lines, filtered, | grep flannel.1, 2 not un …

NOT UNDERSTOOD
  node-2/ip-neigh:9  unknown word
    what is this
  and 3 more

NOT READ
  node-2/core: not text (unsupported)

2 files, 2 captures, 1 not read, 4 lines not understood
`);
});
