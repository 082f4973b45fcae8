/** Classic manifests. */
import test from 'ava';
import { readClassicManifest, writeClassicManifest } from '../../../src/rules/receipts/classic-mhl.js';
import { XmlFault } from '../../../src/rules/receipts/xml-reader.js';

test('what is no manifest of version 1 is refused', (t) => {
  for (const document of [
    '<hashlist version="2.0"/>',
    '<hashlist/>',
    '<list version="1.1"/>',
    '<hashlist version="1.1">',
  ])
    t.throws(() => readClassicManifest([document]), { instanceOf: XmlFault }, document);
});

test('a manifest is read back as it was, without its empty files', (t) => {
  const full = {
    path: ' DCIM/a & b\n.jpg',
    bytes: 12,
    modifiedAt: '2026-11-20T00:00:00Z',
    hashes: [
      { format: 'md5', digest: 'd41d8cd98f00b204e9800998ecf8427e' },
      { format: 'xxhash64be', digest: '0123456789abcdef' },
    ],
    hashedAt: '2026-11-22T00:00:00Z',
  } as const;
  const pieces = writeClassicManifest({
    ...{ hostname: 'desk', tool: 'Glassine 0.1.0' },
    ...{ startedAt: '2026-11-22T00:00:00Z', finishedAt: '2026-11-22T00:01:00Z' },
    files: [full, { path: 'empty', bytes: 0, hashes: [] }, { path: 'bare', bytes: 1, hashes: [] }],
  });
  t.deepEqual(readClassicManifest(pieces), [full, { path: 'bare', bytes: 1, hashes: [] }]);
});
